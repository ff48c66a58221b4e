#include "assign/shell/city.h"

#include <geos_c.h>
#include <stdlib.h>

#include "assign/shell/map_keeper.h"
#include "assign/shell/people_load.h"

struct city {
    GEOSContextHandle_t geos;
    struct map_keeper *keeper;
    struct map *map;       /* NULL: not in memory */
    struct people *people; /* NULL before the first load */
    int64_t map_version;   /* last asked for */
    struct people_known known;
    struct city_follow follow;
};

struct city *city_new(struct map_keeper *keeper) {
    struct city *city = calloc(1, sizeof *city);
    if (city != NULL) {
        city->keeper = keeper;
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
    map_unref(city->map);
    people_free(city->people);
    GEOS_finish_r(city->geos);
    free(city);
}

void *city_geos(struct city *city) {
    return city->geos;
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
    city->follow.settle = city->follow.settle || city->map_version != version.map; /* grids may have come or gone */
    city->map_version = version.map;
    map_unref(city->map);
    city->map = map_keeper_take_any(city->keeper, version.map, now_us);
    return city_refresh_people(city, pg, version, now_us, reterr);
}

bool city_has_map(const struct city *city) {
    return city->map != NULL;
}

const struct map_grid *city_locate(const struct city *city, double lat, double lng) {
    const struct map_grid *first = NULL;
    for (int layer = MAP_UNIT; city->map != NULL && layer <= MAP_SPECIAL; layer++) {
        const struct map_grid *grid = map_locate(city->map, (enum map_layer)layer, lat, lng);
        if (grid != NULL && city_posts(city, grid) != NULL) {
            return grid;
        }
        first = first == NULL ? grid : first;
    }
    return first;
}

const struct map_grid *city_locate_in(const struct city *city, enum map_layer layer, double lat, double lng) {
    return city->map == NULL ? NULL : map_locate(city->map, layer, lat, lng);
}

const struct map_grid *city_nearest(const struct city *city, int layer, double lat, double lng, double tolerance_m,
                                    double *ret_distance_m) {
    const struct map_grid *first = NULL;
    int low = layer == 0 ? MAP_UNIT : layer, high = layer == 0 ? MAP_SPECIAL : layer;
    for (int each = low; city->map != NULL && each <= high; each++) {
        double distance_m = 0;
        const struct map_grid *grid = map_nearest(city->map, (enum map_layer)each, lat, lng, tolerance_m, &distance_m);
        bool answers = grid != NULL && (layer != 0 || city_posts(city, grid) != NULL);
        if (answers || (first == NULL && grid != NULL)) {
            first = grid;
            *ret_distance_m = distance_m;
        }
        if (answers) {
            break;
        }
    }
    return first;
}

const struct map_grid *city_grid(const struct city *city, const char *code) {
    const struct map_grid *grid = city->map == NULL ? NULL : map_grid(city->map, code);
    return grid == NULL || grid->layer > MAP_SPECIAL ? NULL : grid;
}

const char *city_division_name(const struct city *city, const char *code, size_t length) {
    return city->map == NULL ? "" : map_division_name(city->map, code, length);
}

const struct posts *city_posts_of(const struct city *city, const char *code) {
    return city->people == NULL ? NULL : people_posts(city->people, code);
}

const struct posts *city_posts(const struct city *city, const struct map_grid *grid) {
    return grid == NULL ? NULL : city_posts_of(city, grid->code);
}

struct worker *city_worker(const struct city *city, const char *id) {
    return city->people == NULL ? NULL : people_worker(city->people, id);
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
