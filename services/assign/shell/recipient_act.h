/* recipient_act.h - what every command about a key recipient does: asks whose it is, refuses, records, answers
 *
 * Use       by recipient_decide.c and recipient_mark.c alone.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_RECIPIENT_ACT_H
#define ASSIGN_SHELL_RECIPIENT_ACT_H

#include "assign/core/recipient_rule.h"
#include "assign/shell/city.h"
#include "assign/shell/recipient_store.h"

/* Has he a post in this grid now? */
bool recipient_has_post(const struct city *city, const char *grid, const struct wo_actor *actor);

/* Tells the engine, which tries a smaller batch. */
void recipient_out_of_memory(struct batch *batch);

/* verdict: not RECIPIENT_OK. */
void recipient_refuse(struct batch *batch, struct input *input, enum recipient_act act, enum recipient_verdict verdict);

/* Records the next event about the recipient; the row's version goes along. digest: SEAL_DIGEST bytes, or NULL. */
void recipient_emit(struct batch *batch, const struct input *cause, enum recipient_act act, struct recipient *row,
                    const uint8_t *digest, uint8_t ret_event_id[16]);

/* Answers with what is not personal. */
void recipient_reply_mark(struct batch *batch, struct input *input, int status, const struct recipient *row);

/* The command that makes a new one, in recipient_mark.c. */
void recipient_decide_mark(struct batch *batch, struct recipient_work *work, struct input *input);

#endif
