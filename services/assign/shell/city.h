/* city.h - the city as a thread of the service knows it: the map and the people, and whose a place is
 *
 * Use       city_refresh() with the versions read from PostgreSQL, then look things up. The people are read at once; the map comes
 *           from its keeper when it is there in that version, so ask city_has_map() before believing that a place is nobody's.
 * Promise   the map is replaced whole, of the people only what changed is read. A place belongs to the grid of the first layer (unit
 *           first) in which the grid at the place has people; when none has, to the first grid there is.
 * Fails     city_refresh() PD_RETRY: what was known of the people stays.
 * Memory    everything handed out lives until the next city_refresh().
 * Threads   one; writer and reader have a city each. */
#ifndef ASSIGN_SHELL_CITY_H
#define ASSIGN_SHELL_CITY_H

#include "assign/shell/map.h"
#include "assign/shell/people.h"
#include "common/base/err.h"

struct city;
struct pg;

/* Row of city_version. walked_us: how far the log of accountability goes; 0: of no interest to the asker. */
struct city_version {
    int64_t map, people, walked_us;
};

struct map_keeper;

/* keeper outlives the city. */
struct city *city_new(struct map_keeper *keeper);
void city_free(struct city *city);

/* Takes the map of this version and instant if it is in memory; reads the people when they are of another version or too old. */
enum pd_fate city_refresh(struct city *city, struct pg *pg, struct city_version version, int64_t now_us,
                          struct pd_err *reterr);

/* The people alone. */
enum pd_fate city_refresh_people(struct city *city, struct pg *pg, struct city_version version, int64_t now_us,
                                 struct pd_err *reterr);

/* What the writer remembers from batch to batch about following the people. */
struct city_follow {
    uint64_t batch;     /* number of the present attempt */
    bool unsure;        /* what is in memory of the people was never committed */
    bool settle;        /* every grid is to be looked at */
    bool adrift;        /* orders may have to follow somebody */
    int64_t walked_us;  /* the log of accountability is complete up to there */
    int64_t scanned_us; /* when all grids and orders were looked at last */
};
struct city_follow *city_follow(struct city *city);

/* Is the map of the last city_refresh() in memory? False: it is being read; try again in a moment. */
bool city_has_map(const struct city *city);

/* NULL: outside every grid, or no map. */
const struct map_grid *city_locate(const struct city *city, double lat, double lng);
/* The outline of one layer, a division's too. */
const struct map_grid *city_locate_in(const struct city *city, enum map_layer layer, double lat, double lng);
/* By city_locate()'s rule among the nearest grids within tolerance_m; layer 0: any of grids. NULL: none so near. */
const struct map_grid *city_nearest(const struct city *city, int layer, double lat, double lng, double tolerance_m,
                                    double *ret_distance_m);
/* NULL: no grid has this code now, or no map. */
const struct map_grid *city_grid(const struct city *city, const char *code);
/* Of the division whose code is the first length digits; "" when unknown. */
const char *city_division_name(const struct city *city, const char *code, size_t length);
/* Who answers for this code, whether or not the map is there. NULL: nobody. */
const struct posts *city_posts_of(const struct city *city, const char *code);
/* grid NULL: nobody. */
const struct posts *city_posts(const struct city *city, const struct map_grid *grid);
struct worker *city_worker(const struct city *city, const char *id);
size_t city_worker_count(const struct city *city);

/* Everybody; NULL before the first refresh. */
struct people *city_people(struct city *city);
/* What is in memory of the people is not (or may never be) in the database: they are read anew by the next refresh. */
void city_forget_people(struct city *city);

/* The GEOS handle of this thread, for ring.h. A GEOSContextHandle_t. */
void *city_geos(struct city *city);

#endif
