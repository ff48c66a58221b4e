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

/* For the other files that answer. */
struct city;
struct pg_result;
struct pg_args;
/* One statement; false: refused already. */
bool assign_ask_rows(struct query *query, const char *sql, struct pg_args *args, struct pg_result **ret_rows);
/* Brings this thread's city up to date; false: refused already. */
bool assign_freshen(struct query *query, struct city *city);
void assign_no_memory(struct query *query);

#endif
