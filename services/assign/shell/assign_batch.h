/* assign_batch.h - the service's half of load, decide, commit, see engine.h
 *
 * Memory    of the batch.
 * Threads   as engine.h says. */
#ifndef ASSIGN_SHELL_ASSIGN_BATCH_H
#define ASSIGN_SHELL_ASSIGN_BATCH_H

#include "common/relay/engine.h"

enum { ASSIGN_TICK_MS = 2000, ASSIGN_TICK_SOON_MS = 100, ASSIGN_TICK_MAX = 200 };

enum pd_fate assign_ask(struct batch *batch, struct pg *pg, struct pd_err *reterr);
enum pd_fate assign_read(struct batch *batch, struct pg *pg, struct pd_err *reterr);
void assign_decide(struct batch *batch, struct input *input);
enum pd_fate assign_save(struct batch *batch, struct pg *pg, struct pd_err *reterr);
void assign_committed(struct batch *batch, struct bus *bus);

#endif
