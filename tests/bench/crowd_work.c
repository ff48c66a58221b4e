#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "crowd_inner.h"

enum { CONNECT_PATIENCE_MS = 30000 };

/* ---- the workers' sockets */

static void on_again(uv_timer_t *timer);

static void on_open(struct ws_client *ws, void *context) {
    (void)ws;
    struct crowd_worker *worker = context;
    worker->open = true;
    worker->crowd->sum.sockets_open++;
}

static void assigned(struct crowd_worker *worker, const json_t *frame) {
    struct crowd *crowd = worker->crowd;
    const char *number = json_string_value(json_object_get(frame, "request_number"));
    const char *order_id = json_string_value(json_object_get(frame, "order_id"));
    struct life *life = number == NULL || order_id == NULL ? NULL : crowd__find(crowd, number);
    int32_t seq = (int32_t)json_integer_value(json_object_get(frame, "dispatch_seq"));
    crowd->sum.pushes++;
    if (life == NULL || (life->pushed && seq <= life->dispatch_seq)) {
        crowd->sum.repeats++; /* or a request of an earlier run */
        return;
    }
    if (!life->pushed) {
        int64_t now_us = (int64_t)(uv_hrtime() / 1000);
        hist_add(&crowd->sum.push_us, now_us - life->began_us);
        hist_add(&crowd->sum.accept_push_us, life->accepted_us == 0 ? 0 : now_us - life->accepted_us);
        crowd->sum.passed[STEP_PUSH]++;
        life->pushed = true;
    }
    snprintf(life->order_id, sizeof life->order_id, "%s", order_id);
    life->dispatch_seq = seq;
    life->worker = worker;
    crowd__pushed(life);
}

static void on_text(struct ws_client *ws, const char *text, size_t length, void *context) {
    struct crowd_worker *worker = context;
    json_t *frame = json_loadb(text, length, 0, NULL);
    const char *kind = json_string_value(json_object_get(frame, "kind"));
    const char *delivery = json_string_value(json_object_get(frame, "delivery_id"));
    if (kind == NULL) {
        crowd__trouble(worker->crowd, false, "unreadable frame on a socket");
    } else if (strcmp(kind, "acknowledged") == 0) {
        worker->crowd->sum.acknowledged++;
    } else if (strcmp(kind, "error") == 0) {
        const char *detail = json_string_value(json_object_get(frame, "detail"));
        crowd__trouble(worker->crowd, false, "socket: %s", detail == NULL ? "?" : detail);
    } else if (delivery != NULL) {
        char ack[96];
        int count = snprintf(ack, sizeof ack, "{\"delivery_id\":\"%s\"}", delivery);
        if (!ws_client_send(ws, ack, (size_t)count)) {
            crowd__trouble(worker->crowd, false, "acknowledgement not sent");
        }
        if (strcmp(kind, "assignment") == 0) {
            assigned(worker, frame);
        }
    }
    json_decref(frame);
}

static void on_close(struct ws_client *ws, const char *why, void *context) {
    (void)ws;
    struct crowd_worker *worker = context;
    struct crowd *crowd = worker->crowd;
    worker->ws = NULL;
    if (worker->open) {
        worker->open = false;
        crowd->sum.sockets_open--;
        crowd->sum.sockets_lost++;
    }
    if (!crowd->leaving) {
        crowd__trouble(crowd, false, "socket: %s", why);
        uv_timer_start(&worker->again, on_again, RECONNECT_MS + (uint64_t)worker->index % 100, 0);
    }
}

static const struct ws_client_ops socket_ops = {.on_open = on_open, .on_text = on_text, .on_close = on_close};

static void on_again(uv_timer_t *timer) {
    struct crowd_worker *worker = timer->data;
    struct crowd *crowd = worker->crowd;
    worker->ws = ws_client_open(crowd->loop, crowd->host, crowd->port, "/v1/stream",
                                crowd->staff.workers[worker->index], &socket_ops, worker);
}

