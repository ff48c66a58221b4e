/* map_load.h - the map as it is in PostgreSQL now
 *
 * Fails     as pg_query(); PD_RETRY "MAP" when there is no memory.
 * Memory    the map belongs to the caller.
 * Threads   of the connection. */
#ifndef ASSIGN_SHELL_MAP_LOAD_H
#define ASSIGN_SHELL_MAP_LOAD_H

#include "assign/shell/map.h"
#include "common/io/pg.h"

/* The grids valid at now_us, as known now. *ret_fresh_until_us: when the next one begins or ends. */
enum pd_fate map_load(struct pg *pg, struct pd_arena *scratch, int64_t now_us, struct map **ret_map,
                      int64_t *ret_fresh_until_us, struct pd_err *reterr);

#endif
