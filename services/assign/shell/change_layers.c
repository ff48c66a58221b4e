#include <stdlib.h>
#include <string.h>

#include "assign/shell/change_check_inner.h"

static bool is_new(const struct shape *shape) {
    return shape->act == FEATURE_ADDED || shape->act == FEATURE_CHANGED;
}

static int compare_codes(const void *a, const void *b) {
    return strcmp(((const struct survey_parent *)a)->code, ((const struct survey_parent *)b)->code);
}

/* The division's outline as it will be; NULL: has none, or ends. */
static struct shape *outline_of(const struct check *check, int32_t level, const char *code) {
    const struct code_entry *entry = code_map_find(&check->levels[level].by_code, code);
    struct shape *shape = entry == NULL ? NULL : entry->known;
    return shape != NULL && shape->act == FEATURE_CLOSED ? NULL : shape;
}

/* Appends; what comes twice is left out afterwards. */
static void add_parent(struct survey_layer *layer, const struct shape *shape) {
    if (shape->level != LEVEL_CITY) {
        layer->parents[layer->parent_count++].code = shape->parent;
    }
}

static void finish_parents(struct check *check, struct survey_layer *layer, int32_t level) {
    size_t kept = 0;
    if (layer->parent_count > 1) {
        qsort(layer->parents, layer->parent_count, sizeof *layer->parents, compare_codes);
    }
    for (size_t i = 0; i < layer->parent_count; i++) {
        if (kept == 0 || strcmp(layer->parents[kept - 1].code, layer->parents[i].code) != 0) {
            layer->parents[kept++] = layer->parents[i];
        }
    }
    layer->parent_count = kept;
    for (size_t i = 0; i < kept; i++) {
        layer->parents[i].outline = outline_of(check, level - 1, layer->parents[i].code);
    }
}

/* What the survey looks at; false: no memory. */
static bool make_layer(struct check *check, int32_t l, struct survey_layer *ret_layer) {
    struct check_level *level = &check->levels[l];
    struct survey_layer layer = {.shapes = level->result,
                                 .count = level->result_count,
                                 .tolerance_m2 = check->change->tolerance_m2,
                                 .whole = check->change->mode == MODE_WHOLE};
    size_t most = level->result_count + level->known_count + 1;
    layer.parents = pd_alloc_array(&check->arena, most, sizeof *layer.parents);
    layer.removed = pd_alloc_array(&check->arena, level->known_count, sizeof *layer.removed);
    if (layer.parents == NULL || layer.removed == NULL) {
        return false;
    }
    for (size_t i = 0; i < level->result_count; i++) {
        if (layer.whole || is_new(level->result[i])) {
            add_parent(&layer, level->result[i]);
        }
    }
    for (size_t i = 0; i < level->known_count; i++) {
        struct shape *known = &level->known[i];
        if (known->act == FEATURE_CLOSED || known->act == FEATURE_CHANGED) {
            layer.removed[layer.removed_count++] = known;
            if (known->act == FEATURE_CLOSED) {
                add_parent(&layer, known);
            }
        }
    }
    finish_parents(check, &layer, l);
    *ret_layer = layer;
    return true;
}

/* Is anything drawn on this level at all? */
static bool is_touched(const struct check *check, int32_t level) {
    for (size_t i = 0; i < check->feature_count; i++) {
        if (check->features[i].level == level) {
            return true;
        }
    }
    return check->levels[level].closed_count > 0;
}

enum pd_fate check_layers(struct check *check, struct pd_err *reterr) {
    for (int32_t level = LEVEL_TOWN; level < LEVEL_END; level++) {
        struct survey_layer layer;
        if (!is_touched(check, level)) {
            continue;
        }
        struct survey *survey =
            make_layer(check, level, &layer) ? survey_new(check->geos, &layer, &check->faults) : NULL;
        bool good = survey != NULL && survey_overlaps(survey);
        /* A feature that could not be read would be a gap. */
        if (good && check->faults.count == 0) {
            good = survey_gaps(survey);
        }
        if (level == LEVEL_GRID) {
            check->grids = survey;
        } else {
            survey_free(survey);
        }
        if (!good) {
            return check_no_memory(check, reterr);
        }
    }
    return PD_OK;
}
