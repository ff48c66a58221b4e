/* assign_words.h - orders in the words of the wire, and times and ids from them
 *
 * Fails     NULL when the arena is full.
 * Memory    in the arena, or in the caller's struct; texts are borrowed from the order.
 * Threads   any. */
#ifndef ASSIGN_SHELL_ASSIGN_WORDS_H
#define ASSIGN_SHELL_ASSIGN_WORDS_H

#include "assign/core/order.h"
#include "common/base/arena.h"
#include "common/relay/engine.h"
#include "paidan/assign/v1/assign.pb-c.h"

Paidan__Assign__V1__WorkOrder *assign_order_words(struct pd_arena *arena, const struct order *order,
                                                  const struct wo_actor *actor);

/* Microseconds; 0 for NULL. Values beyond what a calendar knows are cut to its ends. */
int64_t assign_time_us(const Google__Protobuf__Timestamp *at);

/* Fills *at and gives it; NULL for 0. */
Google__Protobuf__Timestamp *assign_timestamp(Google__Protobuf__Timestamp *at, int64_t at_us);

/* Where a list that is newest first goes on: time and id of the last row. false: no cursor of ours. NULL: the arena is full. */
bool assign_cursor_read(const char *text, int64_t *ret_at_us, uint8_t ret_id[16]);
char *assign_cursor_text(struct pd_arena *arena, int64_t at_us, const uint8_t id[16]);

/* false: not a UUID. */
bool assign_id(const char *text, uint8_t ret_id[16]);

/* Protobuf-c's strings are not const, though nobody writes to them. */
char *assign_text(const char *text);

#endif
