/* audit_store.h - events and findings into their tables
 *
 * Use       queue after the batch is decided; one statement a table.
 * Fails     as pg.h; PD_RETRY when the arena is full.
 * Threads   the connection's. */
#ifndef AUDIT_SHELL_AUDIT_STORE_H
#define AUDIT_SHELL_AUDIT_STORE_H

#include "audit/core/audit_log.h"
#include "common/base/arena.h"
#include "common/io/pg.h"

/* Something a producer did wrong. */
struct audit_finding {
    const char *kind;
    const char *detail;
    const struct audit_event *event;
};

/* events[0] follows size_before. */
enum pd_fate audit_store_events(struct pg *pg, struct pd_arena *arena, int64_t size_before, int64_t now_us,
                                const struct audit_event *events, size_t count, struct pd_err *reterr);
enum pd_fate audit_store_head(struct pg *pg, struct pd_arena *arena, const struct audit_log *log,
                              struct pd_err *reterr);
enum pd_fate audit_store_findings(struct pg *pg, struct pd_arena *arena, const struct audit_finding *findings,
                                  size_t count, struct pd_err *reterr);

#endif
