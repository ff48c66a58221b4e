/* assign_move.h - the move of an order to another worker, recorded with its reason
 *
 * Memory    of the batch.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_ASSIGN_MOVE_H
#define ASSIGN_SHELL_ASSIGN_MOVE_H

#include "assign/shell/assign_work.h"

/* reason: paidan.assign.v1.ChangeReason. grid_change: UUID of the change of the map that led to it; NULL: none. false: the order's state
 * does not allow it. */
bool assign_reassign(struct batch *batch, struct input *input, struct order_slot *slot,
                     const struct order_target *target, int reason, const char *grid_change);

#endif
