#include "assign/shell/survey_inner.h"

#include <string.h>

/* Does the change have to do with this piece: is something new beside it, or has something left it? */
static bool concerns(struct survey *survey, const GEOSGeometry *piece) {
    for (size_t i = 0; !survey->layer.whole && i < survey->layer.count; i++) {
        if (survey_is_new(survey->layer.shapes[i]) &&
            GEOSIntersects_r(survey->geos, survey->layer.shapes[i]->geometry, piece) == 1) {
            return true;
        }
    }
    for (size_t i = 0; !survey->layer.whole && i < survey->layer.removed_count; i++) {
        if (GEOSIntersects_r(survey->geos, survey->layer.removed[i]->geometry, piece) == 1) {
            return true;
        }
    }
    return survey->layer.whole;
}

/* Each polygon of what is missing, or too much, by itself. */
static void tell_pieces(struct survey *survey, const GEOSGeometry *pieces, enum fault_kind kind, const char *code) {
    int count = pieces == NULL ? 0 : GEOSGetNumGeometries_r(survey->geos, pieces);
    for (int i = 0; i < count; i++) {
        const GEOSGeometry *piece = GEOSGetGeometryN_r(survey->geos, pieces, i);
        double area_m2 = shape_area_m2(survey->geos, piece);
        if (area_m2 <= survey->layer.tolerance_m2 || !concerns(survey, piece)) {
            continue;
        }
        struct change_fault *fault =
            change_fault(survey->faults, kind, -1, code,
                         kind == FINDING_GAP ? "a gap of %.1f m2 that belongs to nothing of this layer"
                                             : "%.1f m2 reach beyond the outline of the division",
                         area_m2);
        if (fault != NULL) {
            fault->outline = shape_wkb(survey->geos, survey->faults->arena, piece, &fault->length);
            shape_tell(survey->geos, piece, fault);
        }
    }
}

static const GEOSGeometry *united_within(const struct survey *survey, const char *code) {
    size_t low = 0, high = survey->group_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(survey->groups[middle].parent, code) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < survey->group_count && strcmp(survey->groups[low].parent, code) == 0;
    return found ? survey->groups[low].united : NULL;
}

static bool look_within(struct survey *survey, const struct survey_parent *parent) {
    const GEOSGeometry *united = united_within(survey, parent->code);
    if (parent->outline == NULL || united == NULL) {
        return true;
    }
    GEOSGeometry *missing = GEOSDifference_r(survey->geos, parent->outline->geometry, united);
    GEOSGeometry *beyond = GEOSDifference_r(survey->geos, united, parent->outline->geometry);
    bool good = missing != NULL && beyond != NULL;
    tell_pieces(survey, missing, FINDING_GAP, parent->code);
    tell_pieces(survey, beyond, FINDING_OVERHANG, parent->code);
    GEOSGeom_destroy_r(survey->geos, missing);
    GEOSGeom_destroy_r(survey->geos, beyond);
    return good;
}

/* Was the piece looked at with the division around it? */
static bool is_told(struct survey *survey, const GEOSGeometry *piece) {
    bool told = false;
    GEOSGeometry *point = GEOSPointOnSurface_r(survey->geos, piece);
    for (size_t i = 0; !told && point != NULL && i < survey->layer.parent_count; i++) {
        struct shape *outline = survey->layer.parents[i].outline;
        told = outline != NULL && shape_holds(survey->geos, outline, point);
    }
    GEOSGeom_destroy_r(survey->geos, point);
    return told;
}

/* The holes of one polygon of the united layer. */
static void look_at_holes(struct survey *survey, const GEOSGeometry *polygon) {
    int holes = GEOSGetNumInteriorRings_r(survey->geos, polygon);
    for (int i = 0; i < holes; i++) {
        GEOSGeometry *ring = GEOSGeom_clone_r(survey->geos, GEOSGetInteriorRingN_r(survey->geos, polygon, i));
        GEOSGeometry *hole = ring == NULL ? NULL : GEOSGeom_createPolygon_r(survey->geos, ring, NULL, 0);
        if (hole != NULL && !is_told(survey, hole)) {
            tell_pieces(survey, hole, FINDING_GAP, NULL);
        }
        GEOSGeom_destroy_r(survey->geos, hole);
    }
}

bool survey_gaps(struct survey *survey) {
    for (size_t i = 0; i < survey->layer.parent_count; i++) {
        if (!look_within(survey, &survey->layer.parents[i])) {
            return false;
        }
    }
    int count = GEOSGetNumGeometries_r(survey->geos, survey->united);
    for (int i = 0; i < count; i++) {
        const GEOSGeometry *polygon = GEOSGetGeometryN_r(survey->geos, survey->united, i);
        if (GEOSGeomTypeId_r(survey->geos, polygon) == GEOS_POLYGON) {
            look_at_holes(survey, polygon);
        }
    }
    return true;
}
