#include "assign/core/code_rule.h"
#include "assign/shell/change_check_inner.h"
#include "sql/assign_sql.h"

enum column { CODE, VERSION, PARENT, NAME, OUTLINE, HOUSEHOLDS };

static enum pd_fate load_parts(struct check *check, struct pd_err *reterr) {
    for (int32_t part = 1; part <= check->change->parts; part++) {
        struct pg_result *rows = NULL;
        struct pg_args args;
        size_t length = 0;
        pg_args_init(&args, &check->arena);
        pg_arg_uuid(&args, check->change->id);
        pg_arg_int4(&args, part);
        enum pd_fate fate = pg_query(check->pg, SQL_READ_CHANGE_PARTS, &args, &rows, reterr);
        if (fate != PD_OK) {
            return fate;
        }
        const uint8_t *text = pg_rows(rows) == 1 ? pg_bytea(rows, 0, 0, &length) : NULL;
        bool good = text == NULL || geojson_read(&check->geojson, part, text, length);
        pg_release(check->pg);
        if (!good) {
            return check_no_memory(check, reterr);
        }
    }
    if (check->geojson.seen == 0 && check->faults.count == 0) {
        change_fault(&check->faults, FAULT_GEOJSON, -1, NULL,
                     "there are no features: send a FeatureCollection to .../features first");
    }
    return PD_OK;
}

static bool load_shape(struct check *check, const struct pg_result *rows, int row, int32_t level,
                       struct shape *ret_shape) {
    size_t length = 0;
    const uint8_t *wkb = pg_bytea(rows, row, OUTLINE, &length);
    *ret_shape = (struct shape){.code = pd_strdup(&check->arena, pg_text(rows, row, CODE)),
                                .name = pd_strdup(&check->arena, pg_text(rows, row, NAME)),
                                .parent = pd_strdup(&check->arena, pg_text(rows, row, PARENT)),
                                .feature = -1,
                                .level = level,
                                .households = pg_int4(rows, row, HOUSEHOLDS),
                                .act = FEATURE_UNCHANGED};
    return shape_load(check->geos, &check->arena, wkb, length, ret_shape);
}

static enum pd_fate load_grids(struct check *check, struct pd_err *reterr) {
    struct check_level *level = &check->levels[LEVEL_GRID];
    struct pg_result *rows = NULL;
    struct pg_args args;
    pg_args_init(&args, &check->arena);
    pg_arg_int2(&args, (int16_t)check->change->layer);
    pg_arg_time(&args, check_begins_us(check));
    enum pd_fate fate = pg_query(check->pg, SQL_READ_LAYER_GRIDS, &args, &rows, reterr);
    if (fate != PD_OK) {
        return fate;
    }
    level->known = pd_alloc_array(&check->arena, (size_t)pg_rows(rows), sizeof *level->known);
    bool good = level->known != NULL;
    for (int row = 0; good && row < pg_rows(rows); row++) {
        good = load_shape(check, rows, row, LEVEL_GRID, &level->known[level->known_count]);
        level->known_count++;
    }
    pg_release(check->pg);
    return good ? PD_OK : check_no_memory(check, reterr);
}

/* Of all levels in one list; each finds its own. */
static enum pd_fate load_divisions(struct check *check, struct pd_err *reterr) {
    struct pg_result *rows = NULL;
    struct pg_args args;
    pg_args_init(&args, &check->arena);
    pg_arg_time(&args, check_begins_us(check));
    enum pd_fate fate = pg_query(check->pg, SQL_READ_LAYER_DIVISIONS, &args, &rows, reterr);
    bool good = fate == PD_OK;
    for (int32_t l = LEVEL_CITY; good && l <= LEVEL_COMMUNITY; l++) {
        struct check_level *level = &check->levels[l];
        level->known = pd_alloc_array(&check->arena, (size_t)pg_rows(rows), sizeof *level->known);
        good = level->known != NULL;
        for (int row = 0; good && row < pg_rows(rows); row++) {
            if (division_level(pg_text(rows, row, CODE)) == l) {
                good = load_shape(check, rows, row, l, &level->known[level->known_count]);
                level->known_count++;
            }
        }
    }
    pg_release(check->pg);
    return fate != PD_OK || good ? fate : check_no_memory(check, reterr);
}

static enum pd_fate load_names(struct check *check, struct pd_err *reterr) {
    struct pg_result *rows = NULL;
    enum pd_fate fate = pg_query(check->pg, SQL_READ_ALL_DIVISIONS, NULL, &rows, reterr);
    if (fate != PD_OK) {
        return fate;
    }
    size_t size = code_map_size((size_t)pg_rows(rows) + check->geojson.kept);
    struct code_entry *entries = pd_alloc_array(&check->arena, size, sizeof *entries);
    bool good = entries != NULL;
    if (good) {
        code_map_init(&check->divisions, entries, size);
    }
    for (int row = 0; good && row < pg_rows(rows); row++) {
        const char *code = pd_strdup(&check->arena, pg_text(rows, row, 0));
        good = code != NULL && code_map_put(&check->divisions, code) != NULL;
    }
    pg_release(check->pg);
    return good ? PD_OK : check_no_memory(check, reterr);
}

static void measure_city(struct check *check) {
    for (int level = LEVEL_CITY; level < LEVEL_END; level++) {
        for (size_t i = 0; i < check->levels[level].known_count; i++) {
            shape_box_add(&check->city, &check->levels[level].known[i].box);
        }
    }
}

enum pd_fate check_load(struct check *check, struct pd_err *reterr) {
    struct pg_result *row = NULL;
    /* Before everything else: what changes from here on makes the result outdated. */
    enum pd_fate fate = pg_query(check->pg, SQL_READ_CITY_VERSION, NULL, &row, reterr);
    check->map_version = fate == PD_OK ? pg_int8(row, 0, 0) : 0;
    pg_release(check->pg);
    fate = fate == PD_OK ? load_parts(check, reterr) : fate;
    fate = fate == PD_OK && check->change->layer <= LAYER_SPECIAL ? load_grids(check, reterr) : fate;
    fate = fate == PD_OK ? load_divisions(check, reterr) : fate;
    fate = fate == PD_OK ? load_names(check, reterr) : fate;
    measure_city(check);
    return fate;
}
