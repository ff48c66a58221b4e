#include "assign/shell/city.h"

#include <geos_c.h>
#include <stdlib.h>

#include "assign/shell/map_load.h"
#include "assign/shell/people_load.h"

struct city {
    GEOSContextHandle_t geos;
    struct map *map; /* NULL before the first load, as the people */
    struct people *people;
    int64_t map_version, map_until_us; /* too old from then on */
    struct people_known known;
    struct city_follow follow;
};

struct city *city_new(void) {
    struct city *city = calloc(1, sizeof *city);
    if (city != NULL) {
        city->geos = GEOS_init_r();
    }
    if (city == NULL || city->geos == NULL) {
        free(city);
        return NULL;
    }
    return city;
}

void city_free(struct city *city) {
    if (city == NULL) {
        return;
    }
    map_free(city->map);
    people_free(city->people);
    GEOS_finish_r(city->geos);
    free(city);
}

void *city_geos(struct city *city) {
    return city->geos;
}

static enum pd_fate refresh_map(struct city *city, struct pg *pg, struct pd_arena *scratch, int64_t now_us,
                                struct pd_err *reterr) {
    struct map *map = NULL;
    enum pd_fate fate = map_load(pg, scratch, now_us, &map, &city->map_until_us, reterr);
    if (fate == PD_OK) {
        map_free(city->map);
        city->map = map;
    }
    return fate;
}

static enum pd_fate refresh_people(struct city *city, struct pg *pg, struct city_version version,
                                   struct pd_arena *scratch, int64_t now_us, struct pd_err *reterr) {
    if (city->people == NULL) {
        city->known = (struct people_known){.walked_us = version.walked_us == 0 ? now_us : version.walked_us};
        city->people = people_new();
    }
    if (city->people == NULL) {
        return pd_fail(reterr, PD_RETRY, "PEOPLE", "no memory for the people");
    }
    enum pd_fate fate = people_load(city->people, &city->known, version.people, now_us, pg, scratch, reterr);
    if (fate != PD_OK) {
        city_forget_people(city); /* half of it may be new */
    }
    return fate;
}

enum pd_fate city_refresh_people(struct city *city, struct pg *pg, struct city_version version, int64_t now_us,
                                 struct pd_err *reterr) {
    if (city->people != NULL && people_fresh(&city->known, version.people, now_us)) {
        return PD_OK;
    }
    struct pd_arena scratch;
    pd_arena_init(&scratch, 1024, 64 * 1024);
    enum pd_fate fate = refresh_people(city, pg, version, &scratch, now_us, reterr);
    pd_arena_fini(&scratch);
    return fate == PD_OK ? PD_OK : pd_wrap(reterr, "load the people");
}

enum pd_fate city_refresh(struct city *city, struct pg *pg, struct city_version version, int64_t now_us,
                          struct pd_err *reterr) {
    struct pd_arena scratch;
    enum pd_fate fate = PD_OK;
    pd_arena_init(&scratch, 1024, 64 * 1024);
    bool map_old = city->map == NULL || city->map_version != version.map || now_us >= city->map_until_us;
    if (map_old) {
        fate = refresh_map(city, pg, &scratch, now_us, reterr);
        city->map_version = fate == PD_OK ? version.map : city->map_version;
        city->follow.settle = true; /* grids may have come or gone */
    }
    /* A change of the map may have begun the log of a grid. */
    if (fate == PD_OK && (map_old || city->people == NULL || !people_fresh(&city->known, version.people, now_us))) {
        fate = refresh_people(city, pg, version, &scratch, now_us, reterr);
    }
    pd_arena_fini(&scratch);
    return fate == PD_OK ? PD_OK : pd_wrap(reterr, "load the city");
}

const struct map_grid *city_locate(const struct city *city, double lat, double lng) {
    const struct map_grid *first = NULL;
    for (int layer = MAP_UNIT; city->map != NULL && layer < MAP_LAYER_COUNT; layer++) {
        const struct map_grid *grid = map_locate(city->map, (enum map_layer)layer, lat, lng);
        if (grid != NULL && city_posts(city, grid) != NULL) {
            return grid;
        }
        first = first == NULL ? grid : first;
    }
    return first;
}

const struct map_grid *city_grid(const struct city *city, const char *code) {
    return city->map == NULL ? NULL : map_grid(city->map, code);
}

const struct posts *city_posts(const struct city *city, const struct map_grid *grid) {
    return city->people == NULL || grid == NULL ? NULL : people_posts(city->people, grid->code);
}

struct worker *city_worker(const struct city *city, const char *id) {
    return city->people == NULL ? NULL : people_worker(city->people, id);
}

bool city_has_map(const struct city *city) {
    return city->map != NULL;
}

size_t city_worker_count(const struct city *city) {
    return city->people == NULL ? 0 : people_count(city->people);
}

struct people *city_people(struct city *city) {
    return city->people;
}

void city_forget_people(struct city *city) {
    people_free(city->people);
    city->people = NULL;
}

struct city_follow *city_follow(struct city *city) {
    return &city->follow;
}
