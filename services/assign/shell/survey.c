#include "assign/shell/survey.h"

#include <stdlib.h>
#include <string.h>

enum { TREE_NODE = 10 };
/* Two outlines that share more than this part of both are the same one drawn twice. */
static const double same_part = 0.9999;

/* Shapes of one division stand together, because its code begins theirs. */
struct group {
    const char *parent;
    GEOSGeometry *united;
};

struct survey {
    GEOSContextHandle_t geos;
    struct survey_layer layer;
    struct change_faults *faults;
    GEOSSTRtree *tree;
    struct group *groups; /* by code of the division */
    size_t group_count;
    GEOSGeometry *united; /* all of them */
};

static bool is_new(const struct shape *shape) {
    return shape->act == FEATURE_ADDED || shape->act == FEATURE_CHANGED;
}

/* ---- the layer as one */

/* Clones of geometries united; NULL: failed. */
static GEOSGeometry *unite(struct survey *survey, const GEOSGeometry *(*part)(const struct survey *survey, size_t i),
                           size_t first, size_t count) {
    GEOSGeometry **parts = pd_alloc_array(survey->faults->arena, count, sizeof *parts);
    size_t made = 0;
    while (parts != NULL && made < count) {
        parts[made] = GEOSGeom_clone_r(survey->geos, part(survey, first + made));
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
    GEOSGeometry *all = GEOSGeom_createCollection_r(survey->geos, GEOS_GEOMETRYCOLLECTION, parts, (unsigned)count);
    GEOSGeometry *united = all == NULL ? NULL : GEOSUnaryUnion_r(survey->geos, all);
    GEOSGeom_destroy_r(survey->geos, all);
    return united;
}

static const GEOSGeometry *shape_part(const struct survey *survey, size_t i) {
    return survey->layer.shapes[i]->geometry;
}

static const GEOSGeometry *group_part(const struct survey *survey, size_t i) {
    return survey->groups[i].united;
}

/* Division by division first: the same work as all at once, and each is needed by itself as well. */
static bool unite_groups(struct survey *survey) {
    const struct survey_layer *layer = &survey->layer;
    survey->groups = pd_alloc_array(survey->faults->arena, layer->count, sizeof *survey->groups);
    for (size_t first = 0, next; survey->groups != NULL && first < layer->count; first = next) {
        struct group *group = &survey->groups[survey->group_count];
        group->parent = layer->shapes[first]->parent;
        next = first;
        while (next < layer->count && strcmp(layer->shapes[next]->parent, group->parent) == 0) {
            next++;
        }
        group->united = unite(survey, shape_part, first, next - first);
        if (group->united == NULL) {
            return false;
        }
        survey->group_count++;
    }
    survey->united = survey->groups == NULL ? NULL : unite(survey, group_part, 0, survey->group_count);
    return survey->united != NULL;
}

/* What the shapes have in common cannot be more than this. */
static double common_m2_at_most(const struct survey *survey) {
    double sum = 0, whole = 0, area = 0;
    for (size_t i = 0; i < survey->layer.count; i++) {
        if (GEOSArea_r(survey->geos, survey->layer.shapes[i]->geometry, &area) == 1) {
            sum += area;
        }
    }
    GEOSArea_r(survey->geos, survey->united, &whole);
    return (sum - whole) * 111320 * 111320;
}

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
    if (!unite_groups(survey)) {
        survey_free(survey);
        return NULL;
    }
    return survey;
}

void survey_free(struct survey *survey) {
    if (survey != NULL) {
        for (size_t i = 0; i < survey->group_count; i++) {
            GEOSGeom_destroy_r(survey->geos, survey->groups[i].united);
        }
        GEOSGeom_destroy_r(survey->geos, survey->united);
        GEOSSTRtree_destroy_r(survey->geos, survey->tree);
        free(survey);
    }
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
    /* A clean layer, the usual case, needs no look at each pair. */
    if (common_m2_at_most(survey) <= survey->layer.tolerance_m2) {
        return true;
    }
    for (size_t i = 0; pairing.good && i < survey->layer.count; i++) {
        pairing.one = &survey->layer.shapes[i];
        GEOSSTRtree_query_r(survey->geos, survey->tree, (*pairing.one)->geometry, pair, &pairing);
    }
    return pairing.good;
}

/* ---- gaps */

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
