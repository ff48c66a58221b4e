/* locate_stored.h - whose outline holds a point, asked of PostgreSQL: at any instant, as known at any other
 *
 * Promise   for the present the same answer as the map in memory: the same geometry, the same ties, the same choice of layer.
 * Fails     as pg_query(); PD_RETRY "GEOS": no memory.
 * Memory    what is found borrows from results of the connection, until pg_release().
 * Threads   of the connection. */
#ifndef ASSIGN_SHELL_LOCATE_STORED_H
#define ASSIGN_SHELL_LOCATE_STORED_H

#include <geos_c.h>

#include "assign/shell/map.h"
#include "common/io/pg.h"

/* WGS84. layer 0: of grids, the first in which the grid had people, else the first there was. */
struct locate_question {
    double lat, lng, tolerance_m;
    int layer;
    int64_t at_us, known_us;
};

struct locate_answer {
    struct map_grid grid; /* code NULL: none */
    const char *community_name, *town_name;
    double distance_m;
    bool nearest; /* does not hold the point, but lies distance_m away */
};

/* Digits of the codes of a community and of a town at the beginning of a grid's. */
enum { LOCATE_COMMUNITY = 12, LOCATE_TOWN = 9 };

enum pd_fate locate_stored(struct pg *pg, struct pd_arena *arena, GEOSContextHandle_t geos,
                           const struct locate_question *question, struct locate_answer *ret_answer,
                           struct pd_err *reterr);

#endif
