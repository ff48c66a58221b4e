#include <string.h>

#include "assign/shell/change_check_inner.h"
#include "sql/assign_sql.h"

enum column { LAT, LONG, GRID };

/* Grids whose people may change: those that end, and those that are drawn anew. */
static void add_codes(struct check *check, struct pg_array *closed, struct pg_array *all) {
    const struct check_level *level = &check->levels[LEVEL_GRID];
    pg_array_init(closed, &check->arena, PG_TEXT);
    pg_array_init(all, &check->arena, PG_TEXT);
    for (size_t i = 0; i < level->known_count; i++) {
        const struct shape *known = &level->known[i];
        if (known->act == FEATURE_CLOSED) {
            pg_array_text(closed, known->code);
        }
        if (known->act == FEATURE_CLOSED || known->act == FEATURE_CHANGED) {
            pg_array_text(all, known->code);
        }
    }
}

/* Where it comes to lie; NULL: outside, or it has no place. */
static struct shape *place_of(struct check *check, const struct pg_result *rows, int row) {
    bool placed = !pg_is_null(rows, row, LAT) && check->grids != NULL;
    return placed ? survey_find(check->grids, pg_float8(rows, row, LAT), pg_float8(rows, row, LONG)) : NULL;
}

static bool is_moved(const struct check *check, const struct pg_result *rows, int row, const struct shape *shape) {
    if (shape != NULL) {
        return strcmp(shape->code, pg_text(rows, row, GRID)) != 0;
    }
    const struct code_entry *entry = code_map_find(&check->levels[LEVEL_GRID].by_code, pg_text(rows, row, GRID));
    const struct shape *old = entry == NULL ? NULL : entry->known;
    return !pg_is_null(rows, row, LAT) || (old != NULL && old->act == FEATURE_CLOSED);
}

static enum pd_fate ask(struct check *check, const char *sql, struct pg_array *codes, struct pg_result **ret_rows,
                        struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, &check->arena);
    pg_arg_array(&args, codes);
    return pg_query(check->pg, sql, &args, ret_rows, reterr);
}

static enum pd_fate count_orders(struct check *check, struct pg_array *codes, struct pd_err *reterr) {
    struct pg_result *rows = NULL;
    enum pd_fate fate = ask(check, SQL_READ_ORDERS_OF_GRIDS, codes, &rows, reterr);
    for (int row = 0; fate == PD_OK && row < pg_rows(rows); row++) {
        struct shape *shape = place_of(check, rows, row);
        check->counts.orders_moved += is_moved(check, rows, row, shape);
        if (shape != NULL) {
            shape->orders++;
        }
    }
    pg_release(check->pg);
    return fate;
}

static enum pd_fate count_recipients(struct check *check, struct pg_array *codes, struct pd_err *reterr) {
    struct pg_result *rows = NULL;
    enum pd_fate fate = ask(check, SQL_READ_RECIPIENTS_OF_GRIDS, codes, &rows, reterr);
    for (int row = 0; fate == PD_OK && row < pg_rows(rows); row++) {
        struct shape *shape = place_of(check, rows, row);
        check->counts.recipients_moved += is_moved(check, rows, row, shape);
        if (shape != NULL) {
            shape->recipients++;
        }
    }
    pg_release(check->pg);
    return fate;
}

static enum pd_fate count_workers(struct check *check, struct pg_array *closed, struct pd_err *reterr) {
    struct pg_result *rows = NULL;
    struct pg_args args;
    pg_args_init(&args, &check->arena);
    pg_arg_uuid(&args, check->change->id);
    pg_arg_array(&args, closed);
    enum pd_fate fate = pg_query(check->pg, SQL_COUNT_WORKERS_MOVED, &args, &rows, reterr);
    check->counts.workers_moved = fate == PD_OK ? (int32_t)pg_int8(rows, 0, 0) : 0;
    pg_release(check->pg);
    return fate;
}

/* Those of grids that take the place of others, and what a grid that stays has more of. */
static void count_households(struct check *check) {
    for (size_t i = 0; i < check->feature_count; i++) {
        const struct shape *shape = &check->features[i];
        if (shape->level == LEVEL_GRID && shape->act == FEATURE_ADDED && shape->replaces_count > 0) {
            check->counts.households_moved += shape->households;
        } else if (shape->level == LEVEL_GRID && shape->act == FEATURE_CHANGED &&
                   shape->households > shape->households_before) {
            check->counts.households_moved += shape->households - shape->households_before;
        }
    }
}

enum pd_fate check_preview(struct check *check, struct pd_err *reterr) {
    struct pg_array closed, codes;
    if (check->change->layer > LAYER_SPECIAL) {
        return PD_OK;
    }
    add_codes(check, &closed, &codes);
    count_households(check);
    enum pd_fate fate = count_workers(check, &closed, reterr);
    fate = fate == PD_OK ? count_orders(check, &codes, reterr) : fate;
    return fate == PD_OK ? count_recipients(check, &codes, reterr) : fate;
}
