#include <stdlib.h>
#include <string.h>

#include "assign/core/code_rule.h"
#include "assign/shell/change_check_inner.h"
#include "sql/assign_sql.h"

static const char *const level_names[] = {"", "a city", "a town", "a community", "a grid"};

#define FAULT(check, kind, feature, ...)                                                                               \
    ((void)change_fault(&(check)->faults, (kind), (feature)->index, (feature)->code, __VA_ARGS__))

/* ---- one feature by itself */

/* 0: no code of anything. */
static int32_t level_of(const char *code) {
    return grid_code_is_valid(code) ? LEVEL_GRID : division_level(code);
}

static bool is_drawn(enum change_layer layer, int32_t level) {
    return layer <= LAYER_SPECIAL || level <= (layer == LAYER_TOWN ? LEVEL_TOWN : LEVEL_COMMUNITY);
}

static bool code_is_good(struct check *check, struct geojson_feature *feature) {
    int32_t level = level_of(feature->code);
    if (level == 0) {
        FAULT(check, FAULT_CODE, feature,
              "code must have 6, 9 or 12 digits for a division, or 12 digits of the community and 001 to 999");
        return false;
    }
    if (feature->level != 0 && feature->level != level) {
        FAULT(check, FAULT_CODE, feature, "level does not fit the code, which is that of %s", level_names[level]);
        return false;
    }
    if (!is_drawn(check->change->layer, level)) {
        FAULT(check, FAULT_CODE, feature, "this change draws divisions, but the code is that of %s",
              level_names[level]);
        return false;
    }
    feature->level = level;
    return true;
}

static bool name_is_good(struct check *check, const struct geojson_feature *feature) {
    long length = text_length(feature->name);
    if (length < 1 || length > NAME_MAX_CHARS) {
        FAULT(check, FAULT_NAME, feature, "name must have 1 to 100 characters");
        return false;
    }
    return true;
}

/* The parent is told by the code; when it is said as well, it must be the same. */
static bool set_parent(struct check *check, struct geojson_feature *feature) {
    size_t length = strlen(feature->code) - 3;
    char *parent =
        feature->level == LEVEL_CITY ? pd_strdup(&check->arena, "") : pd_memdup(&check->arena, feature->code, length);
    if (parent == NULL) {
        return false;
    }
    if (feature->parent[0] != '\0' && strcmp(feature->parent, parent) != 0) {
        FAULT(check, FAULT_CODE, feature, "community (or parent) must be the code without its last three digits, %s",
              parent);
        return false;
    }
    feature->parent = parent;
    return true;
}

/* ---- against the map */

static struct shape *known_shape(const struct check *check, int32_t level, const char *code) {
    const struct code_entry *entry = code_map_find(&check->levels[level].by_code, code);
    return entry == NULL ? NULL : entry->known;
}

static bool index_known(struct check *check, struct check_level *level) {
    size_t size = code_map_size(level->known_count + check->geojson.kept);
    struct code_entry *entries = pd_alloc_array(&check->arena, size, sizeof *entries);
    if (entries == NULL) {
        return false;
    }
    code_map_init(&level->by_code, entries, size);
    for (size_t i = 0; i < level->known_count; i++) {
        struct code_entry *entry = code_map_put(&level->by_code, level->known[i].code);
        if (entry == NULL) {
            return false;
        }
        entry->known = &level->known[i];
    }
    return true;
}

static bool is_same(const struct shape *known, const struct shape *sent) {
    return known->length == sent->length && memcmp(known->wkb, sent->wkb, sent->length) == 0 &&
           strcmp(known->name, sent->name) == 0 && known->households == sent->households;
}

