#include "assign/shell/shape.h"

#include <math.h>
#include <string.h>

/* How far beyond everything known of the city an outline may reach, in degrees (about 50 km). */
static const double city_margin = 0.5;
/* Metres of one degree of latitude. */
static const double degree_m = 111320;

struct making {
    GEOSContextHandle_t geos;
    const struct geojson_feature *feature;
    const struct shape_box *city;
    struct change_faults *faults;
};

static struct change_fault *tell(const struct making *making, enum fault_kind kind, const double *xy,
                                 const char *words) {
    struct change_fault *fault =
        change_fault(making->faults, kind, making->feature->index, making->feature->code, "%s", words);
    if (fault != NULL && xy != NULL) {
        fault->lng = xy[0];
        fault->lat = xy[1];
    }
    return fault;
}

/* ---- positions */

static bool is_near(const struct shape_box *city, double lng, double lat) {
    return lng >= city->west - city_margin && lng <= city->east + city_margin && lat >= city->south - city_margin &&
           lat <= city->north + city_margin;
}

/* NULL: nothing is wrong with it. */
static const char *position_fault(const struct shape_box *city, const double xy[2]) {
    if (fabs(xy[0]) > 1000 || fabs(xy[1]) > 1000) {
        return "looks like metres of a projection: convert to degrees of WGS84";
    }
    if (fabs(xy[0]) > 180 || fabs(xy[1]) > 90) {
        return fabs(xy[0]) <= 90 && fabs(xy[1]) <= 180 ? "looks like lat before long: GeoJSON has long first"
                                                       : "no degrees: long -180 to 180, lat -90 to 90";
    }
    if (city->known && !is_near(city, xy[0], xy[1])) {
        return is_near(city, xy[1], xy[0]) ? "looks like lat before long: GeoJSON has long first"
                                           : "far outside the city as it is known: another coordinate system?";
    }
    return NULL;
}

/* Tells the first one only: the others of the same feature say the same. */
static bool positions_are_good(const struct making *making) {
    for (size_t p = 0; p < making->feature->count; p++) {
        const struct geojson_polygon *polygon = &making->feature->polygons[p];
        for (size_t r = 0; r < polygon->count; r++) {
            for (size_t i = 0; i < polygon->rings[r].points; i++) {
                const double *xy = polygon->rings[r].xy + 2 * i;
                const char *fault = position_fault(making->city, xy);
                if (fault != NULL) {
                    struct change_fault *told = tell(making, FAULT_COORDINATES, NULL, fault);
                    if (told != NULL && fabs(xy[0]) <= 180 && fabs(xy[1]) <= 90) {
                        told->lng = xy[0];
                        told->lat = xy[1];
                    }
                    return false;
                }
            }
        }
    }
    return true;
}

/* ---- geometry */

static GEOSGeometry *ring_of(const struct making *making, const struct geojson_ring *ring) {
    const double *last = &ring->xy[2 * (ring->points - 1)];
    if (ring->points < 4) {
        tell(making, FAULT_GEOMETRY, ring->xy, "a ring needs at least 4 positions, the last one equal to the first");
        return NULL;
    }
    if (ring->xy[0] != last[0] || ring->xy[1] != last[1]) {
        tell(making, FAULT_GEOMETRY, last, "the ring is not closed: its last position must be its first");
        return NULL;
    }
    GEOSCoordSequence *sequence = GEOSCoordSeq_copyFromBuffer_r(making->geos, ring->xy, (unsigned)ring->points, 0, 0);
    return sequence == NULL ? NULL : GEOSGeom_createLinearRing_r(making->geos, sequence);
}

static GEOSGeometry *polygon_of(const struct making *making, const struct geojson_polygon *polygon,
                                GEOSGeometry **holes) {
    size_t count = 0;
    GEOSGeometry *outer = ring_of(making, &polygon->rings[0]);
    bool good = outer != NULL;
    for (size_t i = 1; good && i < polygon->count; i++) {
        holes[count] = ring_of(making, &polygon->rings[i]);
        good = holes[count] != NULL;
        count += good;
    }
    if (good) {
        return GEOSGeom_createPolygon_r(making->geos, outer, holes, (unsigned)count);
    }
    GEOSGeom_destroy_r(making->geos, outer);
    for (size_t i = 0; i < count; i++) {
        GEOSGeom_destroy_r(making->geos, holes[i]);
    }
    return NULL;
}

static GEOSGeometry *geometry_of(const struct making *making) {
    const struct geojson_feature *feature = making->feature;
    size_t most = 1;
    for (size_t i = 0; i < feature->count; i++) {
        most = feature->polygons[i].count > most ? feature->polygons[i].count : most;
    }
    GEOSGeometry **holes = pd_alloc_array(making->faults->arena, most, sizeof *holes);
    GEOSGeometry **parts = pd_alloc_array(making->faults->arena, feature->count, sizeof *parts);
    size_t count = 0;
    bool good = holes != NULL && parts != NULL;
    for (size_t i = 0; good && i < feature->count; i++) {
        parts[count] = polygon_of(making, &feature->polygons[i], holes);
        good = parts[count] != NULL;
        count += good;
    }
    if (good && count == 1) {
        return parts[0];
    }
    if (good) {
        return GEOSGeom_createCollection_r(making->geos, GEOS_MULTIPOLYGON, parts, (unsigned)count);
    }
    for (size_t i = 0; i < count; i++) {
        GEOSGeom_destroy_r(making->geos, parts[i]);
    }
    return NULL;
}

