/* nkey.c - see nkey.h. An nkey is base32 (RFC 4648, no padding) of prefix, 32 bytes, CRC-16/XMODEM little endian. */
#include "common/io/nkey.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PREFIX_SEED = 18 << 3, /* 'S' */
    PREFIX_USER = 20 << 3, /* 'U' */
    SEED_RAW = 2 + crypto_sign_SEEDBYTES + 2,
    SEED_TEXT = 58, /* base32 of SEED_RAW bytes */
    PUBLIC_RAW = 1 + crypto_sign_PUBLICKEYBYTES + 2,
    PUBLIC_TEXT = 56
};

struct nkey {
    unsigned char secret[crypto_sign_SECRETKEYBYTES];
    char public_text[PUBLIC_TEXT + 1];
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

static uint16_t crc16(const unsigned char *bytes, size_t n) {
    uint32_t crc = 0;
    for (size_t i = 0; i < n; i++) {
        crc ^= (uint32_t)bytes[i] << 8;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
        }
        crc &= 0xffff;
    }
    return (uint16_t)crc;
}

static bool crc_fits(const unsigned char *bytes, size_t n) {
    return crc16(bytes, n) == (bytes[n] | bytes[n + 1] << 8);
}

/* Exactly n bytes out of text; false when text has another length or a foreign letter. */
static bool from_base32(const char *text, unsigned char *ret_bytes, size_t n) {
    uint32_t held = 0;
    int bits = 0;
    size_t done = 0;
    for (; *text != '\0'; text++) {
        const char *at = strchr(alphabet, *text);
        if (at == NULL || done == n) {
            return false;
        }
        held = held << 5 | (uint32_t)(at - alphabet);
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            ret_bytes[done++] = (unsigned char)(held >> bits);
        }
        held &= (1U << bits) - 1;
    }
    return done == n && held == 0;
}

static void to_base32(const unsigned char *bytes, size_t n, char *ret_text) {
    uint32_t held = 0;
    int bits = 0;
    for (size_t i = 0; i < n; i++) {
        held = held << 8 | bytes[i];
        bits += 8;
        for (; bits >= 5; bits -= 5) {
            *ret_text++ = alphabet[held >> (bits - 5) & 31];
        }
        held &= (1U << bits) - 1;
    }
    if (bits > 0) {
        *ret_text++ = alphabet[held << (5 - bits) & 31];
    }
    *ret_text = '\0';
}

static bool take_seed(struct nkey *nkey, const char *text) {
    unsigned char raw[SEED_RAW], public[PUBLIC_RAW];
    bool good = from_base32(text, raw, sizeof raw) && crc_fits(raw, SEED_RAW - 2) && (raw[0] & 0xf8) == PREFIX_SEED &&
                ((raw[0] & 7) << 5 | raw[1] >> 3) == PREFIX_USER;
    if (good) {
        public[0] = PREFIX_USER;
        crypto_sign_seed_keypair(public + 1, nkey->secret, raw + 2);
        uint16_t crc = crc16(public, PUBLIC_RAW - 2);
        public[PUBLIC_RAW - 2] = (unsigned char)(crc & 0xff);
        public[PUBLIC_RAW - 1] = (unsigned char)(crc >> 8);
        to_base32(public, sizeof public, nkey->public_text);
    }
    sodium_memzero(raw, sizeof raw);
    return good;
}

enum pd_fate nkey_open(const char *seed_file, struct nkey **ret_nkey, struct pd_err *reterr) {
    assert(seed_file != NULL && ret_nkey != NULL);
    char text[SEED_TEXT + 8] = "";
    FILE *file = fopen(seed_file, "re");
    if (file == NULL) {
        return pd_fail(reterr, PD_BROKEN, "NKEY", "open %s: %s", seed_file, strerror(errno));
    }
    setvbuf(file, NULL, _IONBF, 0); /* no copy of the seed in the heap */
    bool read = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    text[strcspn(text, "\r\n")] = '\0';
    struct nkey *nkey = sodium_init() < 0 ? NULL : sodium_malloc(sizeof *nkey);
    bool good = read && nkey != NULL && take_seed(nkey, text);
    sodium_memzero(text, sizeof text);
    if (!good) {
        sodium_free(nkey);
        return pd_fail(reterr, PD_BROKEN, "NKEY", "%s holds no nkey user seed", seed_file);
    }
    sodium_mprotect_readonly(nkey);
    *ret_nkey = nkey;
    return PD_OK;
}