/* Takes the shape into its level; false: no memory. */
static bool take(struct check *check, struct shape *shape) {
    struct check_level *level = &check->levels[shape->level];
    struct code_entry *entry = code_map_put(&level->by_code, shape->code);
    if (entry == NULL) {
        return false;
    }
    struct shape *known = entry->known;
    if (known != NULL && known->feature >= 0) {
        change_fault(&check->faults, FAULT_DUPLICATE, shape->feature, shape->code,
                     "the code is that of feature %d as well", (int)known->feature);
        return true;
    }
    shape->act = FEATURE_ADDED;
    if (known != NULL) {
        shape->households_before = known->households;
        shape->households = shape->households == 0 ? known->households : shape->households;
        shape->act = is_same(known, shape) ? FEATURE_UNCHANGED : FEATURE_CHANGED;
        known->act = shape->act; /* the old outline gives way */
    }
    entry->known = shape;
    return shape->level == LEVEL_GRID || code_map_put(&check->divisions, shape->code) != NULL;
}

static bool make_shapes(struct check *check) {
    check->features = pd_alloc_array(&check->arena, check->geojson.kept, sizeof *check->features);
    for (struct geojson_feature *f = check->geojson.first; f != NULL && check->features != NULL; f = f->next) {
        bool good = code_is_good(check, f);
        good = name_is_good(check, f) && good;
        good = good && set_parent(check, f);
        struct shape shape;
        if (!shape_make(check->geos, &check->arena, f, &check->city, &check->faults, &shape)) {
            continue;
        }
        if (!good) {
            shape_free(check->geos, &shape);
            continue;
        }
        struct shape *kept = &check->features[check->feature_count++];
        *kept = shape;
        if (!take(check, kept)) {
            return false;
        }
    }
    return check->features != NULL && !check->arena.full;
}

/* ---- what a feature names */

static void check_parent(struct check *check, const struct shape *shape) {
    if (shape->level != LEVEL_CITY && !code_map_has(&check->divisions, shape->parent, 0)) {
        change_fault(&check->faults, FAULT_PARENT, shape->feature, shape->code, "the division %s is not known",
                     shape->parent);
    }
}

/* What is replaced ends, unless it is drawn anew itself. */
static void check_replaces(struct check *check, const struct shape *shape) {
    for (size_t i = 0; i < shape->replaces_count; i++) {
        struct shape *old = known_shape(check, shape->level, shape->replaces[i]);
        if (old == NULL || strcmp(shape->replaces[i], shape->code) == 0) {
            change_fault(&check->faults, FAULT_REPLACES, shape->feature, shape->code, "replaces \"%.20s\", which is %s",
                         shape->replaces[i], old == NULL ? "not on the map of this level" : "itself");
        } else if (old->feature < 0) {
            old->act = FEATURE_CLOSED;
        }
    }
}

static bool ends_unnamed(const struct check *check, int32_t level) {
    int32_t drawn = check->change->layer <= LAYER_SPECIAL ? LEVEL_GRID
                    : check->change->layer == LAYER_TOWN  ? LEVEL_TOWN
                                                          : LEVEL_COMMUNITY;
    return check->change->mode == MODE_WHOLE && level == drawn;
}

/* A later change of the same grid would be overwritten unseen. */
static void tell_conflicts(struct check *check, const struct pg_result *rows) {
    for (int row = 0; row < pg_rows(rows); row++) {
        const char *code = pg_text(rows, row, 0);
        const struct shape *shape = known_shape(check, LEVEL_GRID, code);
        int32_t feature = shape == NULL ? -1 : shape->feature;
        if (pg_bool(rows, row, 1)) {
            change_fault(&check->faults, FAULT_CODE, feature, code, "the code is that of a grid of another layer");
        }
        if (!pg_is_null(rows, row, 2)) {
            change_fault(&check->faults, FAULT_CODE, feature, code,
                         "another change draws this grid anew from a later time on: wait until it has begun");
        }
    }
}

