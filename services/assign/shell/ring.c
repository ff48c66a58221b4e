#include "assign/shell/ring.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool fault_at(char *ret_fault, const char *words, size_t position) {
    snprintf(ret_fault, RING_FAULT_MAX, "%s at position %zu", words, position);
    return false;
}

/* What can be said without geometry. */
static bool numbers_are_good(const double *values, size_t count, char *ret_fault) {
    if (count % 2 != 0) {
        snprintf(ret_fault, RING_FAULT_MAX, "ring has an odd number of values (long, lat, long, lat, ...)");
        return false;
    }
    if (count < 6 || count > 2 * RING_POINTS_MAX) {
        snprintf(ret_fault, RING_FAULT_MAX, "ring has %zu positions, 3 to %d are possible", count / 2, RING_POINTS_MAX);
        return false;
    }
    for (size_t i = 0; i < count; i += 2) {
        if (!isfinite(values[i]) || !isfinite(values[i + 1])) {
            return fault_at(ret_fault, "ring has a value that is no number", i / 2);
        }
        if (fabs(values[i]) > 180 || fabs(values[i + 1]) > 90) {
            return fault_at(ret_fault, "ring leaves -180..180, -90..90 (long before lat)", i / 2);
        }
    }
    return true;
}

static GEOSGeometry *polygon_of(GEOSContextHandle_t geos, const double *values, size_t points) {
    bool closed = values[0] == values[2 * points - 2] && values[1] == values[2 * points - 1];
    GEOSCoordSequence *sequence = GEOSCoordSeq_create_r(geos, (unsigned)(points + (closed ? 0 : 1)), 2);
    if (sequence == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < points; i++) {
        GEOSCoordSeq_setXY_r(geos, sequence, (unsigned)i, values[2 * i], values[2 * i + 1]);
    }
    if (!closed) {
        GEOSCoordSeq_setXY_r(geos, sequence, (unsigned)points, values[0], values[1]);
    }
    GEOSGeometry *shell = GEOSGeom_createLinearRing_r(geos, sequence);
    return shell == NULL ? NULL : GEOSGeom_createPolygon_r(geos, shell, NULL, 0);
}

/* Simple, and with an area? */
static bool shape_is_good(GEOSContextHandle_t geos, const GEOSGeometry *polygon, char *ret_fault) {
    double area = 0;
    if (GEOSisValid_r(geos, polygon) != 1) {
        char *reason = GEOSisValidReason_r(geos, polygon);
        snprintf(ret_fault, RING_FAULT_MAX, "ring is no valid polygon: %s", reason == NULL ? "unknown" : reason);
        GEOSFree_r(geos, reason);
        return false;
    }
    if (GEOSArea_r(geos, polygon, &area) != 1 || !(area > 0)) {
        snprintf(ret_fault, RING_FAULT_MAX, "ring encloses nothing");
        return false;
    }
    return true;
}

static bool write_wkb(GEOSContextHandle_t geos, const GEOSGeometry *polygon, struct pd_arena *arena, uint8_t **ret_wkb,
                      size_t *ret_length) {
    GEOSWKBWriter *writer = GEOSWKBWriter_create_r(geos);
    if (writer == NULL) {
        return false;
    }
    GEOSWKBWriter_setByteOrder_r(geos, writer, GEOS_WKB_NDR);
    GEOSWKBWriter_setOutputDimension_r(geos, writer, 2);
    unsigned char *bytes = GEOSWKBWriter_write_r(geos, writer, polygon, ret_length);
    *ret_wkb = bytes == NULL ? NULL : pd_memdup(arena, bytes, *ret_length);
    GEOSFree_r(geos, bytes);
    GEOSWKBWriter_destroy_r(geos, writer);
    return *ret_wkb != NULL;
}

bool ring_check(GEOSContextHandle_t geos, const double *values, size_t count, struct pd_arena *arena, uint8_t **ret_wkb,
                size_t *ret_length, char ret_fault[RING_FAULT_MAX]) {
    if (!numbers_are_good(values, count, ret_fault)) {
        return false;
    }
    GEOSGeometry *polygon = polygon_of(geos, values, count / 2);
    if (polygon == NULL) {
        snprintf(ret_fault, RING_FAULT_MAX, "ring needs 3 different positions");
        return false;
    }
    bool good = shape_is_good(geos, polygon, ret_fault);
    if (good && arena != NULL && !write_wkb(geos, polygon, arena, ret_wkb, ret_length)) {
        snprintf(ret_fault, RING_FAULT_MAX, "no memory for this ring");
        good = false;
    }
    GEOSGeom_destroy_r(geos, polygon);
    return good;
}

/* ---- what was stored */

static bool position(GEOSContextHandle_t geos, const GEOSCoordSequence *sequence, unsigned i, double ret[2]) {
    return GEOSCoordSeq_getXY_r(geos, sequence, i, &ret[0], &ret[1]) == 1 && isfinite(ret[0]) && isfinite(ret[1]) &&
           fabs(ret[0]) <= 180 && fabs(ret[1]) <= 90;
}

