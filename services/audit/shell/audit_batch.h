/* audit_batch.h - audit's part of a batch: what the engine calls
 *
 * Use       the functions of struct service_ops, in the engine's order.
 * Promise   each event that the engine hands over is appended, whatever it says; an event whose version does not
 *           follow the one before leaves a finding as well.
 * Fails     PD_REFUSED when the batch's arena is full, which makes the engine try halves; else as pg.h.
 * Memory    the writer remembers the versions of 65,536 aggregates (1.5 MB).
 * Threads   the writer's. */
#ifndef AUDIT_SHELL_AUDIT_BATCH_H
#define AUDIT_SHELL_AUDIT_BATCH_H

#include "common/relay/engine.h"

enum pd_fate audit_open(const struct conf *conf, void *shared, bool for_reader, void **ret_context,
                        struct pd_err *reterr);
void audit_close(void *context);
enum pd_fate audit_ask(struct batch *batch, struct pg *pg, struct pd_err *reterr);
enum pd_fate audit_read(struct batch *batch, struct pg *pg, struct pd_err *reterr);
void audit_decide(struct batch *batch, struct input *input);
enum pd_fate audit_save(struct batch *batch, struct pg *pg, struct pd_err *reterr);
void audit_committed(struct batch *batch, struct bus *bus);

#endif
