/* assign_query.h - what assign answers: orders, lists, the words of a request
 *
 * Promise   a worker sees his own orders and nothing else; a requester nothing.
 * Threads   the reader thread. */
#ifndef ASSIGN_SHELL_ASSIGN_QUERY_H
#define ASSIGN_SHELL_ASSIGN_QUERY_H

#include "common/relay/engine.h"

void assign_answer_get_order(struct query *query);
void assign_answer_list_orders(struct query *query);
void assign_answer_get_texts(struct query *query);

#endif