static bool each_edge_of_ring(GEOSContextHandle_t geos, const GEOSGeometry *ring,
                              bool (*visit)(const double from[2], const double to[2], void *context), void *context) {
    const GEOSCoordSequence *sequence = ring == NULL ? NULL : GEOSGeom_getCoordSeq_r(geos, ring);
    unsigned count = 0;
    double ends[2][2];
    if (sequence == NULL || GEOSCoordSeq_getSize_r(geos, sequence, &count) != 1 || count < 4 ||
        !position(geos, sequence, 0, ends[0])) {
        return false;
    }
    for (unsigned i = 1; i < count; i++) {
        if (!position(geos, sequence, i, ends[i % 2]) || !visit(ends[(i + 1) % 2], ends[i % 2], context)) {
            return false;
        }
    }
    return true;
}

bool ring_each_edge(GEOSContextHandle_t geos, const GEOSGeometry *outline,
                    bool (*visit)(const double from[2], const double to[2], void *context), void *context) {
    int parts = GEOSGetNumGeometries_r(geos, outline);
    bool good = parts > 0;
    for (int part = 0; good && part < parts; part++) {
        const GEOSGeometry *polygon = GEOSGetGeometryN_r(geos, outline, part);
        int holes = polygon == NULL ? -1 : GEOSGetNumInteriorRings_r(geos, polygon);
        good = holes >= 0 && each_edge_of_ring(geos, GEOSGetExteriorRing_r(geos, polygon), visit, context);
        for (int hole = 0; good && hole < holes; hole++) {
            good = each_edge_of_ring(geos, GEOSGetInteriorRingN_r(geos, polygon, hole), visit, context);
        }
    }
    return good;
}

static bool pass(const double from[2], const double to[2], void *context) {
    (void)from;
    (void)to;
    (void)context;
    return true;
}

void ring_bounds(const double *values, size_t count, double ret_bounds[4]) {
    double bounds[4] = {values[0], values[1], values[0], values[1]};
    for (size_t i = 2; i + 1 < count; i += 2) {
        bounds[0] = fmin(bounds[0], values[i]);
        bounds[1] = fmin(bounds[1], values[i + 1]);
        bounds[2] = fmax(bounds[2], values[i]);
        bounds[3] = fmax(bounds[3], values[i + 1]);
    }
    memcpy(ret_bounds, bounds, sizeof bounds);
}

GEOSGeometry *ring_geometry(GEOSContextHandle_t geos, const uint8_t *wkb, size_t length) {
    GEOSWKBReader *reader = GEOSWKBReader_create_r(geos);
    if (reader == NULL) {
        return NULL;
    }
    GEOSGeometry *geometry = GEOSWKBReader_read_r(geos, reader, wkb, length);
    GEOSWKBReader_destroy_r(geos, reader);
    int kind = geometry == NULL ? -1 : GEOSGeomTypeId_r(geos, geometry);
    if (geometry != NULL &&
        ((kind != GEOS_POLYGON && kind != GEOS_MULTIPOLYGON) || !ring_each_edge(geos, geometry, pass, NULL))) {
        GEOSGeom_destroy_r(geos, geometry);
        geometry = NULL;
    }
    return geometry;
}

/* ---- how far */

struct measure {
    double lat, lng, east_m, north_m; /* the point; metres in a degree there */
    double best_m2;
};

/* Squared distance from the origin to the edge, all in metres around the point. */
static bool measure_edge(const double from[2], const double to[2], void *context) {
    struct measure *m = context;
    double ax = (from[0] - m->lng) * m->east_m, ay = (from[1] - m->lat) * m->north_m;
    double dx = (to[0] - from[0]) * m->east_m, dy = (to[1] - from[1]) * m->north_m;
    double length2 = dx * dx + dy * dy;
    double part = length2 > 0 ? -(ax * dx + ay * dy) / length2 : 0;
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    double x = ax + part * dx, y = ay + part * dy;
    if (m->best_m2 < 0 || x * x + y * y < m->best_m2) {
        m->best_m2 = x * x + y * y;
    }
    return true;
}

double ring_edge_distance_m(GEOSContextHandle_t geos, const GEOSGeometry *outline, double lat, double lng) {
    struct measure measure = {.lat = lat,
                              .lng = lng,
                              .east_m = RING_DEGREE_M * cos(lat * RING_RADIAN),
                              .north_m = RING_DEGREE_M,
                              .best_m2 = -1};
    bool good = ring_each_edge(geos, outline, measure_edge, &measure);
    return good ? sqrt(measure.best_m2) : -1;
}

void ring_around(double lat, double lng, double metres, double ret_box[4]) {
    double north = metres / RING_DEGREE_M;
    double east = north / fmax(cos(lat * RING_RADIAN), 0.01) * 1.001; /* a little wider than the plane at the point */
    ret_box[0] = lng - east;
    ret_box[1] = lat - north;
    ret_box[2] = lng + east;
    ret_box[3] = lat + north;
}
