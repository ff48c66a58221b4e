#include "assign/shell/change_store.h"

#include "sql/assign_sql.h"

enum column {
    ID,
    VERSION,
    KIND,
    LAYER,
    MODE,
    TITLE,
    TOLERANCE,
    ACCEPT_FINDINGS,
    VALID_FROM,
    STATE,
    VERDICT,
    CHECK_SEQ,
    PROGRESS,
    MAP_VERSION,
    PARTS,
    BYTES,
    ADDED,
    CHANGED,
    CLOSED,
    UNCHANGED,
    FAULTS,
    OVERLAPS,
    GAPS,
    HOUSEHOLDS_MOVED,
    WORKERS_MOVED,
    ORDERS_MOVED,
    RECIPIENTS_MOVED,
    CREATED_AT,
    UPDATED_AT,
    CHECKED_AT,
    APPLIED_AT
};

bool change_row(const struct pg_result *r, int row, struct pd_arena *arena, struct grid_change *ret_change) {
    struct grid_change change = {.version = pg_int8(r, row, VERSION),
                                 .kind = (enum change_kind)pg_int2(r, row, KIND),
                                 .layer = (enum change_layer)pg_int2(r, row, LAYER),
                                 .mode = (enum change_mode)pg_int2(r, row, MODE),
                                 .title = pd_strdup(arena, pg_text(r, row, TITLE)),
                                 .tolerance_m2 = pg_float8(r, row, TOLERANCE),
                                 .accept_findings = pg_bool(r, row, ACCEPT_FINDINGS),
                                 .state = (enum change_state)pg_int2(r, row, STATE),
                                 .verdict = (enum change_verdict)pg_int2(r, row, VERDICT),
                                 .check_seq = pg_int4(r, row, CHECK_SEQ),
                                 .progress = pg_int2(r, row, PROGRESS),
                                 .map_version = pg_int8(r, row, MAP_VERSION),
                                 .parts = pg_int4(r, row, PARTS),
                                 .bytes = pg_int8(r, row, BYTES),
                                 .valid_from_us = pg_time(r, row, VALID_FROM),
                                 .created_at_us = pg_time(r, row, CREATED_AT),
                                 .updated_at_us = pg_time(r, row, UPDATED_AT),
                                 .checked_at_us = pg_time(r, row, CHECKED_AT),
                                 .applied_at_us = pg_time(r, row, APPLIED_AT)};
    change.counts = (struct change_counts){.added = pg_int4(r, row, ADDED),
                                           .changed = pg_int4(r, row, CHANGED),
                                           .closed = pg_int4(r, row, CLOSED),
                                           .unchanged = pg_int4(r, row, UNCHANGED),
                                           .faults = pg_int4(r, row, FAULTS),
                                           .overlaps = pg_int4(r, row, OVERLAPS),
                                           .gaps = pg_int4(r, row, GAPS),
                                           .households_moved = pg_int4(r, row, HOUSEHOLDS_MOVED),
                                           .workers_moved = pg_int4(r, row, WORKERS_MOVED),
                                           .orders_moved = pg_int4(r, row, ORDERS_MOVED),
                                           .recipients_moved = pg_int4(r, row, RECIPIENTS_MOVED)};
    pg_uuid(r, row, ID, change.id);
    *ret_change = change;
    return !arena->full;
}

/* ---- writing */

enum { COLUMNS_MAX = 10 };

static void begin(struct pg_array *columns, struct pd_arena *arena, const enum pg_type *types, size_t count) {
    for (size_t i = 0; i < count; i++) {
        pg_array_init(&columns[i], arena, types[i]);
    }
}

/* now_us: a last parameter; 0: none. Nothing is sent for no rows. */
static enum pd_fate send(struct pg *pg, const char *sql, struct pg_array *columns, size_t count, int64_t now_us,
                         struct pd_err *reterr) {
    struct pg_args args;
    if (columns[0].count == 0) {
        return PD_OK;
    }
    pg_args_init(&args, columns[0].arena);
    for (size_t i = 0; i < count; i++) {
        pg_arg_array(&args, &columns[i]);
    }
    if (now_us != 0) {
        pg_arg_time(&args, now_us);
    }
    return pg_queue(pg, sql, &args, reterr);
}

