/* place_query.h - what assign answers about places: by name, by address, and those that an order may be at
 *
 * Promise   for staff only; candidates of an order for dispatcher and supervisor.
 * Threads   the reader thread. */
#ifndef ASSIGN_SHELL_PLACE_QUERY_H
#define ASSIGN_SHELL_PLACE_QUERY_H

#include "assign/core/order.h"
#include "common/relay/engine.h"
#include "paidan/assign/v1/assign.pb-c.h"

void place_answer_list_places(struct query *query);
void place_answer_match_address(struct query *query);

/* Adds how its place was found and the candidates for its address. false: refused already. */
bool place_show(struct query *query, const struct order *order, Paidan__Assign__V1__WorkOrder *words);

#endif
