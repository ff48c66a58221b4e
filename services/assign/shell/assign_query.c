#include "assign/shell/assign_query.h"

#include <stdlib.h>
#include <string.h>

#include "assign/core/code_rule.h"
#include "assign/shell/assign_locate.h"
#include "assign/shell/assign_store.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/city.h"
#include "assign/shell/place_query.h"
#include "common/base/id.h"
#include "sql/assign_sql.h"

enum {
    PAGE = 50,
    PAGE_MAX = 200,
    STAFF = WO_ROLE_OPERATOR | WO_ROLE_DISPATCHER | WO_ROLE_WORKER | WO_ROLE_SUPERVISOR | WO_ROLE_ADMIN | WO_ROLE_SYSTEM
};

static const int64_t time_min_us = INT64_C(-62135596800000000), time_max_us = INT64_C(253402300799000000);

void assign_no_memory(struct query *query) {
    query_refuse(query, 503, "busy", "too much is asked for at once: try again in a moment");
}

/* The worker whose orders alone may be seen; "" for everybody's; NULL: refused already. */
static const char *only_of(struct query *query) {
    const struct wo_actor *actor = query_actor(query);
    if ((actor->role & STAFF) == 0 || (actor->role == WO_ROLE_WORKER && actor->worker_id[0] == '\0')) {
        query_refuse(query, 403, "forbidden", "orders are for the staff of the platform");
        return NULL;
    }
    return actor->role == WO_ROLE_WORKER ? actor->worker_id : "";
}

/* One statement; false: refused already. */
bool assign_ask_rows(struct query *query, const char *sql, struct pg_args *args, struct pg_result **ret_rows) {
    struct pd_err err;
    enum pd_fate fate = pg_query(query_pg(query), sql, args, ret_rows, &err);
    if (fate != PD_OK) {
        query_fail(query, fate, &err);
    }
    return fate == PD_OK;
}

void assign_answer_get_order(struct query *query) {
    const Paidan__Assign__V1__GetOrderRequest *request =
        (const Paidan__Assign__V1__GetOrderRequest *)query_request(query);
    struct pg_result *rows = NULL;
    struct pg_args args;
    struct order order;
    uint8_t id[16];
    const char *worker_id = only_of(query);
    if (worker_id == NULL) {
        return;
    }
    if (!assign_id(request->id, id)) {
        query_refuse(query, 400, "malformed", "id: must be the UUID of an order");
        return;
    }
    pg_args_init(&args, query_arena(query));
    pg_arg_uuid(&args, id);
    pg_arg_text(&args, worker_id);
    if (!assign_ask_rows(query, SQL_GET_ORDER, &args, &rows)) {
        return;
    }
    if (pg_rows(rows) == 0) {
        query_refuse(query, 404, "not-found", "no such order");
        return;
    }
    Paidan__Assign__V1__WorkOrder *words = NULL;
    if (order_row(rows, 0, query_arena(query), &order)) {
        words = assign_order_words(query_arena(query), &order, query_actor(query));
    }
    if (words == NULL) {
        assign_no_memory(query);
        return;
    }
    if (assign_hint_nearest(query, &order, words) && place_show(query, &order, words)) {
        query_reply(query, &words->base);
    }
}

/* ---- lists */

static const char *statement_of(const Paidan__Assign__V1__ListOrdersRequest *request, const char *worker_id) {
    return request->manual_queue      ? SQL_LIST_MANUAL_QUEUE
           : worker_id[0] != '\0'     ? SQL_LIST_ORDERS_OF_WORKER
           : request->grid[0] != '\0' ? SQL_LIST_ORDERS_OF_GRID
           : (int)request->state != 0 ? SQL_LIST_ORDERS_IN_STATE
                                      : SQL_LIST_ORDERS;
}

/* Fills the parameters; NULL: refused already, else the statement. */
static const char *list_args(struct query *query, struct pg_args *args, int32_t limit) {
    const Paidan__Assign__V1__ListOrdersRequest *request =
        (const Paidan__Assign__V1__ListOrdersRequest *)query_request(query);
    uint8_t after_id[16];
    int64_t after_us = time_max_us;
    const char *own = only_of(query), *worker_id = own == NULL || own[0] == '\0' ? request->worker : own;
    memset(after_id, 0xff, sizeof after_id);
    if (own == NULL) {
        return NULL;
    }
    if (own[0] != '\0' && request->worker[0] != '\0' && strcmp(own, request->worker) != 0) {
        query_refuse(query, 403, "forbidden", "worker: you may list your own orders only");
        return NULL;
    }
    if (text_length(request->grid) < 0 || text_length(request->worker) < 0) {
        query_refuse(query, 400, "malformed", "grid, worker: not UTF-8");
        return NULL;
    }
    if (request->cursor[0] != '\0' && !assign_cursor_read(request->cursor, &after_us, after_id)) {
        query_refuse(query, 400, "malformed", "cursor: take it from next_cursor of the page before");
        return NULL;
    }
    pg_args_init(args, query_arena(query));
    pg_arg_int2(args, (int16_t)((unsigned)request->state < WO_STATE_COUNT ? (int)request->state : -1));
    pg_arg_text(args, request->grid);
    pg_arg_text(args, worker_id);
    pg_arg_time(args, request->from == NULL ? time_min_us : assign_time_us(request->from));
    pg_arg_time(args, request->to == NULL ? time_max_us : assign_time_us(request->to));
    pg_arg_time(args, after_us);
    pg_arg_uuid(args, after_id);
    pg_arg_int4(args, limit + 1); /* one more tells whether there is a next page */
    return statement_of(request, worker_id);
}

