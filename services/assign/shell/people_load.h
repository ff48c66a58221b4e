/* people_load.h - the people as they are in PostgreSQL now
 *
 * Fails     as pg_query(); PD_RETRY "PEOPLE" when there is no memory.
 * Memory    the people belong to the caller.
 * Threads   of the connection. */
#ifndef ASSIGN_SHELL_PEOPLE_LOAD_H
#define ASSIGN_SHELL_PEOPLE_LOAD_H

#include "assign/shell/people.h"
#include "common/io/pg.h"

/* *ret_fresh_until_us: when the days that are in memory come to their end. */
enum pd_fate people_load(struct pg *pg, struct pd_arena *scratch, int64_t now_us, struct people **ret_people,
                         int64_t *ret_fresh_until_us, struct pd_err *reterr);

#endif
