#include "assign/shell/change_store.h"

#include <string.h>

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
enum takes { TAKES_NOTHING, TAKES_BEGIN, TAKES_NOW, TAKES_BEGIN_NOW, TAKES_BEGIN_NOW_LAYER };

struct apply_step {
    const char *sql; /* NULL ends the list */
    enum takes takes;
};

/* The map itself. */
static const struct apply_step map_steps[] = {
    {SQL_APPLY_DIVISIONS, TAKES_NOTHING},          {SQL_APPLY_SUPERSEDE_DIVISION, TAKES_BEGIN_NOW},
    {SQL_APPLY_SHORTEN_DIVISION, TAKES_BEGIN_NOW}, {SQL_APPLY_OUTLINES, TAKES_BEGIN_NOW},
    {SQL_APPLY_SUPERSEDE_GRID, TAKES_BEGIN_NOW},   {SQL_APPLY_SHORTEN_GRID, TAKES_BEGIN_NOW},
    {SQL_APPLY_GRIDS, TAKES_BEGIN_NOW_LAYER},      {NULL, TAKES_NOTHING},
};

/* What follows it when its time has come. New grids have inherited the posts of those that end. */
static const struct apply_step begin_steps[] = {
    {SQL_APPLY_END_GIVEN_POSTS, TAKES_BEGIN},
    {SQL_APPLY_POSTS, TAKES_BEGIN},
    {SQL_APPLY_END_CLOSED_POSTS, TAKES_BEGIN},
    {SQL_APPLY_WAKE_ORDERS, TAKES_NOW},
    {SQL_APPLY_WAKE_RECIPIENTS, TAKES_NOTHING},
    {SQL_BEGIN_CHANGE, TAKES_NOW},
    {NULL, TAKES_NOTHING},
};

static enum pd_fate run_steps(struct pg *pg, struct pd_arena *arena, const struct apply_step *steps,
                              const struct change_times *change, int64_t now_us, struct pd_err *reterr) {
    /* By themselves: together with what else a batch writes they could be more than one round trip holds. */
    enum pd_fate fate = pg_flush(pg, reterr);
    for (; fate == PD_OK && steps->sql != NULL; steps++) {
        struct pg_args args;
        pg_args_init(&args, arena);
        pg_arg_uuid(&args, change->id);
        if (steps->takes != TAKES_NOTHING && steps->takes != TAKES_NOW) {
            pg_arg_time(&args, change->valid_from_us);
        }
        if (steps->takes != TAKES_NOTHING && steps->takes != TAKES_BEGIN) {
            pg_arg_time(&args, now_us);
        }
        if (steps->takes == TAKES_BEGIN_NOW_LAYER) {
            pg_arg_int2(&args, change->layer);
        }
        fate = pg_queue(pg, steps->sql, &args, reterr);
    }
    return fate == PD_OK ? pg_flush(pg, reterr) : fate;
}

/* The snapshots in memory are old now. */
static enum pd_fate raise_version(struct pg *pg, struct pd_arena *arena, bool map, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, arena);
    pg_arg_bool(&args, map);
    pg_arg_bool(&args, true);
    return pg_queue(pg, SQL_RAISE_CITY_VERSION, &args, reterr);
}

enum pd_fate store_beginning(struct pg *pg, struct pd_arena *arena, const struct change_times *change, int64_t now_us,
                             struct pd_err *reterr) {
    enum pd_fate fate = run_steps(pg, arena, begin_steps, change, now_us, reterr);
    return fate == PD_OK ? raise_version(pg, arena, false, reterr) : fate;
}

static enum pd_fate apply(struct pg *pg, struct pd_arena *arena, const struct grid_change *change, int64_t now_us,
                          struct pd_err *reterr) {
    struct change_times times = {.valid_from_us = change->valid_from_us, .layer = (int16_t)change->layer};
    memcpy(times.id, change->id, sizeof times.id);
    enum pd_fate fate = run_steps(pg, arena, map_steps, &times, now_us, reterr);
    if (fate == PD_OK && change->valid_from_us <= now_us) {
        fate = store_beginning(pg, arena, &times, now_us, reterr);
    }
    return fate == PD_OK ? raise_version(pg, arena, true, reterr) : fate;
}

enum pd_fate store_changes(struct pg *pg, struct pd_arena *arena, const struct change_work *work, int64_t now_us,
                           struct pd_err *reterr) {
    enum pd_fate fate = insert_changes(pg, arena, work, now_us, reterr);
    fate = fate == PD_OK ? insert_posts(pg, arena, work, reterr) : fate;
    fate = fate == PD_OK ? update_changes(pg, arena, work, now_us, reterr) : fate;
    fate = fate == PD_OK ? insert_parts(pg, arena, work, reterr) : fate;
    return fate == PD_OK && work->applied != NULL ? apply(pg, arena, &work->applied->change, now_us, reterr) : fate;
}
