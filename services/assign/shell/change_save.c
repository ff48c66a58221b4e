#include <string.h>

#include "assign/shell/change_check_inner.h"
#include "sql/assign_sql.h"

/* Rows and bytes of one statement. */
enum { ROWS_MAX = 1000, BYTES_MAX = 8 * 1024 * 1024, STAGING_MAX = 256 * 1024 * 1024 };
enum { FEATURE_COLUMNS = 15, FAULT_COLUMNS = 10 };

struct staging {
    struct check *check;
    struct pd_arena arena; /* of the statement being filled */
    struct pg_array columns[FEATURE_COLUMNS];
    const char *sql;
    const enum pg_type *types;
    size_t count;
    size_t bytes;
    int32_t next; /* index of the next row */
};

static void begin(struct staging *staging) {
    pd_arena_reset(&staging->arena);
    staging->bytes = 0;
    for (size_t i = 0; i < staging->count; i++) {
        pg_array_init(&staging->columns[i], &staging->arena, staging->types[i]);
    }
}

static enum pd_fate send(struct staging *staging, struct pd_err *reterr) {
    struct pg_args args;
    if (staging->columns[0].count == 0) {
        return PD_OK;
    }
    pg_args_init(&args, &staging->arena);
    pg_arg_uuid(&args, staging->check->change->id);
    for (size_t i = 0; i < staging->count; i++) {
        pg_arg_array(&args, &staging->columns[i]);
    }
    enum pd_fate fate = check_run_sql(staging->check, staging->sql, &args, reterr);
    begin(staging);
    return fate;
}

/* After each row. */
static enum pd_fate send_when_full(struct staging *staging, size_t bytes, struct pd_err *reterr) {
    staging->bytes += bytes;
    bool full = staging->columns[0].count >= ROWS_MAX || staging->bytes >= BYTES_MAX;
    return full ? send(staging, reterr) : PD_OK;
}

static void open_staging(struct staging *staging, struct check *check, const char *sql, const enum pg_type *types,
                         size_t count, int32_t first) {
    *staging = (struct staging){.check = check, .sql = sql, .types = types, .count = count, .next = first};
    pd_arena_init(&staging->arena, 1 << 20, STAGING_MAX);
    begin(staging);
}

static const char *join(struct pd_arena *arena, const struct shape *shape) {
    char *text = pd_strdup(arena, "");
    for (size_t i = 0; text != NULL && i < shape->replaces_count; i++) {
        text = pd_format(arena, "%s%s%s", text, i == 0 ? "" : ",", shape->replaces[i]);
    }
    return text == NULL ? "" : text;
}

static enum pd_fate stage(struct staging *staging, const struct shape *shape, struct pd_err *reterr) {
    struct pg_array *a = staging->columns;
    pg_array_int4(a++, staging->next++);
    pg_array_text(a++, shape->code);
    pg_array_int2(a++, (int16_t)shape->level);
    pg_array_int2(a++, (int16_t)shape->act);
    pg_array_text(a++, shape->name);
    pg_array_text(a++, shape->level == LEVEL_CITY ? NULL : shape->parent);
    pg_array_int4(a++, shape->households);
    pg_array_text(a++, join(&staging->arena, shape));
    pg_array_bytea(a++, shape->wkb, shape->length);
    pg_array_float8(a++, shape->box.west);
    pg_array_float8(a++, shape->box.south);
    pg_array_float8(a++, shape->box.east);
    pg_array_float8(a++, shape->box.north);
    pg_array_int4(a++, shape->orders);
    pg_array_int4(a, shape->recipients);
    return send_when_full(staging, shape->length, reterr);
}

/* The features of a clean form, each code once; then what ends. */
static enum pd_fate save_features(struct check *check, struct pd_err *reterr) {
    static const enum pg_type types[FEATURE_COLUMNS] = {PG_INT4,   PG_TEXT,   PG_INT2,   PG_INT2,  PG_TEXT,
                                                        PG_TEXT,   PG_INT4,   PG_TEXT,   PG_BYTEA, PG_FLOAT8,
                                                        PG_FLOAT8, PG_FLOAT8, PG_FLOAT8, PG_INT4,  PG_INT4};
    struct staging staging;
    enum pd_fate fate = PD_OK;
    open_staging(&staging, check, SQL_INSERT_CHANGE_FEATURES, types, FEATURE_COLUMNS, 1);
    for (int level = LEVEL_CITY; fate == PD_OK && level < LEVEL_END; level++) {
        const struct check_level *l = &check->levels[level];
        for (size_t i = 0; fate == PD_OK && i < l->result_count; i++) {
            fate = l->result[i]->feature < 0 ? PD_OK : stage(&staging, l->result[i], reterr);
        }
        for (size_t i = 0; fate == PD_OK && i < l->closed_count; i++) {
            fate = stage(&staging, l->closed[i], reterr);
        }
    }
    fate = fate == PD_OK ? send(&staging, reterr) : fate;
    pd_arena_fini(&staging.arena);
    return fate;
}

