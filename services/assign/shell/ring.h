/* ring.h - the outline of a grid: from positions to a checked polygon, to WKB and back
 *
 * Use       ring_check() on what an import gives; geometries live in GEOS's own memory.
 * Promise   a ring that passes is finite, in range, simple, has an area, and is closed.
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

/* values: long, lat, long, lat, ... The ring may repeat its first position at the end or not. NULL arena: no WKB is made. */
bool ring_check(GEOSContextHandle_t geos, const double *values, size_t count, struct pd_arena *arena, uint8_t **ret_wkb,
                size_t *ret_length, char ret_fault[RING_FAULT_MAX]);

/* West, south, east, north of a ring that passed. */
void ring_bounds(const double *values, size_t count, double ret_bounds[4]);

/* NULL: neither polygon nor multipolygon. */
GEOSGeometry *ring_geometry(GEOSContextHandle_t geos, const uint8_t *wkb, size_t length);

#endif
