#include "assign/shell/recipient_store.h"
#include "sql/assign_sql.h"

enum { NEW_COLUMNS = 8, CHANGED_COLUMNS = 4 };

static void init_arrays(struct pg_array *arrays, const enum pg_type *types, size_t count, struct pd_arena *arena) {
    for (size_t i = 0; i < count; i++) {
        pg_array_init(&arrays[i], arena, types[i]);
    }
}

static void add_arrays(struct pg_args *args, struct pg_array *arrays, size_t count) {
    for (size_t i = 0; i < count; i++) {
        pg_arg_array(args, &arrays[i]);
    }
}

/* In the order of sql/insert_recipients.sql. */
static void put_new(struct pg_array *a, const struct recipient *row) {
    pg_array_uuid(a++, row->id);
    pg_array_int8(a++, row->version);
    pg_array_int2(a++, (int16_t)row->category);
    pg_array_float8(a++, row->lat);
    pg_array_float8(a++, row->lng);
    pg_array_text(a++, row->grid);
    pg_array_bytea(a++, row->secret.wrapped.data, row->secret.wrapped.length);
    pg_array_bytea(a, row->secret.sealed.data, row->secret.sealed.length);
}

/* In the order of sql/update_recipients.sql. */
static void put_changed(struct pg_array *a, const struct recipient *row) {
    pg_array_uuid(a++, row->id);
    pg_array_int8(a++, row->version);
    if (row->unmarked_at_us == 0) {
        pg_array_null(a++);
    } else {
        pg_array_time(a++, row->unmarked_at_us);
    }
    pg_array_bool(a, row->secret.wrapped.data == NULL);
}

static enum pd_fate save_rows(struct batch *batch, const struct recipient_work *work, struct pg *pg,
                              struct pd_err *reterr) {
    static const enum pg_type new_types[NEW_COLUMNS] = {PG_UUID,   PG_INT8, PG_INT2,  PG_FLOAT8,
                                                        PG_FLOAT8, PG_TEXT, PG_BYTEA, PG_BYTEA};
    static const enum pg_type changed_types[CHANGED_COLUMNS] = {PG_UUID, PG_INT8, PG_TIMESTAMPTZ, PG_BOOL};
    struct pg_array made[NEW_COLUMNS], changed[CHANGED_COLUMNS];
    struct pg_args args;
    init_arrays(made, new_types, NEW_COLUMNS, batch_arena(batch));
    init_arrays(changed, changed_types, CHANGED_COLUMNS, batch_arena(batch));
    for (size_t i = 0; i < work->count; i++) {
        if (work->slots[i].is_new) {
            put_new(made, &work->slots[i].row);
        } else if (work->slots[i].changed) {
            put_changed(changed, &work->slots[i].row);
        }
    }
    enum pd_fate fate = PD_OK;
    if (made[0].count > 0) {
        pg_args_init(&args, batch_arena(batch));
        pg_arg_time(&args, batch_now_us(batch));
        add_arrays(&args, made, NEW_COLUMNS);
        fate = pg_queue(pg, SQL_INSERT_RECIPIENTS, &args, reterr);
    }
    if (fate == PD_OK && changed[0].count > 0) {
        pg_args_init(&args, batch_arena(batch));
        add_arrays(&args, changed, CHANGED_COLUMNS);
        fate = pg_queue(pg, SQL_UPDATE_RECIPIENTS, &args, reterr);
    }
    return fate;
}

enum pd_fate recipient_save(struct batch *batch, const struct recipient_work *work, struct pg *pg,
                            struct pd_err *reterr) {
    static const enum pg_type types[] = {PG_UUID, PG_UUID, PG_BYTEA};
    struct pg_array arrays[3];
    struct pg_args args;
    enum pd_fate fate = save_rows(batch, work, pg, reterr);
    if (fate != PD_OK || work->said == NULL) {
        return fate;
    }
    init_arrays(arrays, types, 3, batch_arena(batch));
    for (const struct recipient_said *said = work->said; said != NULL; said = said->next) {
        pg_array_uuid(&arrays[0], said->recipient_id);
        pg_array_uuid(&arrays[1], said->event_id);
        pg_array_bytea(&arrays[2], said->sealed.data, said->sealed.length);
    }
    pg_args_init(&args, batch_arena(batch));
    add_arrays(&args, arrays, 3);
    return pg_queue(pg, SQL_INSERT_RECIPIENT_TEXTS, &args, reterr);
}