static void add_time(struct pg_array *column, int64_t at_us) {
    if (at_us == 0) {
        pg_array_null(column);
    } else {
        pg_array_time(column, at_us);
    }
}

static enum pd_fate insert_changes(struct pg *pg, struct pd_arena *arena, const struct change_work *work,
                                   int64_t now_us, struct pd_err *reterr) {
    static const enum pg_type types[] = {PG_UUID, PG_INT8,   PG_INT2, PG_INT2,        PG_INT2,
                                         PG_TEXT, PG_FLOAT8, PG_BOOL, PG_TIMESTAMPTZ, PG_INT2};
    struct pg_array columns[COLUMNS_MAX];
    begin(columns, arena, types, 10);
    for (const struct change_slot *slot = work->slots; slot != NULL; slot = slot->next) {
        const struct grid_change *c = &slot->change;
        if (slot->is_new) {
            struct pg_array *a = columns;
            pg_array_uuid(a++, c->id);
            pg_array_int8(a++, c->version);
            pg_array_int2(a++, (int16_t)c->kind);
            pg_array_int2(a++, (int16_t)c->layer);
            pg_array_int2(a++, (int16_t)c->mode);
            pg_array_text(a++, c->title);
            pg_array_float8(a++, c->tolerance_m2);
            pg_array_bool(a++, c->accept_findings);
            add_time(a++, c->valid_from_us);
            pg_array_int2(a, (int16_t)c->state);
        }
    }
    return send(pg, SQL_INSERT_CHANGES, columns, 10, now_us, reterr);
}

static enum pd_fate insert_posts(struct pg *pg, struct pd_arena *arena, const struct change_work *work,
                                 struct pd_err *reterr) {
    static const enum pg_type types[] = {PG_UUID, PG_TEXT, PG_TEXT, PG_INT2};
    struct pg_array columns[4];
    begin(columns, arena, types, 4);
    for (const struct change_slot *slot = work->slots; slot != NULL; slot = slot->next) {
        for (size_t i = 0; slot->is_new && i < slot->draft->n_posts; i++) {
            const Paidan__Assign__V1__GridWorker *post = slot->draft->posts[i];
            pg_array_uuid(&columns[0], slot->change.id);
            pg_array_text(&columns[1], post->grid);
            pg_array_text(&columns[2], post->worker_id);
            pg_array_int2(&columns[3], (int16_t)post->accountability);
        }
    }
    return send(pg, SQL_INSERT_CHANGE_POSTS, columns, 4, 0, reterr);
}

static enum pd_fate insert_parts(struct pg *pg, struct pd_arena *arena, const struct change_work *work,
                                 struct pd_err *reterr) {
    static const enum pg_type types[] = {PG_UUID, PG_INT4, PG_BYTEA};
    struct pg_array columns[3];
    begin(columns, arena, types, 3);
    for (const struct change_part *part = work->parts; part != NULL; part = part->next) {
        pg_array_uuid(&columns[0], part->slot->change.id);
        pg_array_int4(&columns[1], part->number);
        pg_array_bytea(&columns[2], part->bytes, part->length);
    }
    return send(pg, SQL_INSERT_CHANGE_PARTS, columns, 3, 0, reterr);
}

static enum pd_fate update_changes(struct pg *pg, struct pd_arena *arena, const struct change_work *work,
                                   int64_t now_us, struct pd_err *reterr) {
    static const enum pg_type types[] = {PG_UUID, PG_INT8, PG_INT2, PG_INT2,       PG_INT4,
                                         PG_INT2, PG_INT4, PG_INT8, PG_TIMESTAMPTZ};
    struct pg_array columns[COLUMNS_MAX], over;
    begin(columns, arena, types, 9);
    pg_array_init(&over, arena, PG_UUID);
    for (const struct change_slot *slot = work->slots; slot != NULL; slot = slot->next) {
        const struct grid_change *c = &slot->change;
        if (!slot->changed) {
            continue;
        }
        struct pg_array *a = columns;
        pg_array_uuid(a++, c->id);
        pg_array_int8(a++, c->version);
        pg_array_int2(a++, (int16_t)c->state);
        pg_array_int2(a++, (int16_t)c->verdict);
        pg_array_int4(a++, c->check_seq);
        pg_array_int2(a++, (int16_t)c->progress);
        pg_array_int4(a++, c->parts);
        pg_array_int8(a++, c->bytes);
        add_time(a, c->valid_from_us);
        if (c->state == CHANGE_APPLIED || c->state == CHANGE_WITHDRAWN) {
            pg_array_uuid(&over, c->id);
        }
    }
    enum pd_fate fate = send(pg, SQL_UPDATE_CHANGES, columns, 9, now_us, reterr);
    return fate == PD_OK ? send(pg, SQL_END_CHANGE_PARTS, &over, 1, 0, reterr) : fate;
}

