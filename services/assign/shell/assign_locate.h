/* assign_locate.h - what assign answers about a place: whose is it, now or at any instant
 *
 * Promise   the present is answered from memory, the past (and the present while a new map is being read) from PostgreSQL, alike.
 * Threads   the reader thread, with a city of its own. */
#ifndef ASSIGN_SHELL_ASSIGN_LOCATE_H
#define ASSIGN_SHELL_ASSIGN_LOCATE_H

#include "common/relay/engine.h"

void assign_answer_locate(struct query *query);

#endif
