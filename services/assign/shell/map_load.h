/* map_load.h - the map as it is in PostgreSQL now
 *
 * Promise   all of it is of one instant, the version too.
 * Fails     as pg_commit(); PD_RETRY "MAP" when there is no memory. An outline that is none is left out and logged.
 * Memory    the map's one reference belongs to the caller.
 * Threads   of the connection. */
#ifndef ASSIGN_SHELL_MAP_LOAD_H
#define ASSIGN_SHELL_MAP_LOAD_H

#include "assign/shell/map.h"
#include "common/io/pg.h"

struct map_loaded {
    struct map *map;
    int64_t version;        /* city_version.map */
    int64_t fresh_until_us; /* when the next outline begins or ends; INT64_MAX: never */
};

/* The outlines valid at now_us, as known now. */
enum pd_fate map_load(struct pg *pg, struct pd_arena *scratch, int64_t now_us, struct map_loaded *ret_loaded,
                      struct pd_err *reterr);

/* A row of code, version, layer, community, name, outline, valid_from, valid_to, recorded_at. Borrows from the result. */
struct map_grid map_row(const struct pg_result *rows, int row, const uint8_t **ret_wkb, size_t *ret_length);

#endif
