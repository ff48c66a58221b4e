/* seal.h - personal data under a key of its own, and what may be said about it in public
 *
 * Happy path
 *   - each subject (a service request, a key recipient) has a random data key; what is personal is sealed with it
 *     (XChaCha20-Poly1305)
 *   - the data key is stored wrapped by the service's key-encryption key, in the subject's row
 *   - events carry seal_digest(): SHA-256 of 32 random bytes and the text; the random bytes are sealed with the text
 *   - erasure: the wrapped key is deleted; what was sealed is noise then, and no digest can be guessed at
 * Promise   pure: keys, nonces and salts come in. A sealed box opens only for the subject it was made for (its id is
 *           authenticated with it), and a wrapped key is never mistaken for a sealed text.
 * Fails     seal_open() and seal_unwrap() are false for a wrong key, another subject, or a changed byte.
 * Memory    the caller's buffers. Threads any. */
#ifndef COMMON_DOMAIN_SEAL_H
#define COMMON_DOMAIN_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SEAL_KEY = 32,
    SEAL_NONCE = 24,
    SEAL_SALT = 32,
    SEAL_DIGEST = 32,
    SEAL_TAG = 16,
    SEAL_OVERHEAD = SEAL_NONCE + SEAL_TAG,
    SEAL_WRAPPED = SEAL_KEY + SEAL_OVERHEAD
};

/* Writes length + SEAL_OVERHEAD bytes to ret. A nonce is used once. */
void seal_close(const uint8_t key[SEAL_KEY], const uint8_t subject_id[16], const uint8_t nonce[SEAL_NONCE],
                const void *bytes, size_t length, uint8_t *ret);

/* Writes length - SEAL_OVERHEAD bytes to ret, or answers false. */
bool seal_open(const uint8_t key[SEAL_KEY], const uint8_t subject_id[16], const uint8_t *sealed, size_t length,
               uint8_t *ret);

void seal_wrap(const uint8_t kek[SEAL_KEY], const uint8_t subject_id[16], const uint8_t nonce[SEAL_NONCE],
               const uint8_t key[SEAL_KEY], uint8_t ret[SEAL_WRAPPED]);
bool seal_unwrap(const uint8_t kek[SEAL_KEY], const uint8_t subject_id[16], const uint8_t *wrapped, size_t length,
                 uint8_t ret_key[SEAL_KEY]);

/* SHA-256(salt || bytes). */
void seal_digest(const uint8_t salt[SEAL_SALT], const void *bytes, size_t length, uint8_t ret[SEAL_DIGEST]);

#endif
