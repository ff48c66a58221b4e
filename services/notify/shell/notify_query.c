#include "notify/shell/notify_query.h"

#include <string.h>

#include "common/base/id.h"
#include "common/relay/engine.h"
#include "notify/shell/notify_store.h"
#include "notify/shell/notify_words.h"
#include "sql/notify_sql.h"

enum { PAGE_MAX = 200, ORDER_MAX = 1000, OVERSEERS = WO_ROLE_DISPATCHER | WO_ROLE_SUPERVISOR | WO_ROLE_ADMIN };

/* Runs the statement and answers with its rows in the words of the wire; false: refused already. */
static bool deliveries(struct query *query, const char *sql, struct pg_args *args,
                       Paidan__Notify__V1__Delivery ***ret_list, size_t *ret_count) {
    struct pd_arena *arena = query_arena(query);
    struct pg_result *result = NULL;
    struct pd_err err;
    enum pd_fate fate = pg_query(query_pg(query), sql, args, &result, &err);
    if (fate != PD_OK) {
        query_fail(query, fate, &err);
        return false;
    }
    size_t count = (size_t)pg_rows(result);
    Paidan__Notify__V1__Delivery **list = pd_alloc_array(arena, count + 1, sizeof *list);
    for (size_t i = 0; list != NULL && i < count; i++) {
        struct notify_delivery row;
        list[i] = notify_row(result, (int)i, arena, &row) ? notify_delivery_words(arena, &row) : NULL;
        if (list[i] == NULL) {
            list = NULL;
        }
    }
    pg_release(query_pg(query));
    if (list == NULL) {
        query_refuse(query, 503, "busy", "too much is asked for at once: try again in a moment");
        return false;
    }
    *ret_list = list;
    *ret_count = count;
    return true;
}

/* Whose deliveries the actor may see; NULL: refused already. */
static const char *worker_to_show(struct query *query, const char *wanted) {
    const struct wo_actor *actor = query_actor(query);
    if (actor->role == WO_ROLE_WORKER) {
        if (actor->worker_id[0] == '\0' || (wanted[0] != '\0' && strcmp(wanted, actor->worker_id) != 0)) {
            query_refuse(query, 403, "forbidden", "a worker may read his own deliveries only");
            return NULL;
        }
        return actor->worker_id;
    }
    if ((actor->role & OVERSEERS) == 0) {
        query_refuse(query, 403, "forbidden",
                     "only the worker, dispatchers, supervisors and admins may read deliveries");
        return NULL;
    }
    if (wanted[0] == '\0') {
        query_refuse(query, 400, "malformed", "worker_id: name the worker");
        return NULL;
    }
    return wanted;
}

void notify_answer_undelivered(struct query *query) {
    const Paidan__Notify__V1__UndeliveredRequest *request =
        (const Paidan__Notify__V1__UndeliveredRequest *)query_request(query);
    const char *worker_id = worker_to_show(query, request->worker_id);
    if (worker_id == NULL) {
        return;
    }
    struct pd_id after = {{0}};
    if (request->after[0] != '\0' && !pd_id_parse(request->after, strlen(request->after), &after)) {
        query_refuse(query, 400, "malformed", "after: the id of the last delivery of the page before");
        return;
    }
    struct pg_args args;
    pg_args_init(&args, query_arena(query));
    pg_arg_text(&args, worker_id);
    pg_arg_uuid(&args, after.b);
    pg_arg_int4(&args, request->limit <= 0 || request->limit > PAGE_MAX ? PAGE_MAX : request->limit);
    Paidan__Notify__V1__UndeliveredResponse response = PAIDAN__NOTIFY__V1__UNDELIVERED_RESPONSE__INIT;
    if (deliveries(query, SQL_READ_UNDELIVERED, &args, &response.deliveries, &response.n_deliveries)) {
        query_reply(query, &response.base);
    }
}

void notify_answer_list_deliveries(struct query *query) {
    const Paidan__Notify__V1__ListDeliveriesRequest *request =
        (const Paidan__Notify__V1__ListDeliveriesRequest *)query_request(query);
    struct pd_id order_id;
    if ((query_actor(query)->role & (OVERSEERS | WO_ROLE_OPERATOR)) == 0) {
        query_refuse(query, 403, "forbidden",
                     "only operators, dispatchers, supervisors and admins may read an order's deliveries");
        return;
    }
    if (!pd_id_parse(request->order_id, strlen(request->order_id), &order_id)) {
        query_refuse(query, 400, "malformed", "order_id must be a UUID");
        return;
    }
    struct pg_args args;
    pg_args_init(&args, query_arena(query));
    pg_arg_uuid(&args, order_id.b);
    pg_arg_int4(&args, ORDER_MAX);
    Paidan__Notify__V1__ListDeliveriesResponse response = PAIDAN__NOTIFY__V1__LIST_DELIVERIES_RESPONSE__INIT;
    if (deliveries(query, SQL_READ_BY_ORDER, &args, &response.deliveries, &response.n_deliveries)) {
        query_reply(query, &response.base);
    }
}
