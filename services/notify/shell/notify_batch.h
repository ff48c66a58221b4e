/* notify_batch.h - notify's part of a batch: what the engine calls
 *
 * Use       the functions of struct service_ops, in the engine's order: ask, read, decide, save, committed.
 * Promise   rules are in core/notify_step; here is only reading, writing and the words on the wire.
 * Fails     PD_REFUSED when the batch's arena is full, which makes the engine try halves; else as pg.h.
 * Threads   the writer's. */
#ifndef NOTIFY_SHELL_NOTIFY_BATCH_H
#define NOTIFY_SHELL_NOTIFY_BATCH_H

#include "common/relay/engine.h"

enum { NOTIFY_TICK_MS = 5000, NOTIFY_TICK_MAX = 500 };

enum pd_fate notify_ask(struct batch *batch, struct pg *pg, struct pd_err *reterr);
enum pd_fate notify_read(struct batch *batch, struct pg *pg, struct pd_err *reterr);
void notify_decide(struct batch *batch, struct input *input);
enum pd_fate notify_save(struct batch *batch, struct pg *pg, struct pd_err *reterr);
void notify_committed(struct batch *batch, struct bus *bus);

#endif