void crowd__sockets_open(struct crowd *crowd) {
    for (int i = 0; i < crowd->staff.worker_count; i++) {
        struct crowd_worker *worker = &crowd->workers[i];
        worker->crowd = crowd;
        worker->index = i;
        uv_timer_init(crowd->loop, &worker->again);
        worker->again.data = worker;
        /* A few at a time: a burst of thousands would overflow the server's backlog. */
        uv_timer_start(&worker->again, on_again, (uint64_t)i / 4, 0);
    }
}

void crowd__sockets_close(struct crowd *crowd) {
    crowd->leaving = true;
    for (int i = 0; i < crowd->staff.worker_count; i++) {
        struct crowd_worker *worker = &crowd->workers[i];
        if (worker->crowd == NULL) {
            continue;
        }
        uv_close((uv_handle_t *)&worker->again, NULL);
        if (worker->ws != NULL) {
            ws_client_close(worker->ws);
        }
    }
}

enum pd_fate crowd_connect(struct crowd *crowd, struct pd_err *reterr) {
    crowd__sockets_open(crowd);
    uint64_t until_ms = uv_hrtime() / 1000000 + CONNECT_PATIENCE_MS;
    while (crowd->sum.sockets_open < crowd->staff.worker_count) {
        uv_run(crowd->loop, UV_RUN_ONCE);
        if (uv_hrtime() / 1000000 > until_ms) {
            const char *words = crowd->sum.trouble_count > 0 ? crowd->sum.troubles[0].words : "no answer";
            return pd_fail(reterr, PD_RETRY, "ws", "only %lld of %d sockets opened: %s",
                           (long long)crowd->sum.sockets_open, crowd->staff.worker_count, words);
        }
    }
    return PD_OK;
}

/* ---- the manual queue: what nobody is accountable for is given to the workers in turn */

static void fill_queue(struct http_task *task, struct http_order *order) {
    struct crowd *crowd = (struct crowd *)((char *)task - offsetof(struct crowd, queue_task));
    crowd->sum.calls++;
    snprintf(order->token, sizeof order->token, "%s", crowd->staff.dispatchers[0]);
    snprintf(order->path, sizeof order->path, "/v1/orders?manual_queue=true&limit=200%s%s",
             crowd->queue_cursor[0] == '\0' ? "" : "&cursor=", crowd->queue_cursor);
}

static void choose(struct crowd *crowd, const json_t *order) {
    const char *number = json_string_value(json_object_get(order, "request_number"));
    const char *id = json_string_value(json_object_get(order, "id"));
    struct life *life = number == NULL || id == NULL ? NULL : crowd__find(crowd, number);
    if (life == NULL || life->step != STEP_PUSH || life->dispatching || crowd->staff.worker_count == 0) {
        return;
    }
    life->dispatching = true;
    life->worker = &crowd->workers[crowd->next_worker++ % (uint32_t)crowd->staff.worker_count];
    snprintf(life->order_id, sizeof life->order_id, "%s", id);
    crowd__never(crowd, life);
    crowd__step(life, STEP_DISPATCH);
}

static void done_queue(struct http_task *task, const struct http_answer *answer) {
    struct crowd *crowd = (struct crowd *)((char *)task - offsetof(struct crowd, queue_task));
    crowd->queue_asked = false;
    crowd->queue_cursor[0] = '\0';
    if (answer->status != 200) {
        crowd__trouble(crowd, false, "%ld at the manual queue", answer->status);
        return;
    }
    json_t *page = json_loadb(answer->body, answer->length, 0, NULL);
    const char *cursor = json_string_value(json_object_get(page, "next_cursor"));
    size_t i;
    json_t *order;
    json_array_foreach(json_object_get(page, "orders"), i, order) {
        choose(crowd, order);
    }
    if (cursor != NULL && cursor[0] != '\0') {
        snprintf(crowd->queue_cursor, sizeof crowd->queue_cursor, "%s", cursor);
        crowd__look_at_queue(crowd);
    }
    json_decref(page);
}

void crowd__look_at_queue(struct crowd *crowd) {
    if (!crowd->queue_asked && crowd->staff.worker_count > 0) {
        crowd->queue_asked = true;
        crowd->queue_task.fill = fill_queue;
        crowd->queue_task.done = done_queue;
        http_client_ask(crowd->http, &crowd->queue_task, true);
    }
}
