#include "common/domain/seal.h"

#include <assert.h>
#include <string.h>

#include <sodium/crypto_aead_xchacha20poly1305.h>
#include <sodium/crypto_hash_sha256.h>

static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == SEAL_KEY, "key");
static_assert(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == SEAL_NONCE, "nonce");
static_assert(crypto_aead_xchacha20poly1305_ietf_ABYTES == SEAL_TAG, "tag");
static_assert(crypto_hash_sha256_BYTES == SEAL_DIGEST, "digest");

enum { BOUND = 16 + 1 };

/* What is authenticated but not stored: whose box it is, and what kind of box. */
struct bound {
    uint8_t bytes[BOUND];
};

static struct bound bound_to(const uint8_t subject_id[16], char kind) {
    struct bound bound;
    memcpy(bound.bytes, subject_id, 16);
    bound.bytes[16] = (uint8_t)kind;
    return bound;
}

static void close_box(const uint8_t *key, struct bound bound, const uint8_t *nonce, const void *bytes, size_t length,
                      uint8_t *ret) {
    assert(key != NULL && nonce != NULL);
    assert(ret != NULL && (bytes != NULL || length == 0));
    memcpy(ret, nonce, SEAL_NONCE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(ret + SEAL_NONCE, NULL, bytes, length, bound.bytes, BOUND, NULL,
                                                     nonce, key);
}

static bool open_box(const uint8_t *key, struct bound bound, const uint8_t *sealed, size_t length, uint8_t *ret) {
    assert(key != NULL && ret != NULL);
    if (sealed == NULL || length < SEAL_OVERHEAD) {
        return false;
    }
    return crypto_aead_xchacha20poly1305_ietf_decrypt(ret, NULL, NULL, sealed + SEAL_NONCE, length - SEAL_NONCE,
                                                      bound.bytes, BOUND, sealed, key) == 0;
}

void seal_close(const uint8_t key[SEAL_KEY], const uint8_t subject_id[16], const uint8_t nonce[SEAL_NONCE],
                const void *bytes, size_t length, uint8_t *ret) {
    close_box(key, bound_to(subject_id, 't'), nonce, bytes, length, ret);
}

bool seal_open(const uint8_t key[SEAL_KEY], const uint8_t subject_id[16], const uint8_t *sealed, size_t length,
               uint8_t *ret) {
    return open_box(key, bound_to(subject_id, 't'), sealed, length, ret);
}

void seal_wrap(const uint8_t kek[SEAL_KEY], const uint8_t subject_id[16], const uint8_t nonce[SEAL_NONCE],
               const uint8_t key[SEAL_KEY], uint8_t ret[SEAL_WRAPPED]) {
    close_box(kek, bound_to(subject_id, 'k'), nonce, key, SEAL_KEY, ret);
}

bool seal_unwrap(const uint8_t kek[SEAL_KEY], const uint8_t subject_id[16], const uint8_t *wrapped, size_t length,
                 uint8_t ret_key[SEAL_KEY]) {
    return length == SEAL_WRAPPED && open_box(kek, bound_to(subject_id, 'k'), wrapped, length, ret_key);
}

void seal_digest(const uint8_t salt[SEAL_SALT], const void *bytes, size_t length, uint8_t ret[SEAL_DIGEST]) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, salt, SEAL_SALT);
    crypto_hash_sha256_update(&state, bytes, length);
    crypto_hash_sha256_final(&state, ret);
}
