/* people_inner.h - what the files of people.h share
 *
 * Memory    lists are grown with realloc() and belong to the people.
 * Threads   as people.h. */
#ifndef ASSIGN_SHELL_PEOPLE_INNER_H
#define ASSIGN_SHELL_PEOPLE_INNER_H

#include "assign/shell/people.h"

/* A longer list, when it is full; false: no memory. */
bool people_make_room(void **list, size_t count, size_t *max, size_t size);

/* From shifts, leaves and mark to spans and away. */
bool people_settle_duty(struct worker *worker);

#endif
