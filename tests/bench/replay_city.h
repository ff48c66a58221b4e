/* replay_city.h - rows of Boston's 311 file as cases for the crowd
 *
 * Use       city_load() reads the file and sorts by opening time; city_case() makes case i.
 * Promise   local times (America/New_York) become UTC; a closing before the opening counts as the opening; rows never closed get
 *           the end of the data as closing time and are fed back after all others. service_code is the type in small letters, words
 *           joined by '_'; a row without title is described by its type.
 * Fails     with words on stderr.
 * Memory    city_free().
 * Threads   sets TZ: once, before other threads. */
#ifndef BENCH_REPLAY_CITY_H
#define BENCH_REPLAY_CITY_H

#include <stdbool.h>
#include <stddef.h>

#include "crowd.h"

struct city_row {
    char *case_id, *service_code, *title;
    const char *channel; /* static */
    double lat, lng;
    int64_t opened_us, closed_us;
    bool never_closed;
};

struct city {
    struct city_row *rows;
    size_t count;
    int64_t first_us, last_us;                                /* first opening, last time of all */
    long never_closed, closed_before_opened, outside_of_time; /* the last: openings that are no time */
};

/* limit 0: all rows. */
bool city_load(const char *path, size_t limit, struct city *ret_city);
void city_free(struct city *city);

/* speed 0: as fast as possible; else times of the play are those of the world divided by it. prefix goes before the key. */
void city_case(const struct city *city, size_t i, double speed, const char *prefix, struct crowd_case *ret_case);

#endif
