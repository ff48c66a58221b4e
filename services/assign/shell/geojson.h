/* geojson.h - a FeatureCollection (RFC 7946) as features with rings of numbers
 *
 * Use       geojson_read() for each part; features are appended, numbered through over all parts.
 * Promise   no I/O, and safe on any bytes. Every feature is looked at even when an earlier one is wrong; each fault names its
 *           feature. A feature with a fault in its form is left out. Polygons and multipolygons with holes; positions may have a
 *           height, which is left out. Rings come as they are sent: whether they close, cross themselves or lie on the globe is
 *           for others to say.
 * Fails     false: no memory. What is wrong with the text is a fault.
 * Limits    GEOJSON_FEATURES_MAX features in all, GEOJSON_POINTS_MAX positions a feature; jansson's depth of 2048.
 * Memory    everything in the arena; the parsed tree is jansson's own and gone when it returns.
 * Threads   one at a time. */
#ifndef ASSIGN_SHELL_GEOJSON_H
#define ASSIGN_SHELL_GEOJSON_H

#include "assign/shell/change_fault.h"

enum { GEOJSON_FEATURES_MAX = 50000, GEOJSON_POINTS_MAX = 200000, GEOJSON_REPLACES_MAX = 64 };

struct geojson_ring {
    const double *xy; /* long, lat, ... */
    size_t points;
};

/* The first ring is the outer one, the others are holes. */
struct geojson_polygon {
    struct geojson_ring *rings;
    size_t count;
};

struct geojson_feature {
    int32_t index;
    const char *code, *name, *parent; /* parent: the property community or parent; "" when absent */
    int32_t level;                    /* 1 city, 2 town, 3 community; 0: is not said */
    int32_t households;
    const char **replaces;
    size_t replaces_count;
    struct geojson_polygon *polygons;
    size_t count;
    struct geojson_feature *next;
};

struct geojson {
    struct pd_arena *arena;
    struct change_faults *faults;
    struct geojson_feature *first, **end;
    size_t seen, kept; /* features looked at; without fault */
};

void geojson_init(struct geojson *geojson, struct pd_arena *arena, struct change_faults *faults);

/* part: for messages, from 1. */
bool geojson_read(struct geojson *geojson, int32_t part, const void *text, size_t length);

#endif
