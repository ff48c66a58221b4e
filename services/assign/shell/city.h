/* city.h - the city in memory: which grid holds a point, who answers for it, who is on duty
 *
 * Use       city_load() fills it from PostgreSQL, when city_is_stale() says so; or a test fills it with city_begin(), the
 *           city_add_*() and city_finish(). Then look things up.
 * Promise   a new snapshot replaces the old one only when it is complete. A point has exactly one grid or none: of all grids
 *           that hold or touch it, the one of the lowest rank: grids with people before those without, then layer (unit
 *           first), then code.
 * Fails     city_load() PD_RETRY: the old snapshot stays.
 * Memory    about 2 kB a grid, in an arena and in GEOS. Everything handed out lives until the next city_load().
 * Threads   one; writer and reader have a city each. */
#ifndef ASSIGN_SHELL_CITY_H
#define ASSIGN_SHELL_CITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assign/core/duty.h"
#include "assign/core/pick_worker.h"
#include "common/base/err.h"

struct city;
struct pg;

struct city_worker {
    const char *id;
    size_t index; /* dense from 0, by id */
    struct duty_span *spans;
    size_t span_count;
};

/* A worker's part in a grid. */
struct city_post {
    const struct city_worker *worker;
    enum accountability accountability;
};

struct city_grid {
    const char *code, *name, *community;
    int64_t version;
    int layer;
    const struct city_post *posts;
    size_t post_count;
};

enum { CITY_POSTS_MAX = 64 }; /* of one grid that are looked at */

struct city *city_new(void);
void city_free(struct city *city);

/* Is what is in memory another city than the one with this version, or too old for this instant? */
bool city_is_stale(const struct city *city, int64_t version, int64_t now_us);
/* Reads everything; version is the one read before. */
enum pd_fate city_load(struct city *city, struct pg *pg, int64_t version, int64_t now_us, struct pd_err *reterr);

/* NULL: outside every grid. */
const struct city_grid *city_locate(struct city *city, double lat, double lng);
const struct city_grid *city_grid(const struct city *city, const char *code);
const struct city_worker *city_worker(const struct city *city, const char *id);
size_t city_worker_count(const struct city *city);
size_t city_grid_count(const struct city *city);

bool city_on_duty(const struct city_worker *worker, int64_t at_us);
/* When somebody of the grid comes on duty after at_us; 0: not within the days that are in memory. */
int64_t city_next_duty(const struct city_grid *grid, int64_t at_us);
/* The people of a grid as candidates; open_orders is 0. Returns how many (<= CITY_POSTS_MAX). */
size_t city_candidates(const struct city_grid *grid, int64_t at_us, struct pick_candidate ret[CITY_POSTS_MAX]);

/* The GEOS handle of this city, for ring.h. A GEOSContextHandle_t. */
void *city_geos(struct city *city);

/* ---- filling; grids, workers sorted by code and id (bytes), posts by grid and rank, shifts by worker and beginning */

/* false: out of memory. The snapshot under construction is dropped by the next city_begin(). */
bool city_begin(struct city *city, size_t grids, size_t workers, size_t posts, size_t shifts);
bool city_add_worker(struct city *city, const char *id);
bool city_add_shift(struct city *city, const char *worker_id, int64_t from_us, int64_t to_us);
bool city_add_grid(struct city *city, const struct city_grid *grid, const uint8_t *wkb, size_t length);
bool city_add_post(struct city *city, const char *grid, const char *worker_id, enum accountability accountability);
/* Puts the new snapshot into the place of the old one. */
bool city_finish(struct city *city, int64_t version, int64_t fresh_until_us);

#endif