static enum pd_fate save_faults(struct check *check, struct pd_err *reterr) {
    static const enum pg_type types[FAULT_COLUMNS] = {PG_INT4, PG_INT4,   PG_TEXT,   PG_TEXT,   PG_INT2,
                                                      PG_TEXT, PG_FLOAT8, PG_FLOAT8, PG_FLOAT8, PG_BYTEA};
    struct staging staging;
    enum pd_fate fate = PD_OK;
    open_staging(&staging, check, SQL_INSERT_CHANGE_FAULTS, types, FAULT_COLUMNS, 1);
    for (const struct change_fault *f = check->faults.first; fate == PD_OK && f != NULL; f = f->next) {
        struct pg_array *a = staging.columns;
        pg_array_int4(a++, staging.next++);
        pg_array_int4(a++, f->feature);
        pg_array_text(a++, f->code);
        pg_array_text(a++, f->other);
        pg_array_int2(a++, (int16_t)f->kind);
        pg_array_text(a++, f->detail);
        pg_array_float8(a++, f->lat);
        pg_array_float8(a++, f->lng);
        pg_array_float8(a++, f->area_m2);
        if (f->outline == NULL) {
            pg_array_null(a);
        } else {
            pg_array_bytea(a, f->outline, f->length);
        }
        fate = send_when_full(&staging, f->length, reterr);
    }
    fate = fate == PD_OK ? send(&staging, reterr) : fate;
    pd_arena_fini(&staging.arena);
    return fate;
}

static void count_findings(struct check *check) {
    check->counts.faults = (int32_t)check->faults.count;
    check->counts.overlaps = (int32_t)check->faults.overlaps;
    check->counts.gaps = (int32_t)check->faults.gaps;
}

static enum pd_fate save_verdict(struct check *check, struct pd_err *reterr) {
    const struct change_counts *c = &check->counts;
    const struct grid_change *change = check->change;
    bool clean = c->faults == 0 && (change->accept_findings || c->overlaps + c->gaps == 0);
    struct change_facts facts = {change->kind, change->state, CHECK_RUNNING, WO_ROLE_SYSTEM};
    enum change_state to = change->state;
    if (change_check(clean ? ACT_PASS : ACT_FAIL, &facts, &to) != CHANGE_OK) {
        to = change->state;
    }
    const int32_t counts[] = {c->added,           c->changed, c->closed,           c->unchanged,     c->faults,
                              c->overlaps,        c->gaps,    c->households_moved, c->workers_moved, c->orders_moved,
                              c->recipients_moved};
    struct pg_args args;
    pg_args_init(&args, &check->arena);
    pg_arg_uuid(&args, change->id);
    pg_arg_int2(&args, (int16_t)to);
    pg_arg_int2(&args, (int16_t)(clean ? CHECK_CLEAN : CHECK_FAULTY));
    pg_arg_int8(&args, check->map_version);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        pg_arg_int4(&args, counts[i]);
    }
    pg_arg_time(&args, check->now_us);
    return check_run_sql(check, SQL_SAVE_CHANGE_VERDICT, &args, reterr);
}

/* The row first: the writer waits for it, and nothing else is waited for from there on. */
static enum pd_fate lock(struct check *check, bool *ret_wanted, struct pd_err *reterr) {
    struct pg_result *rows = NULL;
    struct pg_args args;
    pg_args_init(&args, &check->arena);
    pg_arg_uuid(&args, check->change->id);
    pg_arg_int4(&args, check->change->check_seq);
    enum pd_fate fate = pg_query(check->pg, SQL_LOCK_CHECKED_CHANGE, &args, &rows, reterr);
    *ret_wanted = fate == PD_OK && pg_rows(rows) == 1;
    return fate;
}

static enum pd_fate forget(struct check *check, const char *sql, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, &check->arena);
    pg_arg_uuid(&args, check->change->id);
    return check_run_sql(check, sql, &args, reterr);
}

enum pd_fate check_save(struct check *check, struct pd_err *reterr) {
    bool wanted = false;
    count_findings(check);
    enum pd_fate fate = pg_begin(check->pg, reterr);
    fate = fate == PD_OK ? lock(check, &wanted, reterr) : fate;
    if (fate != PD_OK || !wanted) {
        pg_rollback(check->pg);
        return fate;
    }
    fate = forget(check, SQL_END_CHANGE_FEATURES, reterr);
    fate = fate == PD_OK ? forget(check, SQL_END_CHANGE_FAULTS, reterr) : fate;
    fate = fate == PD_OK ? save_features(check, reterr) : fate;
    fate = fate == PD_OK ? save_faults(check, reterr) : fate;
    fate = fate == PD_OK ? save_verdict(check, reterr) : fate;
    fate = fate == PD_OK ? pg_commit(check->pg, reterr) : fate;
    if (fate != PD_OK) {
        pg_rollback(check->pg);
    }
    pg_release(check->pg);
    return fate;
}
