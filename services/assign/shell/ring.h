/* ring.h - the outline of a grid: from positions to a checked polygon, to WKB and back
 *
 * Use       ring_check() on what an import gives; ring_geometry() on what was stored; geometries live in GEOS's own memory.
 * Promise   a ring that passes is finite, in range, simple, has an area, and is closed. A geometry is a polygon or a
 *           multipolygon, holes included, with finite positions in range.
 * Fails     ring_check() says what is wrong and where, in the caller's text.
 * Memory    *ret_wkb belongs to the arena; a geometry to the caller, who gives it back with GEOSGeom_destroy_r().
 * Threads   one at a time per GEOS handle. */
#ifndef ASSIGN_SHELL_RING_H
#define ASSIGN_SHELL_RING_H

#include <geos_c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"

enum { RING_FAULT_MAX = 160, RING_POINTS_MAX = 100000 };

/* Metres in a degree of latitude on the sphere of the earth's mean radius; radians in a degree. */
#define RING_DEGREE_M 111195.0797
#define RING_RADIAN   0.017453292519943295

/* values: long, lat, long, lat, ... The ring may repeat its first position at the end or not. NULL arena: no WKB is made. */
bool ring_check(GEOSContextHandle_t geos, const double *values, size_t count, struct pd_arena *arena, uint8_t **ret_wkb,
                size_t *ret_length, char ret_fault[RING_FAULT_MAX]);

/* West, south, east, north of a ring that passed. */
void ring_bounds(const double *values, size_t count, double ret_bounds[4]);

/* NULL: neither a polygon nor a multipolygon, empty, or a position that cannot be. */
GEOSGeometry *ring_geometry(GEOSContextHandle_t geos, const uint8_t *wkb, size_t length);

/* Every edge of an outline, shells and holes: positions are {long, lat}. False: a position cannot be read, or visit said so. */
bool ring_each_edge(GEOSContextHandle_t geos, const GEOSGeometry *outline,
                    bool (*visit)(const double from[2], const double to[2], void *context), void *context);

/* Metres from a point to the nearest edge, in a plane laid at the point; good to 0.1 % within some kilometres. Negative: unknown. */
double ring_edge_distance_m(GEOSContextHandle_t geos, const GEOSGeometry *outline, double lat, double lng);

/* The box of everything within so many metres: west, south, east, north in degrees. */
void ring_around(double lat, double lng, double metres, double ret_box[4]);

#endif