/* ---- applying */

/* Which parameters a statement takes besides the change. */
enum takes { TAKES_NOTHING, TAKES_BEGIN, TAKES_BEGIN_NOW, TAKES_BEGIN_NOW_LAYER, TAKES_WAKE };

static const struct {
    const char *sql;
    enum takes takes;
} steps[] = {
    {SQL_APPLY_DIVISIONS, TAKES_NOTHING},
    {SQL_APPLY_SUPERSEDE_DIVISION, TAKES_BEGIN_NOW},
    {SQL_APPLY_SHORTEN_DIVISION, TAKES_BEGIN_NOW},
    {SQL_APPLY_OUTLINES, TAKES_BEGIN_NOW},
    {SQL_APPLY_SUPERSEDE_GRID, TAKES_BEGIN_NOW},
    {SQL_APPLY_SHORTEN_GRID, TAKES_BEGIN_NOW},
    {SQL_APPLY_GRIDS, TAKES_BEGIN_NOW_LAYER},
    /* New grids inherit the posts of those that end, so that these end afterwards. */
    {SQL_APPLY_END_GIVEN_POSTS, TAKES_BEGIN},
    {SQL_APPLY_POSTS, TAKES_BEGIN},
    {SQL_APPLY_END_CLOSED_POSTS, TAKES_BEGIN_NOW},
    {SQL_APPLY_WAKE_ORDERS, TAKES_WAKE},
    {SQL_APPLY_WAKE_RECIPIENTS, TAKES_NOTHING},
};

static enum pd_fate apply_step(struct pg *pg, struct pd_arena *arena, const char *sql, enum takes takes,
                               const struct grid_change *change, int64_t now_us, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, arena);
    pg_arg_uuid(&args, change->id);
    if (takes == TAKES_BEGIN || takes == TAKES_BEGIN_NOW || takes == TAKES_BEGIN_NOW_LAYER) {
        pg_arg_time(&args, change->valid_from_us);
    }
    if (takes == TAKES_BEGIN_NOW || takes == TAKES_BEGIN_NOW_LAYER) {
        pg_arg_time(&args, now_us);
    }
    if (takes == TAKES_BEGIN_NOW_LAYER) {
        pg_arg_int2(&args, (int16_t)change->layer);
    }
    if (takes == TAKES_WAKE) {
        pg_arg_time(&args, change->valid_from_us > now_us ? change->valid_from_us : now_us);
    }
    return pg_queue(pg, sql, &args, reterr);
}

static enum pd_fate apply(struct pg *pg, struct pd_arena *arena, const struct grid_change *change, int64_t now_us,
                          struct pd_err *reterr) {
    enum pd_fate fate = PD_OK;
    for (size_t i = 0; fate == PD_OK && i < sizeof steps / sizeof steps[0]; i++) {
        fate = apply_step(pg, arena, steps[i].sql, steps[i].takes, change, now_us, reterr);
    }
    struct pg_args args;
    pg_args_init(&args, arena);
    pg_arg_bool(&args, true);
    pg_arg_bool(&args, true);
    return fate == PD_OK ? pg_queue(pg, SQL_RAISE_CITY_VERSION, &args, reterr) : fate;
}

enum pd_fate store_changes(struct pg *pg, struct pd_arena *arena, const struct change_work *work, int64_t now_us,
                           struct pd_err *reterr) {
    enum pd_fate fate = insert_changes(pg, arena, work, now_us, reterr);
    fate = fate == PD_OK ? insert_posts(pg, arena, work, reterr) : fate;
    fate = fate == PD_OK ? update_changes(pg, arena, work, now_us, reterr) : fate;
    fate = fate == PD_OK ? insert_parts(pg, arena, work, reterr) : fate;
    return fate == PD_OK && work->applied != NULL ? apply(pg, arena, &work->applied->change, now_us, reterr) : fate;
}
