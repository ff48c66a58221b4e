#include "assign/shell/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "assign/shell/map_inner.h"
#include "assign/shell/ring.h"

enum { ARENA_BLOCK = 1 << 16, TREE_NODE = 10, CODE_MAX = 16 };
static const size_t arena_max = (size_t)1 << 30;

/* ---- life */

struct map *map_new(size_t outlines) {
    struct map *map = calloc(1, sizeof *map);
    if (map == NULL) {
        return NULL;
    }
    pthread_mutex_init(&map->lock, NULL);
    atomic_init(&map->refs, 1);
    pd_arena_init(&map->texts, ARENA_BLOCK, arena_max);
    map->max = outlines;
    map->geos = GEOS_init_r();
    map->outlines = pd_alloc_array(&map->texts, outlines, sizeof *map->outlines);
    bool good = map->geos != NULL && map->outlines != NULL;
    for (int layer = MAP_UNIT; good && layer < MAP_LAYER_COUNT; layer++) {
        map->layers[layer].tree = GEOSSTRtree_create_r(map->geos, TREE_NODE);
        good = map->layers[layer].tree != NULL;
    }
    if (!good) {
        map_unref(map);
        return NULL;
    }
    return map;
}

struct map *map_ref(struct map *map) {
    int before = atomic_fetch_add_explicit(&map->refs, 1, memory_order_relaxed);
    assert(before > 0);
    (void)before;
    return map;
}

void map_unref(struct map *map) {
    if (map == NULL || atomic_fetch_sub_explicit(&map->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        GEOSPreparedGeom_destroy_r(map->geos, map->outlines[i].prepared);
        GEOSGeom_destroy_r(map->geos, map->outlines[i].shape);
    }
    for (int layer = MAP_UNIT; layer < MAP_LAYER_COUNT; layer++) {
        raster_free(map->layers[layer].raster);
        if (map->layers[layer].tree != NULL) {
            GEOSSTRtree_destroy_r(map->geos, map->layers[layer].tree);
        }
    }
    if (map->geos != NULL) {
        GEOS_finish_r(map->geos);
    }
    pd_arena_fini(&map->texts);
    pthread_mutex_destroy(&map->lock);
    free(map);
}

/* ---- looking */

struct look {
    const struct map *map;
    GEOSGeometry *point;
    const struct outline *best;
    double lat, lng, best_m;
};

static bool holds(const struct look *look, const struct outline *outline) {
    return GEOSPreparedIntersects_r(look->map->geos, outline->prepared, look->point) == 1;
}

static void look_at(void *item, void *context) {
    const struct outline *outline = item;
    struct look *look = context;
    if ((look->best == NULL || outline < look->best) && holds(look, outline)) {
        look->best = outline;
    }
}

static const struct outline *look_exactly(struct map *map, const struct layer *layer,
                                          const struct raster_answer *answer, double lat, double lng) {
    struct look look = {.map = map, .point = GEOSGeom_createPointFromXY_r(map->geos, lng, lat)};
    if (look.point == NULL) {
        return NULL;
    }
    if (answer->kind == RASTER_ALL) {
        GEOSSTRtree_query_r(map->geos, layer->tree, look.point, look_at, &look);
    }
    for (size_t i = 0; answer->kind == RASTER_SOME && look.best == NULL && i < answer->count; i++) {
        const struct outline *outline = &map->outlines[answer->candidates[i]];
        look.best = holds(&look, outline) ? outline : NULL;
    }
    if (answer->kind == RASTER_SOME && look.best == NULL && answer->sure != RASTER_NOBODY) {
        look.best = &map->outlines[answer->sure];
    }
    GEOSGeom_destroy_r(map->geos, look.point);
    return look.best;
}

const struct map_grid *map_locate(struct map *map, enum map_layer layer, double lat, double lng) {
    assert(layer >= MAP_UNIT && layer < MAP_LAYER_COUNT);
    const struct layer *its = &map->layers[layer];
    if (its->raster == NULL) {
        return NULL;
    }
    struct raster_answer answer = raster_look(its->raster, lat, lng);
    if (answer.kind == RASTER_ONE) {
        return answer.sure == RASTER_NOBODY ? NULL : &map->outlines[answer.sure].grid;
    }
    pthread_mutex_lock(&map->lock);
    const struct outline *outline = look_exactly(map, its, &answer, lat, lng);
    pthread_mutex_unlock(&map->lock);
    return outline == NULL ? NULL : &outline->grid;
}

static void look_near(void *item, void *context) {
    const struct outline *outline = item;
    struct look *look = context;
    double distance_m =
        holds(look, outline) ? 0 : ring_edge_distance_m(look->map->geos, outline->shape, look->lat, look->lng);
    bool as_near = distance_m >= 0 && distance_m <= look->best_m;
    if (as_near && (distance_m < look->best_m || look->best == NULL || outline < look->best)) {
        look->best = outline;
        look->best_m = distance_m;
    }
}

const struct map_grid *map_nearest(struct map *map, enum map_layer layer, double lat, double lng, double tolerance_m,
                                   double *ret_distance_m) {
    assert(layer >= MAP_UNIT && layer < MAP_LAYER_COUNT);
    assert(tolerance_m >= 0 && tolerance_m <= MAP_TOLERANCE_MAX_M);
    double around[4];
    ring_around(lat, lng, tolerance_m, around);
    pthread_mutex_lock(&map->lock);
    struct look look = {.map = map,
                        .point = GEOSGeom_createPointFromXY_r(map->geos, lng, lat),
                        .lat = lat,
                        .lng = lng,
                        .best_m = tolerance_m};
    GEOSGeometry *box = GEOSGeom_createRectangle_r(map->geos, around[0], around[1], around[2], around[3]);
    if (look.point != NULL && box != NULL) {
        GEOSSTRtree_query_r(map->geos, map->layers[layer].tree, box, look_near, &look);
    }
    GEOSGeom_destroy_r(map->geos, box);
    GEOSGeom_destroy_r(map->geos, look.point);
    pthread_mutex_unlock(&map->lock);
    if (look.best != NULL) {
        *ret_distance_m = look.best_m;
    }
    return look.best == NULL ? NULL : &look.best->grid;
}

static int compare_outline(const void *code, const void *outline) {
    return strcmp(code, ((const struct outline *)outline)->grid.code);
}

const struct map_grid *map_grid(const struct map *map, const char *code) {
    const struct outline *found = bsearch(code, map->outlines, map->count, sizeof *map->outlines, compare_outline);
    return found == NULL ? NULL : &found->grid;
}

static int compare_division(const void *code, const void *division) {
    return strcmp(code, ((const struct division *)division)->code);
}

const char *map_division_name(const struct map *map, const char *code, size_t length) {
    char beginning[CODE_MAX] = "";
    if (length >= sizeof beginning || strnlen(code, length) < length) {
        return "";
    }
    memcpy(beginning, code, length);
    const struct division *found =
        bsearch(beginning, map->divisions, map->division_count, sizeof *map->divisions, compare_division);
    return found == NULL ? "" : found->name;
}

size_t map_count(const struct map *map) {
    return map->count;
}
