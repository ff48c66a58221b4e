/* order_regrid.h - an open order around which the map changed
 *
 * Use       order_is_displaced() tells whether the map changed under it; order_regrid() and order_reassign() are the steps that follow.
 * Promise   pure. The grid of record never changes; grid_now says whose people answer, and is empty while that is the grid of record. A
 *           reassignment ends one assignment and begins the next at one instant: never none, never two.
 * Fails     as order_step().
 * Memory    the plan borrows the texts of its arguments.
 * Threads   any. */
#ifndef ASSIGN_CORE_ORDER_REGRID_H
#define ASSIGN_CORE_ORDER_REGRID_H

#include "assign/core/order_step.h"

/* Whose people answer: grid_now, else the grid of record; "" when it has none. */
const char *order_grid(const struct order *order);

/* Must its place be looked up again? map_version: of its grid of record on the map as it is; 0: that grid has ended. */
bool order_is_displaced(const struct order *order, int64_t map_version);

/* The people of another grid answer from now on. */
enum wo_verdict order_regrid(const struct order *before, const char *grid, int64_t now_us, struct order_plan *ret_plan,
                             uint32_t *ret_missing);

/* Another worker is accountable from now on; target has one. */
enum wo_verdict order_reassign(const struct order *before, const struct order_target *target, int64_t now_us,
                               struct order_plan *ret_plan, uint32_t *ret_missing);

#endif
