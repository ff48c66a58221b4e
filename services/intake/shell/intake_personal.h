/* intake_personal.h - a request's personal data: sealed, opened when somebody may read it, and committed to in public
 *
 * Use       intake_secret_new() at registration, then intake_secret_reseal(); intake_secret_open() before anything is shown;
 *           intake_text_seal() for the words of an event; intake_text_open() for those of the trace.
 * Promise   a key is unwrapped and a box opened at most once a batch (cached in the struct).
 * Fails     SECRET_ERASED: the wrapped key was deleted, nothing comes back. SECRET_BROKEN: the key-encryption key is another
 *           one than at registration, or the bytes were changed. SECRET_MEMORY: the arena is full.
 * Memory    the arena's; texts of struct intake_personal are never NULL. Threads those of the arena. */
#ifndef INTAKE_SHELL_INTAKE_PERSONAL_H
#define INTAKE_SHELL_INTAKE_PERSONAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/domain/seal.h"

enum secret_status { SECRET_CLOSED, SECRET_OPEN, SECRET_ERASED, SECRET_BROKEN, SECRET_MEMORY };

struct intake_personal {
    const char *name, *phone, *address, *description;
    const char *answer;
    const uint8_t *salt;  /* SEAL_SALT bytes */
    const uint8_t *bytes; /* the serialised Personal, as hashed */
    size_t length;
};

struct intake_secret {
    const uint8_t *wrapped;
    size_t wrapped_length;
    const uint8_t *sealed;
    size_t sealed_length;
    enum secret_status key_status; /* of `key` */
    enum secret_status status;     /* of `personal` */
    uint8_t key[SEAL_KEY];
    struct intake_personal personal;
};

enum { INTAKE_SECRET_RANDOM = SEAL_KEY + SEAL_NONCE + SEAL_SALT };

/* Makes key, wrapped key, salt and the serialised Personal from four texts; false when the arena is full.
 * random: fresh bytes. What is sealed comes with intake_secret_reseal(). */
bool intake_secret_new(struct intake_secret *secret, struct pd_arena *arena, const uint8_t kek[SEAL_KEY],
                       const uint8_t request_id[16], const uint8_t random[INTAKE_SECRET_RANDOM],
                       const struct intake_personal *texts);

/* Seals secret->personal (which must be open) anew, under a fresh nonce. */
bool intake_secret_reseal(struct intake_secret *secret, struct pd_arena *arena, const uint8_t request_id[16],
                          const uint8_t nonce[SEAL_NONCE]);

/* Unwraps the key; opens the box as well. */
enum secret_status intake_secret_unwrap(struct intake_secret *secret, const uint8_t kek[SEAL_KEY],
                                        const uint8_t request_id[16]);
enum secret_status intake_secret_open(struct intake_secret *secret, struct pd_arena *arena, const uint8_t kek[SEAL_KEY],
                                      const uint8_t request_id[16]);

enum { INTAKE_TEXT_RANDOM = SEAL_NONCE + SEAL_SALT };

/* A sealed SealedText; NULL when the arena is full. salt: as used for the digest. */
const uint8_t *intake_text_seal(struct pd_arena *arena, const uint8_t key[SEAL_KEY], const uint8_t request_id[16],
                                const uint8_t nonce[SEAL_NONCE], const uint8_t salt[SEAL_SALT], const char *text,
                                size_t *ret_length);
/* The text, or NULL when it does not open. */
const char *intake_text_open(struct pd_arena *arena, const uint8_t key[SEAL_KEY], const uint8_t request_id[16],
                             const uint8_t *sealed, size_t length);

#endif
