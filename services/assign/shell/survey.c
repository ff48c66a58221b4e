#include "assign/shell/survey.h"

#include <stdlib.h>
#include <string.h>

enum { TREE_NODE = 10 };
/* Two outlines that share more than this part of both are the same one drawn twice. */
static const double same_part = 0.9999;

struct survey {
    GEOSContextHandle_t geos;
    struct survey_layer layer;
    struct change_faults *faults;
    GEOSSTRtree *tree;
};

struct survey *survey_new(GEOSContextHandle_t geos, const struct survey_layer *layer, struct change_faults *faults) {
    struct survey *survey = calloc(1, sizeof *survey);
    if (survey == NULL) {
        return NULL;
    }
    *survey = (struct survey){.geos = geos, .layer = *layer, .faults = faults};
    survey->tree = GEOSSTRtree_create_r(geos, TREE_NODE);
    if (survey->tree == NULL) {
        free(survey);
        return NULL;
    }
    for (size_t i = 0; i < layer->count; i++) {
        GEOSSTRtree_insert_r(geos, survey->tree, layer->shapes[i]->geometry, &layer->shapes[i]);
    }
    return survey;
}

void survey_free(struct survey *survey) {
    if (survey != NULL) {
        GEOSSTRtree_destroy_r(survey->geos, survey->tree);
        free(survey);
    }
}

static bool is_new(const struct shape *shape) {
    return shape->act == FEATURE_ADDED || shape->act == FEATURE_CHANGED;
}

/* ---- overlaps */

struct pairing {
    struct survey *survey;
    struct shape **one;
    bool good;
};

static void tell_overlap(struct survey *survey, struct shape *a, struct shape *b, const GEOSGeometry *common,
                         double area_m2) {
    bool same = area_m2 > same_part * shape_area_m2(survey->geos, a->geometry) &&
                area_m2 > same_part * shape_area_m2(survey->geos, b->geometry);
    const struct shape *sent = a->feature >= 0 ? a : b, *other = sent == a ? b : a;
    struct change_fault *fault =
        same ? change_fault(survey->faults, FAULT_DUPLICATE, sent->feature, sent->code, "the same outline as %s %s",
                            other->code, other->name)
             : change_fault(survey->faults, FINDING_OVERLAP, sent->feature, sent->code, "overlaps %s %s by %.1f m2",
                            other->code, other->name, area_m2);
    if (fault != NULL) {
        fault->other = other->code;
        fault->outline = shape_wkb(survey->geos, survey->faults->arena, common, &fault->length);
        shape_tell(survey->geos, common, fault);
    }
}

static void pair(void *item, void *context) {
    struct pairing *pairing = context;
    struct survey *survey = pairing->survey;
    struct shape **two = item;
    /* Each pair once. */
    if (two <= pairing->one || (!survey->layer.whole && !is_new(*pairing->one) && !is_new(*two)) || !pairing->good) {
        return;
    }
    if (GEOSIntersects_r(survey->geos, (*pairing->one)->geometry, (*two)->geometry) == 0) {
        return;
    }
    GEOSGeometry *common = GEOSIntersection_r(survey->geos, (*pairing->one)->geometry, (*two)->geometry);
    double area_m2 = shape_area_m2(survey->geos, common);
    pairing->good = common != NULL;
    if (area_m2 > survey->layer.tolerance_m2) {
        tell_overlap(survey, *pairing->one, *two, common, area_m2);
    }
    GEOSGeom_destroy_r(survey->geos, common);
}

bool survey_overlaps(struct survey *survey) {
    struct pairing pairing = {.survey = survey, .good = true};
    for (size_t i = 0; pairing.good && i < survey->layer.count; i++) {
        pairing.one = &survey->layer.shapes[i];
        GEOSSTRtree_query_r(survey->geos, survey->tree, (*pairing.one)->geometry, pair, &pairing);
    }
    return pairing.good;
}

/* ---- gaps */

