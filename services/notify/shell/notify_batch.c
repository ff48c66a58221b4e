#include "notify/shell/notify_batch.h"

#include <assert.h>
#include <string.h>

#include "common/base/id.h"
#include "notify/core/notify_step.h"
#include "notify/shell/notify_push.h"
#include "notify/shell/notify_store.h"
#include "notify/shell/notify_words.h"
#include "paidan/assign/v1/assign.pb-c.h"
#include "paidan/notify/v1/notify.pb-c.h"
#include "sql/notify_sql.h"

/* What one batch asks for and knows; the engine's view slot. */
struct notify_work {
    struct notify_view view;
    size_t orders, deliveries; /* ids asked for */
    bool tick;
};

static enum pd_fate no_memory(struct pd_err *reterr) {
    return pd_fail(reterr, PD_REFUSED, "ARENA", "the batch is out of memory"); /* halves need less */
}

static enum pd_fate queue_ids(struct pg *pg, struct pd_arena *arena, const char *sql, struct pg_array *ids,
                              struct pd_err *reterr) {
    if (ids->count == 0) {
        return PD_OK;
    }
    struct pg_args args;
    pg_args_init(&args, arena);
    pg_arg_array(&args, ids);
    return pg_queue(pg, sql, &args, reterr);
}

static enum pd_fate queue_due(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, batch_arena(batch));
    pg_arg_time(&args, batch_now_us(batch));
    pg_arg_int4(&args, NOTIFY_TICK_MAX);
    return pg_queue(pg, SQL_LOCK_DUE, &args, reterr);
}

/* The id that a command names; NULL when it is none. */
static uint8_t *delivery_id_of(struct batch *batch, struct input *input) {
    const Paidan__Notify__V1__AcknowledgeRequest *request =
        (const Paidan__Notify__V1__AcknowledgeRequest *)input->message;
    struct pd_id *id = batch_alloc(batch, sizeof *id);
    if (id == NULL || !pd_id_parse(request->delivery_id, strlen(request->delivery_id), id)) {
        return NULL;
    }
    return id->b;
}

enum pd_fate notify_ask(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    struct pd_arena *arena = batch_arena(batch);
    struct notify_work *work = batch_alloc(batch, sizeof *work);
    if (work == NULL) {
        return no_memory(reterr);
    }
    batch_set_view(batch, work);
    struct pg_array orders, deliveries;
    pg_array_init(&orders, arena, PG_UUID);
    pg_array_init(&deliveries, arena, PG_UUID);
    for (size_t i = 0; i < batch_count(batch); i++) {
        struct input *input = batch_input(batch, i);
        switch (input->kind) {
        case INPUT_EVENT:
            pg_array_uuid(&orders, input->event.aggregate_id);
            break;
        case INPUT_COMMAND:
            input->work = delivery_id_of(batch, input);
            if (input->work != NULL) {
                pg_array_uuid(&deliveries, input->work);
            }
            break;
        case INPUT_TIMER:
            work->tick = true;
            break;
        }
    }
    work->orders = orders.count;
    work->deliveries = deliveries.count;
    enum pd_fate fate = queue_ids(pg, arena, SQL_LOCK_BY_ORDER, &orders, reterr);
    if (fate == PD_OK) {
        fate = queue_ids(pg, arena, SQL_LOCK_BY_ID, &deliveries, reterr);
    }
    if (fate == PD_OK && work->tick) {
        fate = queue_due(batch, pg, reterr);
    }
    return fate;
}

static bool put_rows(struct notify_view *view, struct pd_arena *arena, const struct pg_result *result, bool due) {
    for (int row = 0; row < pg_rows(result); row++) {
        struct notify_delivery stored;
        if (!notify_row(result, row, arena, &stored)) {
            return false;
        }
        struct notify_delivery *delivery = notify_view_put(view, &stored);
        assert(delivery != NULL);
        delivery->due = delivery->due || due;
    }
    return true;
}

enum pd_fate notify_read(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    struct notify_work *work = batch_view(batch);
    struct pd_arena *arena = batch_arena(batch);
    const struct pg_result *results[] = {work->orders > 0 ? pg_take(pg) : NULL,
                                         work->deliveries > 0 ? pg_take(pg) : NULL, work->tick ? pg_take(pg) : NULL};
    size_t capacity = 2 * batch_count(batch); /* an event makes at most an assignment and a withdrawal */
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        capacity += results[i] == NULL ? 0 : (size_t)pg_rows(results[i]);
    }
    struct notify_delivery *deliveries = pd_alloc_array(arena, capacity, sizeof *deliveries);
    struct notify_delivery **heads = pd_alloc_array(arena, 2 * notify_view_buckets(capacity), sizeof(void *));
    if (deliveries == NULL || heads == NULL) {
        return no_memory(reterr);
    }
    notify_view_init(&work->view, deliveries, capacity, heads);
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        if (results[i] != NULL && !put_rows(&work->view, arena, results[i], i == 2)) {
            return no_memory(reterr);
        }
    }
    return PD_OK;
}

