/* intake_seal.h - personal data under a key of its own, and what may be said about it in public
 *
 * Happy path
 *   - each request has a random data key; what a resident said is sealed with it (XChaCha20-Poly1305)
 *   - the data key is stored wrapped by the service's key-encryption key, in the request's row
 *   - events carry intake_digest(): SHA-256 of 32 random bytes and the text; the random bytes are sealed with the text
 *   - erasure: the wrapped key is deleted; what was sealed is noise then, and no digest can be guessed at
 * Promise   pure: keys, nonces and salts come in. A sealed box opens only for the request it was made for (its id is
 *           authenticated with it), and a wrapped key is never mistaken for a sealed text.
 * Fails     intake_open() and intake_unwrap() are false for a wrong key, another request, or a changed byte.
 * Memory    the caller's buffers. Threads any. */
#ifndef INTAKE_CORE_INTAKE_SEAL_H
#define INTAKE_CORE_INTAKE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    INTAKE_KEY = 32,
    INTAKE_NONCE = 24,
    INTAKE_SALT = 32,
    INTAKE_DIGEST = 32,
    INTAKE_TAG = 16,
    INTAKE_SEAL_OVERHEAD = INTAKE_NONCE + INTAKE_TAG,
    INTAKE_WRAPPED = INTAKE_KEY + INTAKE_SEAL_OVERHEAD
};

/* Writes length + INTAKE_SEAL_OVERHEAD bytes to ret. A nonce is used once. */
void intake_seal(const uint8_t key[INTAKE_KEY], const uint8_t request_id[16], const uint8_t nonce[INTAKE_NONCE],
                 const void *bytes, size_t length, uint8_t *ret);

/* Writes length - INTAKE_SEAL_OVERHEAD bytes to ret, or answers false. */
bool intake_open(const uint8_t key[INTAKE_KEY], const uint8_t request_id[16], const uint8_t *sealed, size_t length,
                 uint8_t *ret);

void intake_wrap(const uint8_t kek[INTAKE_KEY], const uint8_t request_id[16], const uint8_t nonce[INTAKE_NONCE],
                 const uint8_t key[INTAKE_KEY], uint8_t ret[INTAKE_WRAPPED]);
bool intake_unwrap(const uint8_t kek[INTAKE_KEY], const uint8_t request_id[16], const uint8_t *wrapped, size_t length,
                   uint8_t ret_key[INTAKE_KEY]);

/* SHA-256(salt || bytes). */
void intake_digest(const uint8_t salt[INTAKE_SALT], const void *bytes, size_t length, uint8_t ret[INTAKE_DIGEST]);

#endif
