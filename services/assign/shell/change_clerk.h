/* change_clerk.h - the thread that checks grid changes, so that nobody waits for geometry
 *
 * Use       change_clerk_start() when the service opens, change_clerk_wake_any() when a check may be wanted, change_clerk_stop() at
 *           its end.
 * Promise   what is to be checked is in grid_change (verdict running), so a check that a crash ended is done again. One clerk works at
 *           a time, also when two processes run: it holds an advisory lock. It writes to the change's own tables only.
 * Fails     change_clerk_start() PD_BROKEN: no thread or no GEOS. A check that fails is tried again after a second.
 * Memory    one connection; while a check runs as change_check.h says.
 * Threads   its own. */
#ifndef ASSIGN_SHELL_CHANGE_CLERK_H
#define ASSIGN_SHELL_CHANGE_CLERK_H

#include "common/base/err.h"

struct change_clerk;

enum pd_fate change_clerk_start(const char *conninfo, struct change_clerk **ret_clerk, struct pd_err *reterr);
void change_clerk_wake_any(struct change_clerk *clerk);
/* Cancels the statement that runs and waits for the thread. NULL is fine. */
void change_clerk_stop(struct change_clerk *clerk);

#endif
