/* shape.h - an outline of a grid change: from rings of numbers to a checked geometry, and what is known of it
 *
 * Use       shape_make() for a feature, shape_load() for a row of the map; shape_free() at the end.
 * Promise   a shape that is made is finite, on the globe, near the city when that is known, closed, simple, and has an area. Areas are in
 *           square metres, good to a few per mille over a city.
 * Fails     false: it has faults, which are told with their place, or there is no memory (then the arena is full).
 * Memory    the geometry is GEOS's and the shape's; everything else the arena's.
 * Threads   one at a time per GEOS handle. */
#ifndef ASSIGN_SHELL_SHAPE_H
#define ASSIGN_SHELL_SHAPE_H

#include <geos_c.h>

#include "assign/core/grid_change.h"
#include "assign/shell/geojson.h"

struct shape_box {
    double west, south, east, north;
    bool known;
};

struct shape {
    const char *code, *name, *parent;
    const char **replaces;
    size_t replaces_count;
    int32_t feature; /* -1: of the map as it is */
    int32_t level;   /* 1 city, 2 town, 3 community, 4 grid */
    int32_t households, households_before;
    enum feature_act act;
    int32_t orders, recipients; /* that come to lie in it */
    GEOSGeometry *geometry;
    const GEOSPreparedGeometry *prepared; /* made when it is first asked for */
    const uint8_t *wkb;
    size_t length;
    struct shape_box box;
};

bool shape_make(GEOSContextHandle_t geos, struct pd_arena *arena, const struct geojson_feature *feature,
                const struct shape_box *city, struct change_faults *faults, struct shape *ret_shape);

/* The outline of a row; wkb is copied. */
bool shape_load(GEOSContextHandle_t geos, struct pd_arena *arena, const uint8_t *wkb, size_t length,
                struct shape *shape);
void shape_free(GEOSContextHandle_t geos, struct shape *shape);

/* Is the point in it or on its edge? */
bool shape_holds(GEOSContextHandle_t geos, struct shape *shape, const GEOSGeometry *point);

void shape_box_add(struct shape_box *box, const struct shape_box *other);
double shape_area_m2(GEOSContextHandle_t geos, const GEOSGeometry *geometry);
/* Tells a finding with its outline and a point within it. */
void shape_tell(GEOSContextHandle_t geos, const GEOSGeometry *geometry, struct change_fault *fault);
/* The bytes as they are stored; NULL: no memory. */
const uint8_t *shape_wkb(GEOSContextHandle_t geos, struct pd_arena *arena, const GEOSGeometry *geometry,
                         size_t *ret_length);

#endif
