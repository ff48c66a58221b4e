#include "assign/shell/survey_inner.h"

/* Two outlines that share more than this part of both are the same one drawn twice. */
static const double same_part = 0.9999;
/* Metres of one degree of latitude; a degree of longitude has less. */
static const double degree_m = 111320;

/* What the shapes have in common cannot be more than this. */
static double common_m2_at_most(const struct survey *survey) {
    double sum = 0, whole = 0, area = 0;
    for (size_t i = 0; i < survey->layer.count; i++) {
        if (GEOSArea_r(survey->geos, survey->layer.shapes[i]->geometry, &area) == 1) {
            sum += area;
        }
    }
    GEOSArea_r(survey->geos, survey->united, &whole);
    return (sum - whole) * degree_m * degree_m;
}

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
    struct change_fault *fault = same ? change_fault(survey->faults, FAULT_DUPLICATE, sent->feature, sent->code,
                                                     "the same outline as %s %s", other->code, other->name)
                                      : change_fault(survey->faults, FINDING_OVERLAP, sent->feature, sent->code,
                                                     "overlaps %s %s by %.1f m2", other->code, other->name, area_m2);
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
    if (two <= pairing->one || (!survey->layer.whole && !survey_is_new(*pairing->one) && !survey_is_new(*two)) ||
        !pairing->good) {
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
