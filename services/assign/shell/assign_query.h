/* assign_query.h - what assign answers: orders, lists, the grid of a point, the words of a request
 *
 * Promise   a worker sees his own orders and nothing else; a requester nothing.
 * Threads   the reader thread, with a city of its own. */
#ifndef ASSIGN_SHELL_ASSIGN_QUERY_H
#define ASSIGN_SHELL_ASSIGN_QUERY_H

#include "common/relay/engine.h"

/* The city as it is now, for what is looked up in the query's context; false: refused already. */
bool assign_query_freshen(struct query *query);

void assign_answer_get_order(struct query *query);
void assign_answer_list_orders(struct query *query);
void assign_answer_locate(struct query *query);
void assign_answer_get_texts(struct query *query);

#endif
