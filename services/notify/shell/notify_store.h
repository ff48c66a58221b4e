/* notify_store.h - rows of table delivery as plain data, and back
 *
 * Use       notify_row() for each row of a statement that selects the columns of a delivery; notify_store_update() and
 *           notify_store_insert() queue what a view changed, in that order: a new assignment takes an open one's place.
 * Promise   one statement for all that is inserted, one for all that is updated, none when there is nothing.
 * Fails     as pg.h; PD_RETRY when the arena is full.
 * Memory    texts of a row are copied into the arena.
 * Threads   the connection's. */
#ifndef NOTIFY_SHELL_NOTIFY_STORE_H
#define NOTIFY_SHELL_NOTIFY_STORE_H

#include "common/base/arena.h"
#include "common/io/pg.h"
#include "notify/core/notify_view.h"

/* False: the arena is full. */
bool notify_row(const struct pg_result *result, int row, struct pd_arena *arena, struct notify_delivery *ret_delivery);

enum pd_fate notify_store_update(struct pg *pg, struct pd_arena *arena, const struct notify_view *view,
                                 struct pd_err *reterr);
enum pd_fate notify_store_insert(struct pg *pg, struct pd_arena *arena, const struct notify_view *view,
                                 struct pd_err *reterr);

#endif
