#include "intake/core/intake_seal.h"

#include <assert.h>
#include <string.h>

#include <sodium/crypto_aead_xchacha20poly1305.h>
#include <sodium/crypto_hash_sha256.h>

static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == INTAKE_KEY, "key");
static_assert(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == INTAKE_NONCE, "nonce");
static_assert(crypto_aead_xchacha20poly1305_ietf_ABYTES == INTAKE_TAG, "tag");
static_assert(crypto_hash_sha256_BYTES == INTAKE_DIGEST, "digest");

enum { BOUND = 16 + 1 };

/* What is authenticated but not stored: whose box it is, and what kind of box. */
struct bound {
    uint8_t bytes[BOUND];
};

static struct bound bound_to(const uint8_t request_id[16], char kind) {
    struct bound bound;
    memcpy(bound.bytes, request_id, 16);
    bound.bytes[16] = (uint8_t)kind;
    return bound;
}

static void close_box(const uint8_t *key, struct bound bound, const uint8_t *nonce, const void *bytes, size_t length,
                      uint8_t *ret) {
    assert(key != NULL && nonce != NULL);
    assert(ret != NULL && (bytes != NULL || length == 0));
    memcpy(ret, nonce, INTAKE_NONCE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(ret + INTAKE_NONCE, NULL, bytes, length, bound.bytes, BOUND, NULL,
                                                     nonce, key);
}

static bool open_box(const uint8_t *key, struct bound bound, const uint8_t *sealed, size_t length, uint8_t *ret) {
    assert(key != NULL && ret != NULL);
    if (sealed == NULL || length < INTAKE_SEAL_OVERHEAD) {
        return false;
    }
    return crypto_aead_xchacha20poly1305_ietf_decrypt(ret, NULL, NULL, sealed + INTAKE_NONCE, length - INTAKE_NONCE,
                                                      bound.bytes, BOUND, sealed, key) == 0;
}

void intake_seal(const uint8_t key[INTAKE_KEY], const uint8_t request_id[16], const uint8_t nonce[INTAKE_NONCE],
                 const void *bytes, size_t length, uint8_t *ret) {
    close_box(key, bound_to(request_id, 't'), nonce, bytes, length, ret);
}

bool intake_open(const uint8_t key[INTAKE_KEY], const uint8_t request_id[16], const uint8_t *sealed, size_t length,
                 uint8_t *ret) {
    return open_box(key, bound_to(request_id, 't'), sealed, length, ret);
}

void intake_wrap(const uint8_t kek[INTAKE_KEY], const uint8_t request_id[16], const uint8_t nonce[INTAKE_NONCE],
                 const uint8_t key[INTAKE_KEY], uint8_t ret[INTAKE_WRAPPED]) {
    close_box(kek, bound_to(request_id, 'k'), nonce, key, INTAKE_KEY, ret);
}

bool intake_unwrap(const uint8_t kek[INTAKE_KEY], const uint8_t request_id[16], const uint8_t *wrapped, size_t length,
                   uint8_t ret_key[INTAKE_KEY]) {
    return length == INTAKE_WRAPPED && open_box(kek, bound_to(request_id, 'k'), wrapped, length, ret_key);
}

void intake_digest(const uint8_t salt[INTAKE_SALT], const void *bytes, size_t length, uint8_t ret[INTAKE_DIGEST]) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, salt, INTAKE_SALT);
    crypto_hash_sha256_update(&state, bytes, length);
    crypto_hash_sha256_final(&state, ret);
}
