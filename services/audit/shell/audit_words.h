/* audit_words.h - the trace in the words of the wire
 *
 * Use       for replies.
 * Promise   what cannot be unpacked is left out; what the columns know is always told.
 * Fails     arena->full afterwards: throw the message away.
 * Memory    in the arena.
 * Threads   any. */
#ifndef AUDIT_SHELL_AUDIT_WORDS_H
#define AUDIT_SHELL_AUDIT_WORDS_H

#include "audit/core/audit_log.h"
#include "common/base/arena.h"
#include "common/io/pg.h"
#include "paidan/audit/v1/audit.pb-c.h"

/* NULL: the arena is full. */
Paidan__Audit__V1__TraceEvent *audit_event_words(struct pd_arena *arena, const struct audit_event *event);

/* Results of read_log_head.sql, read_producers.sql and count_findings.sql. */
void audit_counts_words(struct pd_arena *arena, const struct pg_result *result,
                        Paidan__Audit__V1__CountsResponse *response);
void audit_positions_words(struct pd_arena *arena, const struct pg_result *result,
                           Paidan__Audit__V1__CountsResponse *response);
void audit_findings_words(struct pd_arena *arena, const struct pg_result *result,
                          Paidan__Audit__V1__CountsResponse *response);

#endif
