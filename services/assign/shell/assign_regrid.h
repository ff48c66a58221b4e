/* assign_regrid.h - open orders and key service recipients follow the map (domain.md, event 26)
 *
 * Use       regrid_ask(), regrid_read() and regrid_save() in the batches of the tick; regrid_look() once the city is fresh;
 *           regrid_order() for each order that is due.
 * Promise   a change wakes the orders of grids that it redrew or ended (retry_at) when it is applied, or when its time comes. Each
 *           is located anew, without coordinates by what replaced its grid; the event regrid says whose people answer now, and
 *           reassign who, when the accountable worker does not answer for the new grid too. While nobody there is on duty the
 *           order stays with its worker. Closed orders and grids of record stay as they are.
 * Fails     as pg_queue().
 * Memory    of the batch.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_ASSIGN_REGRID_H
#define ASSIGN_SHELL_ASSIGN_REGRID_H

#include "assign/core/order_view.h"
#include "assign/shell/change_store.h"
#include "assign/shell/map.h"
#include "common/relay/engine.h"

struct assign_work;
struct regrid_fate;

struct regrid_recipient {
    uint8_t id[16];
    double lat, lng;
    const char *grid; /* NULL: in none */
};

struct regrid_work {
    struct regrid_fate *fates; /* of grids that changed under orders of this batch */
    struct regrid_recipient *recipients;
    size_t recipient_count;
    struct change_times *beginning; /* applied changes whose time has come */
    size_t beginning_count;
};

enum pd_fate regrid_ask(struct batch *batch, struct pg *pg, struct pd_err *reterr);
enum pd_fate regrid_read(struct batch *batch, struct regrid_work *regrid, struct pg *pg, struct pd_err *reterr);
enum pd_fate regrid_look(struct batch *batch, struct assign_work *work, struct pg *pg, struct pd_err *reterr);
enum pd_fate regrid_save(struct batch *batch, const struct regrid_work *regrid, struct pg *pg, struct pd_err *reterr);

/* The grid whose people are to answer for an order that is due. NULL: none. */
const struct map_grid *regrid_grid_of(struct batch *batch, const struct order_slot *slot);

/* Moves a due order to its new grid and, when it is somebody's, to its new worker. */
void regrid_order(struct batch *batch, struct input *input, struct order_slot *slot);

#endif