static enum notify_verdict step_fact(struct batch *batch, enum wo_event event, struct notify_view *view,
                                     const struct notify_fact *fact) {
    int64_t now_us = batch_now_us(batch);
    uint8_t fresh_id[16], withdrawal_id[16];
    batch_new_id(batch, withdrawal_id);
    batch_new_id(batch, fresh_id);
    return event == WO_EV_DISPATCH     ? notify_step_dispatch(view, fact, now_us, fresh_id)
           : event == WO_EV_REASSIGN   ? notify_step_reassign(view, fact, now_us, fresh_id, withdrawal_id)
           : event == WO_EV_DUTY_END   ? notify_step_hold(view, fact, now_us)
           : event == WO_EV_DUTY_BEGIN ? notify_step_release(view, fact, now_us)
                                       : notify_step_withdraw(view, fact, now_us, fresh_id);
}

static void decide_fact(struct batch *batch, struct input *input, struct notify_view *view) {
    const Paidan__Assign__V1__OrderEvent *order = (const Paidan__Assign__V1__OrderEvent *)input->message;
    if (order == NULL) {
        batch_poison(batch, input, "the event's payload cannot be read");
        return;
    }
    struct notify_fact fact = {.order_id = input->event.aggregate_id,
                               .request_id = input->event.request_id,
                               .dispatch_seq = order->dispatch_seq,
                               .urgency = (int32_t)order->urgency,
                               .request_number = order->number,
                               .worker_id = order->worker_id,
                               .service_code = order->service_code,
                               .worker_away = order->worker_away};
    enum notify_verdict verdict = step_fact(batch, input->event.type, view, &fact);
    assert(verdict != NOTIFY_FULL);
    if (verdict == NOTIFY_NO_WORKER) {
        batch_poison(batch, input, "the dispatch names no worker");
    }
}

static void announce(struct batch *batch, const struct input *input, const struct notify_delivery *delivery) {
    struct pd_id order_id;
    char order_text[PD_ID_TEXT], channel[] = "app", *worker_id = pd_strdup(batch_arena(batch), delivery->worker_id);
    memcpy(order_id.b, delivery->order_id, sizeof order_id.b);
    Paidan__Notify__V1__DeliveredEvent payload = PAIDAN__NOTIFY__V1__DELIVERED_EVENT__INIT;
    payload.order_id = pd_id_text(&order_id, order_text);
    payload.worker_id = worker_id;
    payload.dispatch_seq = delivery->dispatch_seq;
    payload.channel = channel;
    struct event_draft draft = {.aggregate_version = 1,
                                .type = WO_EV_DELIVERED,
                                .from = WO_DISPATCHED,
                                .to = WO_DISPATCHED,
                                .payload = &payload.base};
    memcpy(draft.aggregate_id, delivery->id, sizeof draft.aggregate_id);
    memcpy(draft.request_id, delivery->request_id, sizeof draft.request_id);
    batch_emit(batch, input, &draft, NULL);
}

static void decide_acknowledge(struct batch *batch, struct input *input, struct notify_view *view) {
    const uint8_t *id = input->work;
    if (id == NULL) {
        batch_refuse(batch, input, 400, "malformed", "delivery_id must be a UUID");
        return;
    }
    struct notify_delivery *delivery = NULL;
    bool tell = false;
    enum notify_verdict verdict =
        notify_step_acknowledge(view, id, input->actor.worker_id, batch_now_us(batch), &delivery, &tell);
    if (verdict == NOTIFY_NOT_FOUND) {
        batch_refuse(batch, input, 404, "not-found", "no delivery of yours has this id");
        return;
    }
    if (tell) {
        announce(batch, input, delivery);
    }
    Paidan__Notify__V1__AcknowledgeResponse response = PAIDAN__NOTIFY__V1__ACKNOWLEDGE_RESPONSE__INIT;
    Google__Protobuf__Timestamp at;
    struct pd_id delivery_id;
    char text[PD_ID_TEXT];
    memcpy(delivery_id.b, delivery->id, sizeof delivery_id.b);
    response.delivery_id = pd_id_text(&delivery_id, text);
    response.acknowledged_at = notify_timestamp(&at, delivery->acknowledged_at_us);
    batch_reply(batch, input, 200, &response.base);
}

void notify_decide(struct batch *batch, struct input *input) {
    struct notify_work *work = batch_view(batch);
    switch (input->kind) {
    case INPUT_EVENT:
        decide_fact(batch, input, &work->view);
        break;
    case INPUT_COMMAND:
        decide_acknowledge(batch, input, &work->view);
        break;
    case INPUT_TIMER:
        notify_step_push_due(&work->view, batch_now_us(batch));
        break;
    }
}

enum pd_fate notify_save(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    struct notify_work *work = batch_view(batch);
    enum pd_fate fate = notify_store_update(pg, batch_arena(batch), &work->view, reterr);
    return fate != PD_OK ? fate : notify_store_insert(pg, batch_arena(batch), &work->view, reterr);
}

void notify_committed(struct batch *batch, struct bus *bus) {
    const struct notify_work *work = batch_view(batch);
    notify_push(&work->view, batch_arena(batch), bus);
}