void nkey_close(struct nkey *nkey) {
    sodium_free(nkey);
}

const char *nkey_public(const struct nkey *nkey) {
    return nkey->public_text;
}

/* RFC 8032 with r drawn anew instead of derived from key and text alone: as valid as the deterministic signature, and any
 * number of different ones can be made. r is hashed from fresh random bytes, the key's secret half and the text. */
static void sign_hedged(const struct nkey *nkey, const char *text, unsigned char ret_signature[crypto_sign_BYTES]) {
    const unsigned char *public = nkey->secret + crypto_sign_SEEDBYTES;
    unsigned char key[64], wide[64], fresh[32], r[32], k[32];
    crypto_hash_sha512_state hash;
    crypto_hash_sha512(key, nkey->secret, crypto_sign_SEEDBYTES);
    key[0] &= 0xf8;
    key[31] = (unsigned char)((key[31] & 0x7f) | 0x40);
    do {
        randombytes_buf(fresh, sizeof fresh);
        crypto_hash_sha512_init(&hash);
        crypto_hash_sha512_update(&hash, fresh, sizeof fresh);
        crypto_hash_sha512_update(&hash, key + 32, 32);
        crypto_hash_sha512_update(&hash, (const unsigned char *)text, strlen(text));
        crypto_hash_sha512_final(&hash, wide);
        crypto_core_ed25519_scalar_reduce(r, wide);
    } while (crypto_scalarmult_ed25519_base_noclamp(ret_signature, r) != 0 || ret_signature[0] == 0);
    crypto_hash_sha512_init(&hash);
    crypto_hash_sha512_update(&hash, ret_signature, 32);
    crypto_hash_sha512_update(&hash, public, crypto_sign_PUBLICKEYBYTES);
    crypto_hash_sha512_update(&hash, (const unsigned char *)text, strlen(text));
    crypto_hash_sha512_final(&hash, wide);
    crypto_core_ed25519_scalar_reduce(k, wide);
    crypto_core_ed25519_scalar_mul(k, k, key);
    crypto_core_ed25519_scalar_add(ret_signature + 32, k, r);
    sodium_memzero(key, sizeof key);
    sodium_memzero(wide, sizeof wide);
    sodium_memzero(r, sizeof r);
    sodium_memzero(k, sizeof k);
    assert(crypto_sign_verify_detached(ret_signature, (const unsigned char *)text, strlen(text), public) == 0);
}

void nkey_sign(const struct nkey *nkey, const char *text, unsigned char ret_signature[crypto_sign_BYTES]) {
    crypto_sign_detached(ret_signature, NULL, (const unsigned char *)text, strlen(text), nkey->secret);
    if (ret_signature[0] == 0) {
        sign_hedged(nkey, text, ret_signature);
    }
}

/* natsSignatureHandler: the library frees what it gets. */
static natsStatus sign(char **custom_error, unsigned char **signature, int *signature_length, const char *nonce,
                       void *closure) {
    (void)custom_error;
    unsigned char *made = malloc(crypto_sign_BYTES);
    if (made == NULL) {
        return NATS_NO_MEMORY;
    }
    nkey_sign(closure, nonce, made);
    *signature = made;
    *signature_length = crypto_sign_BYTES;
    return NATS_OK;
}

natsStatus nkey_use(struct nkey *nkey, natsOptions *options) {
    return natsOptions_SetNKey(options, nkey->public_text, sign, nkey);
}
