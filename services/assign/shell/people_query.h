/* people_query.h - what assign answers about people: who is there, which grids have nobody, who was accountable when
 *
 * Promise   a worker sees himself and nobody else.
 * Threads   the reader thread, with a city of its own. */
#ifndef ASSIGN_SHELL_PEOPLE_QUERY_H
#define ASSIGN_SHELL_PEOPLE_QUERY_H

#include "common/relay/engine.h"

void people_answer_list_workers(struct query *query);
void people_answer_get_worker(struct query *query);
void people_answer_list_vacant(struct query *query);
void people_answer_list_accountable(struct query *query);

#endif
