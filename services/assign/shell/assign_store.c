#include "assign/shell/assign_store.h"

#include <string.h>

#include "sql/assign_sql.h"

/* Columns of every SELECT of orders. */
enum column {
    ID,
    REQUEST_ID,
    REQUEST_NUMBER,
    VERSION,
    STATE,
    SERVICE_CODE,
    URGENCY,
    LAT,
    LONG,
    GRID,
    GRID_VERSION,
    WORKER_ID,
    DISPATCH_SEQ,
    QUEUE_REASON,
    RETRY_AT,
    ACCEPTED_AT,
    DISPATCHED_AT,
    SIGNED_AT,
    STARTED_AT,
    FED_BACK_AT,
    UPDATED_AT,
    RESULT,
    FEEDBACK_EVENT,
    REDO_COUNT,
    GRID_NOW,
    HELD,
    FEEDBACK
};

bool order_row(const struct pg_result *r, int row, struct pd_arena *arena, struct order *ret_order) {
    struct order order = {.request_number = pd_strdup(arena, pg_text(r, row, REQUEST_NUMBER)),
                          .service_code = pd_strdup(arena, pg_text(r, row, SERVICE_CODE)),
                          .grid = pd_strdup(arena, pg_text(r, row, GRID)),
                          .grid_now = pd_strdup(arena, pg_text(r, row, GRID_NOW)),
                          .worker_id = pd_strdup(arena, pg_text(r, row, WORKER_ID)),
                          .feedback = pd_strdup(arena, pg_text(r, row, FEEDBACK)),
                          .version = pg_int8(r, row, VERSION),
                          .grid_version = pg_int8(r, row, GRID_VERSION),
                          .state = (enum wo_state)pg_int2(r, row, STATE),
                          .queue_reason = (enum queue_reason)pg_int2(r, row, QUEUE_REASON),
                          .urgency = pg_int2(r, row, URGENCY),
                          .result = pg_int2(r, row, RESULT),
                          .redo_count = pg_int4(r, row, REDO_COUNT),
                          .dispatch_seq = pg_int4(r, row, DISPATCH_SEQ),
                          .held = pg_bool(r, row, HELD),
                          .has_place = !pg_is_null(r, row, LAT),
                          .lat = pg_float8(r, row, LAT),
                          .lng = pg_float8(r, row, LONG),
                          .accepted_at_us = pg_time(r, row, ACCEPTED_AT),
                          .dispatched_at_us = pg_time(r, row, DISPATCHED_AT),
                          .signed_at_us = pg_time(r, row, SIGNED_AT),
                          .started_at_us = pg_time(r, row, STARTED_AT),
                          .fed_back_at_us = pg_time(r, row, FED_BACK_AT),
                          .updated_at_us = pg_time(r, row, UPDATED_AT),
                          .retry_at_us = pg_time(r, row, RETRY_AT)};
    pg_uuid(r, row, ID, order.id);
    pg_uuid(r, row, REQUEST_ID, order.request_id);
    pg_uuid(r, row, FEEDBACK_EVENT, order.feedback_event);
    *ret_order = order;
    return !arena->full;
}

/* ---- writing */

static void add_time(struct pg_array *array, int64_t at_us) {
    if (at_us == 0) {
        pg_array_null(array);
    } else {
        pg_array_time(array, at_us);
    }
}

static void add_id(struct pg_array *array, const uint8_t id[16]) {
    static const uint8_t zeros[16] = {0};
    pg_array_uuid(array, memcmp(id, zeros, sizeof zeros) == 0 ? NULL : id);
}

static void add_text(struct pg_array *array, const char *text) {
    pg_array_text(array, text[0] == '\0' ? NULL : text);
}

/* One array a column, filled row by row. */
struct columns {
    struct pg_array arrays[26];
    size_t count;
    bool of_new; /* with the columns that never change */
};

static void begin(struct columns *columns, struct pd_arena *arena, bool of_new) {
    static const enum pg_type fixed[] = {PG_UUID, PG_TEXT, PG_TEXT, PG_INT2, PG_FLOAT8, PG_FLOAT8, PG_TIMESTAMPTZ};
    static const enum pg_type changing[] = {
        PG_UUID, PG_INT8,        PG_INT2,        PG_TEXT,        PG_INT8,        PG_TEXT,        PG_INT4,
        PG_INT2, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ,
        PG_INT2, PG_UUID,        PG_INT4,        PG_TEXT,        PG_BOOL};
    columns->count = 0;
    columns->of_new = of_new;
    for (size_t i = 0; i < sizeof changing / sizeof changing[0]; i++) {
        pg_array_init(&columns->arrays[columns->count++], arena, changing[i]);
    }
    for (size_t i = 0; of_new && i < sizeof fixed / sizeof fixed[0]; i++) {
        pg_array_init(&columns->arrays[columns->count++], arena, fixed[i]);
    }
}