static bool is_valid(const struct making *making, const GEOSGeometry *geometry) {
    char *reason = NULL;
    GEOSGeometry *place = NULL;
    double xy[2] = {0, 0}, area = 0;
    bool valid = GEOSisValidDetail_r(making->geos, geometry, 0, &reason, &place) == 1;
    if (!valid) {
        bool placed = place != NULL && GEOSGeomGetX_r(making->geos, place, &xy[0]) == 1 &&
                      GEOSGeomGetY_r(making->geos, place, &xy[1]) == 1;
        tell(making, FAULT_GEOMETRY, placed ? xy : NULL, reason == NULL ? "no valid polygon" : reason);
    } else if (GEOSArea_r(making->geos, geometry, &area) != 1 || !(area > 0)) {
        tell(making, FAULT_GEOMETRY, making->feature->polygons[0].rings[0].xy, "the outline encloses nothing");
        valid = false;
    }
    GEOSFree_r(making->geos, reason);
    GEOSGeom_destroy_r(making->geos, place);
    return valid;
}

/* ---- */

const uint8_t *shape_wkb(GEOSContextHandle_t geos, struct pd_arena *arena, const GEOSGeometry *geometry,
                         size_t *ret_length) {
    GEOSWKBWriter *writer = GEOSWKBWriter_create_r(geos);
    if (writer == NULL) {
        return NULL;
    }
    GEOSWKBWriter_setByteOrder_r(geos, writer, GEOS_WKB_NDR);
    GEOSWKBWriter_setOutputDimension_r(geos, writer, 2);
    unsigned char *bytes = GEOSWKBWriter_write_r(geos, writer, geometry, ret_length);
    uint8_t *wkb = bytes == NULL ? NULL : pd_memdup(arena, bytes, *ret_length);
    GEOSFree_r(geos, bytes);
    GEOSWKBWriter_destroy_r(geos, writer);
    return wkb;
}

static bool measure(GEOSContextHandle_t geos, struct shape *shape) {
    struct shape_box *box = &shape->box;
    box->known = GEOSGeom_getExtent_r(geos, shape->geometry, &box->west, &box->south, &box->east, &box->north) == 1;
    return box->known;
}

bool shape_make(GEOSContextHandle_t geos, struct pd_arena *arena, const struct geojson_feature *feature,
                const struct shape_box *city, struct change_faults *faults, struct shape *ret_shape) {
    struct making making = {geos, feature, city, faults};
    struct shape shape = {.code = feature->code,
                          .name = feature->name,
                          .parent = feature->parent,
                          .replaces = feature->replaces,
                          .replaces_count = feature->replaces_count,
                          .feature = feature->index,
                          .level = feature->level,
                          .households = feature->households};
    if (!positions_are_good(&making)) {
        return false;
    }
    shape.geometry = geometry_of(&making);
    if (shape.geometry == NULL) {
        return false;
    }
    shape.wkb = is_valid(&making, shape.geometry) ? shape_wkb(geos, arena, shape.geometry, &shape.length) : NULL;
    if (shape.wkb == NULL || !measure(geos, &shape)) {
        GEOSGeom_destroy_r(geos, shape.geometry);
        return false;
    }
    *ret_shape = shape;
    return true;
}

bool shape_load(GEOSContextHandle_t geos, struct pd_arena *arena, const uint8_t *wkb, size_t length,
                struct shape *shape) {
    GEOSWKBReader *reader = GEOSWKBReader_create_r(geos);
    shape->wkb = pd_memdup(arena, wkb, length);
    shape->length = length;
    shape->geometry = reader == NULL ? NULL : GEOSWKBReader_read_r(geos, reader, wkb, length);
    if (reader != NULL) {
        GEOSWKBReader_destroy_r(geos, reader);
    }
    return shape->wkb != NULL && shape->geometry != NULL && measure(geos, shape);
}

void shape_free(GEOSContextHandle_t geos, struct shape *shape) {
    GEOSPreparedGeom_destroy_r(geos, shape->prepared);
    GEOSGeom_destroy_r(geos, shape->geometry);
    shape->prepared = NULL;
    shape->geometry = NULL;
}

bool shape_holds(GEOSContextHandle_t geos, struct shape *shape, const GEOSGeometry *point) {
    if (shape->prepared == NULL) {
        shape->prepared = GEOSPrepare_r(geos, shape->geometry);
    }
    return shape->prepared != NULL && GEOSPreparedIntersects_r(geos, shape->prepared, point) == 1;
}

void shape_box_add(struct shape_box *box, const struct shape_box *other) {
    if (!box->known) {
        *box = *other;
        return;
    }
    box->west = fmin(box->west, other->west);
    box->south = fmin(box->south, other->south);
    box->east = fmax(box->east, other->east);
    box->north = fmax(box->north, other->north);
}

double shape_area_m2(GEOSContextHandle_t geos, const GEOSGeometry *geometry) {
    double area = 0, south = 0, north = 0;
    if (geometry == NULL || GEOSisEmpty_r(geos, geometry) != 0 || GEOSArea_r(geos, geometry, &area) != 1 ||
        GEOSGeom_getYMin_r(geos, geometry, &south) != 1 || GEOSGeom_getYMax_r(geos, geometry, &north) != 1) {
        return 0;
    }
    return area * degree_m * degree_m * cos((south + north) / 2 * 3.14159265358979323846 / 180);
}

void shape_tell(GEOSContextHandle_t geos, const GEOSGeometry *geometry, struct change_fault *fault) {
    if (fault == NULL) {
        return;
    }
    GEOSGeometry *point = GEOSPointOnSurface_r(geos, geometry);
    if (point != NULL) {
        GEOSGeomGetX_r(geos, point, &fault->lng);
        GEOSGeomGetY_r(geos, point, &fault->lat);
    }
    GEOSGeom_destroy_r(geos, point);
    fault->area_m2 = shape_area_m2(geos, geometry);
}
