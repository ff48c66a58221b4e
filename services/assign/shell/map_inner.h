/* map_inner.h - what a map is made of. Private to map.c and map_make.c. */
#ifndef ASSIGN_SHELL_MAP_INNER_H
#define ASSIGN_SHELL_MAP_INNER_H

#include <geos_c.h>
#include <pthread.h>
#include <stdatomic.h>

#include "assign/shell/map.h"
#include "assign/shell/map_raster.h"
#include "common/base/arena.h"

/* An outline and what only the lookup needs. Its rank is its place. */
struct outline {
    struct map_grid grid;
    GEOSGeometry *shape;
    const GEOSPreparedGeometry *prepared;
    struct raster_box box;
};

struct division {
    const char *code, *name;
    struct division *next; /* while they come in */
};

struct layer {
    GEOSSTRtree *tree;
    struct raster *raster; /* NULL: the layer is empty */
    struct raster_box whole;
    double width, height; /* of all outlines together */
    size_t count;
};

struct map {
    GEOSContextHandle_t geos;
    pthread_mutex_t lock; /* of geos and of what the prepared geometries make on first use */
    atomic_int refs;
    struct pd_arena texts;
    struct outline *outlines; /* by code */
    size_t count, max;
    struct division *divisions, *last_division; /* list, then array by code */
    size_t division_count;
    struct layer layers[MAP_LAYER_COUNT];
};

#endif