static enum pd_fate check_conflicts(struct check *check, struct pd_err *reterr) {
    struct pg_array codes;
    struct pg_args args;
    struct pg_result *rows = NULL;
    const struct check_level *level = &check->levels[LEVEL_GRID];
    pg_array_init(&codes, &check->arena, PG_TEXT);
    for (size_t i = 0; i < level->result_count; i++) {
        if (level->result[i]->act != FEATURE_UNCHANGED) {
            pg_array_text(&codes, level->result[i]->code);
        }
    }
    for (size_t i = 0; i < level->closed_count; i++) {
        pg_array_text(&codes, level->closed[i]->code);
    }
    pg_args_init(&args, &check->arena);
    pg_arg_array(&args, &codes);
    pg_arg_int2(&args, (int16_t)check->change->layer);
    pg_arg_time(&args, check_begins_us(check));
    enum pd_fate fate = pg_query(check->pg, SQL_READ_CODE_CONFLICTS, &args, &rows, reterr);
    if (fate == PD_OK) {
        tell_conflicts(check, rows);
    }
    pg_release(check->pg);
    return fate;
}

static enum pd_fate check_posts(struct check *check, struct pd_err *reterr) {
    struct pg_result *rows = NULL;
    struct pg_args args;
    pg_args_init(&args, &check->arena);
    pg_arg_uuid(&args, check->change->id);
    enum pd_fate fate = pg_query(check->pg, SQL_READ_CHANGE_POSTS, &args, &rows, reterr);
    for (int row = 0; fate == PD_OK && row < pg_rows(rows); row++) {
        const char *grid = pg_text(rows, row, 0), *worker_id = pg_text(rows, row, 1);
        const struct shape *shape = known_shape(check, LEVEL_GRID, grid);
        if (shape == NULL || shape->act == FEATURE_CLOSED) {
            change_fault(&check->faults, FAULT_POST, -1, grid, "a post of %s in a grid that will not be", worker_id);
        }
        if (!pg_bool(rows, row, 2)) {
            change_fault(&check->faults, FAULT_POST, -1, grid, "worker %s is not known: import him first", worker_id);
        }
    }
    pg_release(check->pg);
    return fate;
}

/* ---- the levels as they will be */

static int by_code(const void *a, const void *b) {
    return strcmp((*(struct shape *const *)a)->code, (*(struct shape *const *)b)->code);
}

static bool put_together(struct check *check, int32_t l) {
    struct check_level *level = &check->levels[l];
    level->result = pd_alloc_array(&check->arena, level->known_count + check->feature_count, sizeof *level->result);
    level->closed = pd_alloc_array(&check->arena, level->known_count, sizeof *level->closed);
    if (level->result == NULL || level->closed == NULL) {
        return false;
    }
    for (size_t i = 0; i < level->known_count; i++) {
        struct shape *known = &level->known[i];
        bool named = known_shape(check, l, known->code) != known;
        if (!named && (known->act == FEATURE_CLOSED || ends_unnamed(check, l))) {
            known->act = FEATURE_CLOSED;
            level->closed[level->closed_count++] = known;
        } else if (!named) {
            level->result[level->result_count++] = known;
        }
    }
    for (size_t i = 0; i < check->feature_count; i++) {
        struct shape *shape = &check->features[i];
        if (shape->level == l && known_shape(check, l, shape->code) == shape) {
            level->result[level->result_count++] = shape;
            check->counts.added += shape->act == FEATURE_ADDED;
            check->counts.changed += shape->act == FEATURE_CHANGED;
            check->counts.unchanged += shape->act == FEATURE_UNCHANGED;
        }
    }
    check->counts.closed += (int32_t)level->closed_count;
    if (level->result_count > 1) {
        qsort(level->result, level->result_count, sizeof *level->result, by_code);
    }
    return true;
}

enum pd_fate check_codes(struct check *check, struct pd_err *reterr) {
    bool good = true;
    for (int32_t level = LEVEL_CITY; good && level < LEVEL_END; level++) {
        good = index_known(check, &check->levels[level]);
    }
    if (!good || !make_shapes(check)) {
        return check_no_memory(check, reterr);
    }
    for (size_t i = 0; i < check->feature_count; i++) {
        check_parent(check, &check->features[i]);
        check_replaces(check, &check->features[i]);
    }
    for (int32_t level = LEVEL_CITY; good && level < LEVEL_END; level++) {
        good = put_together(check, level);
    }
    enum pd_fate fate = good ? check_conflicts(check, reterr) : check_no_memory(check, reterr);
    return fate == PD_OK ? check_posts(check, reterr) : fate;
}