void assign_answer_list_orders(struct query *query) {
    const Paidan__Assign__V1__ListOrdersRequest *request =
        (const Paidan__Assign__V1__ListOrdersRequest *)query_request(query);
    struct pd_arena *arena = query_arena(query);
    struct pg_result *rows = NULL;
    struct pg_args args;
    struct order order = {0};
    if (request->limit < 0 || request->limit > PAGE_MAX) {
        query_refuse(query, 400, "malformed", "limit: 1 to 200");
        return;
    }
    int32_t limit = request->limit == 0 ? PAGE : request->limit;
    const char *sql = list_args(query, &args, limit);
    if (sql == NULL || !assign_ask_rows(query, sql, &args, &rows)) {
        return;
    }
    Paidan__Assign__V1__ListOrdersResponse response = PAIDAN__ASSIGN__V1__LIST_ORDERS_RESPONSE__INIT;
    response.orders = pd_alloc_array(arena, (size_t)limit, sizeof(Paidan__Assign__V1__WorkOrder *));
    bool good = response.orders != NULL;
    for (int row = 0; good && row < pg_rows(rows) && row < limit; row++) {
        good = order_row(rows, row, arena, &order);
        Paidan__Assign__V1__WorkOrder *words = good ? assign_order_words(arena, &order, query_actor(query)) : NULL;
        good = words != NULL;
        response.orders[response.n_orders] = words;
        response.n_orders += good ? 1 : 0;
    }
    if (good && pg_rows(rows) > limit) {
        response.next_cursor = assign_cursor_text(arena, order.accepted_at_us, order.id);
        good = response.next_cursor != NULL;
    }
    if (!good) {
        assign_no_memory(query);
        return;
    }
    query_reply(query, &response.base);
}

/* ---- for the other files that answer */

bool assign_freshen(struct query *query, struct city *city) {
    struct pg_result *rows = NULL;
    struct pd_err err;
    if (!assign_ask_rows(query, SQL_READ_CITY_VERSION, NULL, &rows)) {
        return false;
    }
    struct city_version version = {.map = pg_int8(rows, 0, 0), .people = pg_int8(rows, 0, 1)};
    enum pd_fate fate = city_refresh(city, query_pg(query), version, query_now_us(query), &err);
    if (fate != PD_OK) {
        query_fail(query, fate, &err);
    }
    return fate == PD_OK;
}

/* ---- texts */

static Paidan__Assign__V1__EventText *text_words(struct pd_arena *arena, const struct pg_result *rows, int row) {
    Paidan__Assign__V1__EventText *words = pd_alloc(arena, sizeof *words);
    struct pd_id id;
    char *id_text = pd_alloc(arena, PD_ID_TEXT), *text = pd_strdup(arena, pg_text(rows, row, 1));
    if (words == NULL || id_text == NULL || text == NULL) {
        return NULL;
    }
    paidan__assign__v1__event_text__init(words);
    pg_uuid(rows, row, 0, id.b);
    words->event_id = pd_id_text(&id, id_text);
    words->text = text;
    return words;
}

void assign_answer_get_texts(struct query *query) {
    const Paidan__Assign__V1__GetTextsRequest *request =
        (const Paidan__Assign__V1__GetTextsRequest *)query_request(query);
    struct pd_arena *arena = query_arena(query);
    struct pg_result *rows = NULL;
    struct pg_args args;
    uint8_t id[16];
    const char *worker_id = only_of(query);
    if (worker_id == NULL) {
        return;
    }
    if (!assign_id(request->request_id, id)) {
        query_refuse(query, 400, "malformed", "request_id: must be a UUID");
        return;
    }
    pg_args_init(&args, arena);
    pg_arg_uuid(&args, id);
    pg_arg_text(&args, worker_id);
    if (!assign_ask_rows(query, SQL_GET_TEXTS, &args, &rows)) {
        return;
    }
    Paidan__Assign__V1__GetTextsResponse response = PAIDAN__ASSIGN__V1__GET_TEXTS_RESPONSE__INIT;
    response.texts = pd_alloc_array(arena, (size_t)pg_rows(rows) + 1, sizeof(Paidan__Assign__V1__EventText *));
    for (int row = 0; response.texts != NULL && row < pg_rows(rows); row++) {
        if (!pg_is_null(rows, row, 0)) {
            response.texts[response.n_texts++] = text_words(arena, rows, row);
        }
    }
    if (arena->full) {
        assign_no_memory(query);
        return;
    }
    query_reply(query, &response.base);
}
