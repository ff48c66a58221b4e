#include "notify/shell/notify_store.h"

#include "sql/notify_sql.h"

/* Columns of every SELECT and of the INSERT, in this order. */
enum column {
    ID,
    KIND,
    ORDER_ID,
    REQUEST_ID,
    DISPATCH_SEQ,
    URGENCY,
    ATTEMPTS,
    CREATED_AT,
    ACKNOWLEDGED_AT,
    SUPERSEDED_AT,
    NEXT_PUSH_AT,
    REQUEST_NUMBER,
    WORKER_ID,
    SERVICE_CODE,
    HELD_AT,
    COLUMN_COUNT
};

static const enum pg_type column_types[COLUMN_COUNT] = {
    [ID] = PG_UUID,
    [KIND] = PG_INT2,
    [ORDER_ID] = PG_UUID,
    [REQUEST_ID] = PG_UUID,
    [DISPATCH_SEQ] = PG_INT4,
    [URGENCY] = PG_INT2,
    [ATTEMPTS] = PG_INT2,
    [CREATED_AT] = PG_TIMESTAMPTZ,
    [ACKNOWLEDGED_AT] = PG_TIMESTAMPTZ,
    [SUPERSEDED_AT] = PG_TIMESTAMPTZ,
    [NEXT_PUSH_AT] = PG_TIMESTAMPTZ,
    [REQUEST_NUMBER] = PG_TEXT,
    [WORKER_ID] = PG_TEXT,
    [SERVICE_CODE] = PG_TEXT,
    [HELD_AT] = PG_TIMESTAMPTZ,
};

bool notify_row(const struct pg_result *result, int row, struct pd_arena *arena, struct notify_delivery *ret_delivery) {
    struct notify_delivery d = {
        .kind = (enum notify_kind)pg_int2(result, row, KIND),
        .dispatch_seq = pg_int4(result, row, DISPATCH_SEQ),
        .urgency = pg_int2(result, row, URGENCY),
        .attempts = pg_int2(result, row, ATTEMPTS),
        .created_at_us = pg_time(result, row, CREATED_AT),
        .acknowledged_at_us = pg_time(result, row, ACKNOWLEDGED_AT),
        .superseded_at_us = pg_time(result, row, SUPERSEDED_AT),
        .next_push_at_us = pg_time(result, row, NEXT_PUSH_AT),
        .held_at_us = pg_time(result, row, HELD_AT),
        .request_number = pd_strdup(arena, pg_text(result, row, REQUEST_NUMBER)),
        .worker_id = pd_strdup(arena, pg_text(result, row, WORKER_ID)),
        .service_code = pd_strdup(arena, pg_text(result, row, SERVICE_CODE)),
    };
    if (d.request_number == NULL || d.worker_id == NULL || d.service_code == NULL) {
        return false;
    }
    pg_uuid(result, row, ID, d.id);
    pg_uuid(result, row, ORDER_ID, d.order_id);
    pg_uuid(result, row, REQUEST_ID, d.request_id);
    *ret_delivery = d;
    return true;
}

static void put_time(struct pg_array *array, int64_t at_us) {
    if (at_us == 0) {
        pg_array_null(array);
    } else {
        pg_array_time(array, at_us);
    }
}

enum pd_fate notify_store_update(struct pg *pg, struct pd_arena *arena, const struct notify_view *view,
                                 struct pd_err *reterr) {
    static const enum column columns[] = {ID, ACKNOWLEDGED_AT, SUPERSEDED_AT, ATTEMPTS, NEXT_PUSH_AT, HELD_AT};
    enum { COUNT = sizeof columns / sizeof columns[0] };
    struct pg_array arrays[COUNT];
    for (size_t c = 0; c < COUNT; c++) {
        pg_array_init(&arrays[c], arena, column_types[columns[c]]);
    }
    size_t changed = 0;
    for (size_t i = 0; i < view->count; i++) {
        const struct notify_delivery *d = &view->deliveries[i];
        if (!d->changed) {
            continue;
        }
        changed++;
        pg_array_uuid(&arrays[0], d->id);
        put_time(&arrays[1], d->acknowledged_at_us);
        put_time(&arrays[2], d->superseded_at_us);
        pg_array_int2(&arrays[3], (int16_t)d->attempts);
        put_time(&arrays[4], d->next_push_at_us);
        put_time(&arrays[5], d->held_at_us);
    }
    if (changed == 0) {
        return PD_OK;
    }
    struct pg_args args;
    pg_args_init(&args, arena);
    for (size_t c = 0; c < COUNT; c++) {
        pg_arg_array(&args, &arrays[c]);
    }
    return pg_queue(pg, SQL_UPDATE_DELIVERIES, &args, reterr);
}

static void put_fresh(struct pg_array arrays[COLUMN_COUNT], const struct notify_delivery *d) {
    pg_array_uuid(&arrays[ID], d->id);
    pg_array_int2(&arrays[KIND], (int16_t)d->kind);
    pg_array_uuid(&arrays[ORDER_ID], d->order_id);
    pg_array_uuid(&arrays[REQUEST_ID], d->request_id);
    pg_array_int4(&arrays[DISPATCH_SEQ], d->dispatch_seq);
    pg_array_int2(&arrays[URGENCY], (int16_t)d->urgency);
    pg_array_int2(&arrays[ATTEMPTS], (int16_t)d->attempts);
    put_time(&arrays[CREATED_AT], d->created_at_us);
    put_time(&arrays[ACKNOWLEDGED_AT], d->acknowledged_at_us);
    put_time(&arrays[SUPERSEDED_AT], d->superseded_at_us);
    put_time(&arrays[NEXT_PUSH_AT], d->next_push_at_us);
    pg_array_text(&arrays[REQUEST_NUMBER], d->request_number);
    pg_array_text(&arrays[WORKER_ID], d->worker_id);
    pg_array_text(&arrays[SERVICE_CODE], d->service_code);
    put_time(&arrays[HELD_AT], d->held_at_us);
}

enum pd_fate notify_store_insert(struct pg *pg, struct pd_arena *arena, const struct notify_view *view,
                                 struct pd_err *reterr) {
    struct pg_array arrays[COLUMN_COUNT];
    for (int c = 0; c < COLUMN_COUNT; c++) {
        pg_array_init(&arrays[c], arena, column_types[c]);
    }
    size_t fresh = 0;
    for (size_t i = 0; i < view->count; i++) {
        if (view->deliveries[i].fresh) {
            put_fresh(arrays, &view->deliveries[i]);
            fresh++;
        }
    }
    if (fresh == 0) {
        return PD_OK;
    }
    struct pg_args args;
    pg_args_init(&args, arena);
    for (int c = 0; c < COLUMN_COUNT; c++) {
        pg_arg_array(&args, &arrays[c]);
    }
    return pg_queue(pg, SQL_INSERT_DELIVERIES, &args, reterr);
}
