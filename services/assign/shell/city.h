/* city.h - the city as a thread of the service knows it: the map and the people, and whose a place is
 *
 * Use       city_refresh() with the versions read from PostgreSQL, then look things up.
 * Promise   what is replaced is replaced whole. A place belongs to the grid of the first layer (unit first) in which the grid at
 *           the place has people; when none has, to the first grid there is.
 * Fails     city_refresh() PD_RETRY: what was known stays.
 * Memory    everything handed out lives until the next city_refresh().
 * Threads   one; writer and reader have a city each. */
#ifndef ASSIGN_SHELL_CITY_H
#define ASSIGN_SHELL_CITY_H

#include "assign/shell/map.h"
#include "assign/shell/people.h"
#include "common/base/err.h"

struct city;
struct pg;

/* Row of city_version. */
struct city_version {
    int64_t map, people;
};

struct city *city_new(void);
void city_free(struct city *city);

/* Reads the map or the people anew when they are of another version, or too old for this instant. */
enum pd_fate city_refresh(struct city *city, struct pg *pg, struct city_version version, int64_t now_us,
                          struct pd_err *reterr);

/* NULL: outside every grid. */
const struct map_grid *city_locate(const struct city *city, double lat, double lng);
const struct map_grid *city_grid(const struct city *city, const char *code);
/* grid NULL: nobody. */
const struct posts *city_posts(const struct city *city, const struct map_grid *grid);
const struct worker *city_worker(const struct city *city, const char *id);
size_t city_worker_count(const struct city *city);

/* The GEOS handle of this thread, for ring.h. A GEOSContextHandle_t. */
void *city_geos(struct city *city);

#endif
