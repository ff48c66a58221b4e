#include "assign/shell/map.h"

#include <assert.h>
#include <geos_c.h>
#include <stdlib.h>
#include <string.h>

#include "assign/shell/ring.h"
#include "common/base/arena.h"

enum { ARENA_BLOCK = 1 << 20, TREE_NODE = 10 };
static const size_t arena_max = (size_t)1 << 30;

/* A grid and what only the lookup needs. */
struct outline {
    struct map_grid grid;
    GEOSGeometry *polygon;
    const GEOSPreparedGeometry *prepared;
};

struct map {
    GEOSContextHandle_t geos;
    struct pd_arena texts;
    struct outline *outlines; /* by code */
    size_t count, max;
    GEOSSTRtree *trees[MAP_LAYER_COUNT];
};

struct map *map_new(size_t grids) {
    struct map *map = calloc(1, sizeof *map);
    if (map == NULL) {
        return NULL;
    }
    pd_arena_init(&map->texts, ARENA_BLOCK, arena_max);
    map->max = grids;
    map->geos = GEOS_init_r();
    map->outlines = pd_alloc_array(&map->texts, grids, sizeof *map->outlines);
    bool good = map->geos != NULL && map->outlines != NULL;
    for (int layer = MAP_UNIT; good && layer < MAP_LAYER_COUNT; layer++) {
        map->trees[layer] = GEOSSTRtree_create_r(map->geos, TREE_NODE);
        good = map->trees[layer] != NULL;
    }
    if (!good) {
        map_free(map);
        return NULL;
    }
    return map;
}

void map_free(struct map *map) {
    if (map == NULL) {
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        GEOSPreparedGeom_destroy_r(map->geos, map->outlines[i].prepared);
        GEOSGeom_destroy_r(map->geos, map->outlines[i].polygon);
    }
    for (int layer = MAP_UNIT; layer < MAP_LAYER_COUNT; layer++) {
        if (map->trees[layer] != NULL) {
            GEOSSTRtree_destroy_r(map->geos, map->trees[layer]);
        }
    }
    if (map->geos != NULL) {
        GEOS_finish_r(map->geos);
    }
    pd_arena_fini(&map->texts);
    free(map);
}

bool map_add(struct map *map, const struct map_grid *grid, const uint8_t *wkb, size_t length) {
    assert(map->count < map->max);
    assert(grid->layer >= MAP_UNIT && grid->layer < MAP_LAYER_COUNT);
    struct outline *outline = &map->outlines[map->count];
    assert(map->count == 0 || strcmp(outline[-1].grid.code, grid->code) < 0);
    outline->grid = *grid;
    outline->grid.code = pd_strdup(&map->texts, grid->code);
    outline->grid.name = pd_strdup(&map->texts, grid->name);
    outline->grid.community = pd_strdup(&map->texts, grid->community);
    outline->polygon = ring_geometry(map->geos, wkb, length);
    outline->prepared = outline->polygon == NULL ? NULL : GEOSPrepare_r(map->geos, outline->polygon);
    map->count++;
    if (map->texts.full || outline->prepared == NULL) {
        return false;
    }
    GEOSSTRtree_insert_r(map->geos, map->trees[grid->layer], outline->polygon, outline);
    return true;
}

static void ignore_item(void *item, void *context) {
    (void)item;
    (void)context;
}

bool map_finish(struct map *map) {
    /* The first query builds the tree: better now than under the first order. */
    GEOSGeometry *nowhere = GEOSGeom_createPointFromXY_r(map->geos, 0, 0);
    for (int layer = MAP_UNIT; nowhere != NULL && layer < MAP_LAYER_COUNT; layer++) {
        GEOSSTRtree_query_r(map->geos, map->trees[layer], nowhere, ignore_item, NULL);
    }
    GEOSGeom_destroy_r(map->geos, nowhere);
    return nowhere != NULL;
}

struct look {
    GEOSContextHandle_t geos;
    const GEOSGeometry *point;
    const struct outline *best;
};

static void look_at(void *item, void *context) {
    const struct outline *outline = item;
    struct look *look = context;
    /* Outlines are in the order of their codes. */
    if ((look->best == NULL || outline < look->best) &&
        GEOSPreparedIntersects_r(look->geos, outline->prepared, look->point) == 1) {
        look->best = outline;
    }
}

const struct map_grid *map_locate(struct map *map, enum map_layer layer, double lat, double lng) {
    GEOSGeometry *point = map->count == 0 ? NULL : GEOSGeom_createPointFromXY_r(map->geos, lng, lat);
    if (point == NULL) {
        return NULL;
    }
    struct look look = {map->geos, point, NULL};
    GEOSSTRtree_query_r(map->geos, map->trees[layer], point, look_at, &look);
    GEOSGeom_destroy_r(map->geos, point);
    return look.best == NULL ? NULL : &look.best->grid;
}

static int compare_outline(const void *code, const void *outline) {
    return strcmp(code, ((const struct outline *)outline)->grid.code);
}

const struct map_grid *map_grid(const struct map *map, const char *code) {
    const struct outline *found = bsearch(code, map->outlines, map->count, sizeof *map->outlines, compare_outline);
    return found == NULL ? NULL : &found->grid;
}

size_t map_count(const struct map *map) {
    return map->count;
}