static void add_order(struct columns *columns, const struct order *order) {
    struct pg_array *a = columns->arrays;
    pg_array_uuid(a++, order->id);
    pg_array_int8(a++, order->version);
    pg_array_int2(a++, (int16_t)order->state);
    add_text(a++, order->grid);
    if (order->grid[0] == '\0') {
        pg_array_null(a++);
    } else {
        pg_array_int8(a++, order->grid_version);
    }
    add_text(a++, order->worker_id);
    pg_array_int4(a++, order->dispatch_seq);
    pg_array_int2(a++, (int16_t)order->queue_reason);
    add_time(a++, order->retry_at_us);
    add_time(a++, order->dispatched_at_us);
    add_time(a++, order->signed_at_us);
    add_time(a++, order->started_at_us);
    add_time(a++, order->fed_back_at_us);
    pg_array_time(a++, order->updated_at_us);
    pg_array_int2(a++, (int16_t)order->result);
    add_id(a++, order->feedback_event);
    pg_array_int4(a++, order->redo_count);
    add_text(a++, order->grid_now);
    pg_array_bool(a++, order->held);
    if (!columns->of_new) {
        return;
    }
    pg_array_uuid(a++, order->request_id);
    pg_array_text(a++, order->request_number);
    pg_array_text(a++, order->service_code);
    pg_array_int2(a++, (int16_t)order->urgency);
    if (order->has_place) {
        pg_array_float8(a++, order->lat);
        pg_array_float8(a++, order->lng);
    } else {
        pg_array_null(a++);
        pg_array_null(a++);
    }
    pg_array_time(a++, order->accepted_at_us);
}

static enum pd_fate queue_arrays(struct pg *pg, struct pd_arena *arena, const char *sql, struct pg_array *arrays,
                                 size_t count, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, arena);
    for (size_t i = 0; i < count; i++) {
        pg_arg_array(&args, &arrays[i]);
    }
    return pg_queue(pg, sql, &args, reterr);
}

enum pd_fate store_orders(struct pg *pg, struct pd_arena *arena, const struct order_view *view, struct pd_err *reterr) {
    struct columns made, changed;
    begin(&made, arena, true);
    begin(&changed, arena, false);
    for (size_t i = 0; i < view->count; i++) {
        const struct order_slot *slot = &view->slots[i];
        if (slot->is_new) {
            add_order(&made, &slot->order);
        } else if (slot->changed) {
            add_order(&changed, &slot->order);
        }
    }
    enum pd_fate fate = PD_OK;
    if (made.arrays[0].count > 0) {
        fate = queue_arrays(pg, arena, SQL_INSERT_ORDERS, made.arrays, made.count, reterr);
    }
    if (fate == PD_OK && changed.arrays[0].count > 0) {
        fate = queue_arrays(pg, arena, SQL_UPDATE_ORDERS, changed.arrays, changed.count, reterr);
    }
    return fate;
}

enum pd_fate store_assignments(struct pg *pg, struct pd_arena *arena, const struct assignment *list,
                               struct pd_err *reterr) {
    struct pg_array ended[3], begun[5];
    static const enum pg_type types[] = {PG_UUID, PG_INT4, PG_TEXT, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ};
    for (size_t i = 0; i < 5; i++) {
        pg_array_init(&begun[i], arena, types[i]);
    }
    pg_array_init(&ended[0], arena, PG_UUID);
    pg_array_init(&ended[1], arena, PG_INT4);
    pg_array_init(&ended[2], arena, PG_TIMESTAMPTZ);
    for (; list != NULL; list = list->next) {
        if (list->started_at_us == 0) {
            pg_array_uuid(&ended[0], list->slot->order.id);
            pg_array_int4(&ended[1], list->dispatch_seq);
            pg_array_time(&ended[2], list->ended_at_us);
            continue;
        }
        pg_array_uuid(&begun[0], list->slot->order.id);
        pg_array_int4(&begun[1], list->dispatch_seq);
        pg_array_text(&begun[2], list->worker_id);
        pg_array_time(&begun[3], list->started_at_us);
        add_time(&begun[4], list->ended_at_us);
    }
    enum pd_fate fate = PD_OK;
    if (ended[0].count > 0) {
        fate = queue_arrays(pg, arena, SQL_END_ASSIGNMENTS, ended, 3, reterr);
    }
    if (fate == PD_OK && begun[0].count > 0) {
        fate = queue_arrays(pg, arena, SQL_INSERT_ASSIGNMENTS, begun, 5, reterr);
    }
    return fate;
}

enum pd_fate store_texts(struct pg *pg, struct pd_arena *arena, const struct said *list, struct pd_err *reterr) {
    struct pg_array columns[4];
    pg_array_init(&columns[0], arena, PG_UUID);
    pg_array_init(&columns[1], arena, PG_UUID);
    pg_array_init(&columns[2], arena, PG_BYTEA);
    pg_array_init(&columns[3], arena, PG_TEXT);
    for (; list != NULL; list = list->next) {
        pg_array_uuid(&columns[0], list->event_id);
        pg_array_uuid(&columns[1], list->request_id);
        pg_array_bytea(&columns[2], list->salt, sizeof list->salt);
        pg_array_text(&columns[3], list->text);
    }
    return columns[0].count == 0 ? PD_OK : queue_arrays(pg, arena, SQL_INSERT_TEXTS, columns, 4, reterr);
}
