/* recipient_words.h - key recipients in the words of the wire
 *
 * Fails     NULL when the arena is full.
 * Memory    in the arena; texts are borrowed from row and personal.
 * Threads   any. */
#ifndef ASSIGN_SHELL_RECIPIENT_WORDS_H
#define ASSIGN_SHELL_RECIPIENT_WORDS_H

#include "assign/core/recipient_rule.h"
#include "assign/shell/recipient_store.h"
#include "paidan/assign/v1/assign.pb-c.h"

Paidan__Assign__V1__Recipient *recipient_in_clear(struct pd_arena *arena, const struct recipient *row,
                                                  Paidan__Assign__V1__RecipientPersonal *personal);

/* Nothing personal. */
Paidan__Assign__V1__RecipientMark *recipient_mark_words(struct pd_arena *arena, const struct recipient *row);

/* What a mark says, as plain data; nothing is judged here. Texts are borrowed from the request. */
void recipient_words_of(const Paidan__Assign__V1__RecipientMarkRequest *request, struct recipient_words *ret);

char *recipient_id_text(struct pd_arena *arena, const uint8_t id[16]);

#endif
