/* people_words.h - people in the words of the wire
 *
 * Fails     NULL when the arena is full.
 * Memory    in the arena; texts are borrowed from it.
 * Threads   any. */
#ifndef ASSIGN_SHELL_PEOPLE_WORDS_H
#define ASSIGN_SHELL_PEOPLE_WORDS_H

#include "assign/shell/people.h"
#include "common/base/arena.h"
#include "common/io/pg.h"
#include "paidan/assign/v1/assign.pb-c.h"

/* NULL also for 0 and for what no calendar knows (infinity). */
Google__Protobuf__Timestamp *people_time_words(struct pd_arena *arena, int64_t at_us);

/* A row of list_workers or get_worker; worker: as it is in memory, NULL: not yet. */
Paidan__Assign__V1__WorkerNow *people_worker_words(struct pd_arena *arena, const struct pg_result *rows, int row,
                                                   const struct worker *worker, int64_t now_us);
Paidan__Assign__V1__Post *people_post_words(struct pd_arena *arena, const struct pg_result *rows, int row);
Paidan__Assign__V1__Shift *people_shift_words(struct pd_arena *arena, const struct pg_result *rows, int row,
                                              const char *worker_id);
Paidan__Assign__V1__Leave *people_leave_words(struct pd_arena *arena, const struct pg_result *rows, int row,
                                              const char *worker_id);
Paidan__Assign__V1__AccountableSpan *people_span_words(struct pd_arena *arena, const struct pg_result *rows, int row);

#endif
