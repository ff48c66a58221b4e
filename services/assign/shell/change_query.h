/* change_query.h - what is asked about grid changes
 *
 * Use       answer functions of struct query_def: change_answer_get(), change_answer_list(), change_answer_difference().
 * Limits    a page of faults has 100, of the list 200, of the difference about 1.5 MB: the bus takes 4 MB a message.
 * Threads   the reader thread. */
#ifndef ASSIGN_SHELL_CHANGE_QUERY_H
#define ASSIGN_SHELL_CHANGE_QUERY_H

#include "common/relay/engine.h"

void change_answer_get(struct query *query);
void change_answer_list(struct query *query);
void change_answer_difference(struct query *query);

#endif
