/* recipient_secret.h - what is personal about a key recipient: sealed, opened when somebody may read it, committed to in public
 *
 * Use       recipient_seal_new() when somebody is marked; recipient_open() before anything is shown; recipient_text_seal() for the
 *           words of an event, recipient_text_open() for those of a trace.
 * Fails     RECIPIENT_ERASED: the wrapped key is gone, nothing comes back. RECIPIENT_BROKEN: the key-encryption key is another one
 *           than at the marking, or bytes were changed. RECIPIENT_MEMORY: the arena is full.
 * Memory    the arena's. Threads those of the arena. */
#ifndef ASSIGN_SHELL_RECIPIENT_SECRET_H
#define ASSIGN_SHELL_RECIPIENT_SECRET_H

#include <stdint.h>

#include "common/base/arena.h"
#include "common/domain/seal.h"
#include "paidan/assign/v1/sealed.pb-c.h"

/* Bytes in the arena. */
struct recipient_bytes {
    const uint8_t *data;
    size_t length;
};

/* Row columns that hide a recipient. wrapped.data NULL: erased. */
struct recipient_secret {
    struct recipient_bytes wrapped, sealed;
};

enum recipient_opened { RECIPIENT_OPEN, RECIPIENT_ERASED, RECIPIENT_BROKEN, RECIPIENT_MEMORY };

enum { RECIPIENT_NEW_RANDOM = SEAL_KEY + 2 * SEAL_NONCE + SEAL_SALT, RECIPIENT_TEXT_RANDOM = SEAL_NONCE + SEAL_SALT };

/* Makes a key for the recipient and seals with it; ret_digest commits to what was written. false: the arena is full.
 * random: fresh bytes. */
bool recipient_seal_new(struct pd_arena *arena, const uint8_t kek[SEAL_KEY], const uint8_t id[16],
                        const uint8_t random[RECIPIENT_NEW_RANDOM],
                        const Paidan__Assign__V1__RecipientPersonal *personal, struct recipient_secret *ret_secret,
                        uint8_t ret_digest[SEAL_DIGEST]);

enum recipient_opened recipient_open(struct pd_arena *arena, const uint8_t kek[SEAL_KEY], const uint8_t id[16],
                                     const struct recipient_secret *secret,
                                     Paidan__Assign__V1__RecipientPersonal **ret_personal);

enum recipient_opened recipient_text_seal(struct pd_arena *arena, const uint8_t kek[SEAL_KEY], const uint8_t id[16],
                                          const struct recipient_secret *secret,
                                          const uint8_t random[RECIPIENT_TEXT_RANDOM], const char *text,
                                          struct recipient_bytes *ret_sealed, uint8_t ret_digest[SEAL_DIGEST]);

/* wrapped: of the recipient. */
enum recipient_opened recipient_text_open(struct pd_arena *arena, const uint8_t kek[SEAL_KEY], const uint8_t id[16],
                                          struct recipient_bytes wrapped, struct recipient_bytes sealed,
                                          const char **ret_text);

#endif