/* The shapes from first on as one; NULL: failed. */
static GEOSGeometry *unite(struct survey *survey, size_t first, size_t count) {
    GEOSGeometry **parts = pd_alloc_array(survey->faults->arena, count, sizeof *parts);
    size_t made = 0;
    while (parts != NULL && made < count) {
        parts[made] = GEOSGeom_clone_r(survey->geos, survey->layer.shapes[first + made]->geometry);
        if (parts[made] == NULL) {
            break;
        }
        made++;
    }
    if (parts == NULL || made < count) {
        for (size_t i = 0; parts != NULL && i < made; i++) {
            GEOSGeom_destroy_r(survey->geos, parts[i]);
        }
        return NULL;
    }
    GEOSGeometry *all =
        GEOSGeom_createCollection_r(survey->geos, GEOS_GEOMETRYCOLLECTION, parts, (unsigned)count);
    GEOSGeometry *united = all == NULL ? NULL : GEOSUnaryUnion_r(survey->geos, all);
    GEOSGeom_destroy_r(survey->geos, all);
    return united;
}

/* Does the change have to do with this piece: is something new beside it, or has something left it? */
static bool concerns(struct survey *survey, const GEOSGeometry *piece) {
    for (size_t i = 0; !survey->layer.whole && i < survey->layer.count; i++) {
        if (is_new(survey->layer.shapes[i]) &&
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
        struct change_fault *fault = change_fault(
            survey->faults, kind, -1, code,
            kind == FINDING_GAP ? "a gap of %.1f m2 that belongs to nothing of this layer"
                                : "%.1f m2 reach beyond the outline of the division",
            area_m2);
        if (fault != NULL) {
            fault->outline = shape_wkb(survey->geos, survey->faults->arena, piece, &fault->length);
            shape_tell(survey->geos, piece, fault);
        }
    }
}

static int compare_prefix(const char *code, const struct shape *shape) {
    return strncmp(code, shape->code, strlen(code));
}

/* The shapes of a division stand together, because its code begins theirs. */
static size_t children_of(const struct survey *survey, const char *code, size_t *ret_first) {
    size_t low = 0, high = survey->layer.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_prefix(code, survey->layer.shapes[middle]) > 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *ret_first = low;
    while (high < survey->layer.count && compare_prefix(code, survey->layer.shapes[high]) == 0) {
        high++;
    }
    return high - low;
}

static bool look_within(struct survey *survey, const struct survey_parent *parent) {
    size_t first = 0, count = children_of(survey, parent->code, &first);
    if (parent->outline == NULL || count == 0) {
        return true;
    }
    GEOSGeometry *united = unite(survey, first, count);
    GEOSGeometry *missing =
        united == NULL ? NULL : GEOSDifference_r(survey->geos, parent->outline->geometry, united);
    GEOSGeometry *beyond = united == NULL ? NULL : GEOSDifference_r(survey->geos, united, parent->outline->geometry);
    bool good = missing != NULL && beyond != NULL;
    tell_pieces(survey, missing, FINDING_GAP, parent->code);
    tell_pieces(survey, beyond, FINDING_OVERHANG, parent->code);
    GEOSGeom_destroy_r(survey->geos, united);
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
    if (survey->layer.count == 0) {
        return true;
    }
    GEOSGeometry *united = unite(survey, 0, survey->layer.count);
    int count = united == NULL ? 0 : GEOSGetNumGeometries_r(survey->geos, united);
    for (int i = 0; i < count; i++) {
        const GEOSGeometry *polygon = GEOSGetGeometryN_r(survey->geos, united, i);
        if (GEOSGeomTypeId_r(survey->geos, polygon) == GEOS_POLYGON) {
            look_at_holes(survey, polygon);
        }
    }
    GEOSGeom_destroy_r(survey->geos, united);
    return united != NULL;
}

/* ---- points */

struct finding {
    struct survey *survey;
    const GEOSGeometry *point;
    struct shape **best;
};

static void look_at(void *item, void *context) {
    struct finding *finding = context;
    struct shape **shape = item;
    if ((finding->best == NULL || shape < finding->best) &&
        shape_holds(finding->survey->geos, *shape, finding->point)) {
        finding->best = shape;
    }
}

struct shape *survey_find(struct survey *survey, double lat, double lng) {
    GEOSGeometry *point = GEOSGeom_createPointFromXY_r(survey->geos, lng, lat);
    struct finding finding = {survey, point, NULL};
    if (point != NULL) {
        GEOSSTRtree_query_r(survey->geos, survey->tree, point, look_at, &finding);
    }
    GEOSGeom_destroy_r(survey->geos, point);
    return finding.best == NULL ? NULL : *finding.best;
}
