#include "assign/shell/survey_inner.h"

#include <stdlib.h>
#include <string.h>

enum { TREE_NODE = 10 };

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
        struct survey_group *group = &survey->groups[survey->group_count];
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
