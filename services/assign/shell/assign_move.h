/* assign_move.h - give this order to whoever is accountable, when its worker is away or back
 *
 * Use       assign_follow() for an order of the batch's view, after city_refresh(); the rule is core/order_move.
 * Promise   at every committed instant an order between dispatch and end has exactly one accountable person: a move ends one
 *           assignment and begins the next in the same transaction, and a move to nobody is an overlay.
 * Memory    of the batch.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_ASSIGN_MOVE_H
#define ASSIGN_SHELL_ASSIGN_MOVE_H

#include "assign/shell/assign_work.h"

/* Returns whether anything happened. */
bool assign_follow(struct batch *batch, struct input *input, struct order_slot *slot);

/* All orders in the view that are this worker's. Returns how many moved. */
int assign_follow_worker(struct batch *batch, struct input *input, const struct worker *worker);

/* Where the order's worker is; somebody unknown is off duty. */
enum worker_status assign_status_of(struct batch *batch, const struct order *order);

#endif
