/* change_words.h - grid changes in the words of the wire
 *
 * Fails     NULL when the arena is full.
 * Memory    in the arena; texts are borrowed from the change.
 * Threads   any. */
#ifndef ASSIGN_SHELL_CHANGE_WORDS_H
#define ASSIGN_SHELL_CHANGE_WORDS_H

#include "assign/core/grid_change.h"
#include "common/base/arena.h"
#include "common/relay/engine.h"
#include "paidan/assign/v1/assign.pb-c.h"

/* map_version: of now; 0: is not known. */
Paidan__Assign__V1__GridChange *change_words(struct pd_arena *arena, const struct grid_change *change,
                                             const struct wo_actor *actor, int64_t map_version);

#endif
