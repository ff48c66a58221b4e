/* assign_locate.h - what assign answers about a place: whose is it, now or at any instant
 *
 * Promise   the present is answered from memory, the past (and the present while a new map is being read) from PostgreSQL, alike.
 * Threads   the reader thread, with a city of its own. */
#ifndef ASSIGN_SHELL_ASSIGN_LOCATE_H
#define ASSIGN_SHELL_ASSIGN_LOCATE_H

#include "assign/core/order.h"
#include "common/relay/engine.h"
#include "paidan/assign/v1/assign.pb-c.h"

void assign_answer_locate(struct query *query);

/* Adds the nearest grid to an order that lies outside every grid, when the map is in memory. False: refused already. */
bool assign_hint_nearest(struct query *query, const struct order *order, Paidan__Assign__V1__WorkOrder *words);

#endif
