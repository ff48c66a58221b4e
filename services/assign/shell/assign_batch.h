/* assign_batch.h - the service's half of load, decide, commit, see engine.h
 *
 * Memory    of the batch; the context holds the city and lives as long as its thread.
 * Threads   as engine.h says. */
#ifndef ASSIGN_SHELL_ASSIGN_BATCH_H
#define ASSIGN_SHELL_ASSIGN_BATCH_H

#include "common/relay/engine.h"

enum { ASSIGN_TICK_MS = 2000, ASSIGN_TICK_MAX = 200 };

enum pd_fate assign_open(const struct conf *conf, bool for_reader, void **ret_context, struct pd_err *reterr);
void assign_close(void *context);
enum pd_fate assign_ask(struct batch *batch, struct pg *pg, struct pd_err *reterr);
enum pd_fate assign_read(struct batch *batch, struct pg *pg, struct pd_err *reterr);
void assign_decide(struct batch *batch, struct input *input);
enum pd_fate assign_save(struct batch *batch, struct pg *pg, struct pd_err *reterr);
/* Wakes the clerk when a check may be wanted. */
void assign_committed(struct batch *batch, struct bus *bus);

#endif
