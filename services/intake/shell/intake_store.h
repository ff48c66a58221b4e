/* intake_store.h - reads what a batch needs, writes what it decided: the service's ask, read and save
 *
 * Happy path
 *   - ask queues one statement for the requests meant by commands and events, one for those named by number, one for what
 *     the timer may archive, one for the day's last number; each only when an input needs it
 *   - read makes a struct intake_set of them: the batch's view
 *   - save queues one INSERT for new requests, one UPDATE for those changed here and one for those that follow
 *     their order, one INSERT for words, one UPDATE for the day
 * Fails     as pg_queue() and pg_take() do; PD_RETRY when the batch's arena is full.
 * Threads   the writer's. */
#ifndef INTAKE_SHELL_INTAKE_STORE_H
#define INTAKE_SHELL_INTAKE_STORE_H

#include "common/relay/engine.h"

enum { INTAKE_ARCHIVE_MAX = 200 /* requests archived by one tick: a small batch beside the commands */ };

enum pd_fate intake_ask(struct batch *batch, struct pg *pg, struct pd_err *reterr);
enum pd_fate intake_read(struct batch *batch, struct pg *pg, struct pd_err *reterr);
enum pd_fate intake_save(struct batch *batch, struct pg *pg, struct pd_err *reterr);

#endif
