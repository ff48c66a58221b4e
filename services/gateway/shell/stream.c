#include "gateway/shell/stream.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/borrow.h"
#include "common/io/bus.h"
#include "common/io/http_ws.h"
#include "common/wire/alloc.h"
#include "common/wire/json_read.h"
#include "common/wire/json_write.h"
#include "gateway/shell/answer.h"
#include "gateway/shell/connections.h"
#include "gateway/shell/door.h"
#include "gateway/shell/front.h"
#include "gateway/shell/log.h"
#include "paidan/gateway/v1/gateway.pb-c.h"
#include "paidan/notify/v1/notify.pb-c.h"

enum {
    RESYNC_S = 60,
    PAGE = 200,             /* deliveries asked for at once */
    PAGES_PER_MESSAGE = 64, /* so that a reply stays well below what the bus carries */
    QUEUED_MAX = 64 * 1024, /* the next page waits until the app has read this one */
    CONNECTIONS_PER_WORKER = 4
};

struct stream {
    struct gateway *gateway;
    struct ask_line *undelivered, *acknowledge;
    struct connections all;
    size_t again_count; /* connections that wait to be asked for once more */
};

/* ---- frames */

static void send_frame(struct connection *connection, const Paidan__Gateway__V1__StreamFrame *frame) {
    struct wire_buf *text = &connection->stream->gateway->text;
    wire_buf_reset(text);
    if (wire_json_write(&frame->base, text)) {
        (void)ws_send_text(connection->ws, text->text, text->len); /* false: on_close follows */
    }
}

static void send_kind(struct connection *connection, const char *kind, const char *delivery_id, const char *detail) {
    Paidan__Gateway__V1__StreamFrame frame = PAIDAN__GATEWAY__V1__STREAM_FRAME__INIT;
    frame.kind = pd_borrow(kind);
    frame.delivery_id = pd_borrow(delivery_id);
    frame.detail = pd_borrow(detail);
    send_frame(connection, &frame);
}

static void send_delivery(struct connection *connection, const Paidan__Notify__V1__Delivery *delivery) {
    Paidan__Gateway__V1__StreamFrame frame = PAIDAN__GATEWAY__V1__STREAM_FRAME__INIT;
    bool withdrawn = delivery->kind == PAIDAN__NOTIFY__V1__DELIVERY_KIND__DELIVERY_KIND_WITHDRAWAL;
    frame.kind = pd_borrow(withdrawn ? "withdrawal" : "assignment");
    frame.delivery_id = delivery->id;
    frame.order_id = delivery->order_id;
    frame.request_number = delivery->request_number;
    frame.dispatch_seq = delivery->dispatch_seq;
    frame.urgency = delivery->urgency;
    frame.service_code = delivery->service_code;
    send_frame(connection, &frame);
}

static void send_push(struct connection *connection, const Paidan__Common__V1__Push *push) {
    Paidan__Gateway__V1__StreamFrame frame = PAIDAN__GATEWAY__V1__STREAM_FRAME__INIT;
    frame.kind = push->kind;
    frame.delivery_id = push->delivery_id;
    frame.order_id = push->order_id;
    frame.request_number = push->request_number;
    frame.dispatch_seq = push->dispatch_seq;
    frame.urgency = push->urgency;
    frame.service_code = push->service_code;
    send_frame(connection, &frame);
}

/* ---- what the app has not acknowledged */

static void ask_undelivered(struct connection *connection, const char *after);

static void ask_again_soon(struct connection *connection) {
    connection->stream->again_count += !connection->again;
    connection->again = true;
}

static void on_undelivered(const struct ask_call *call, const struct ask_reply *reply) {
    struct stream *stream = call->object;
    struct connection *connection = connections_of(&stream->all, call->number);
    if (connection == NULL) {
        return;
    }
    connection->asking = false;
    if (reply->status >= 300) {
        ask_again_soon(connection);
        return;
    }
    ProtobufCAllocator alloc = wire_alloc(&stream->gateway->scratch);
    Paidan__Notify__V1__UndeliveredResponse *found =
        paidan__notify__v1__undelivered_response__unpack(&alloc, reply->length, reply->payload);
    if (found == NULL) {
        log_event(REPLY_UNREADABLE, NULL, "pd.qry.notify.undelivered");
    } else {
        for (size_t i = 0; i < found->n_deliveries; i++) {
            send_delivery(connection, found->deliveries[i]);
        }
        if (found->n_deliveries >= PAGE && ws_queued(connection->ws) < QUEUED_MAX) {
            ask_undelivered(connection, found->deliveries[found->n_deliveries - 1]->id);
        }
    }
    pd_arena_reset(&stream->gateway->scratch);
}

static void ask_undelivered(struct connection *connection, const char *after) {
    struct stream *stream = connection->stream;
    if (connection->asking || ws_queued(connection->ws) >= QUEUED_MAX) {
        return;
    }
    char traceparent[CALLER_TRACE_LENGTH + 1];
    front_new_trace(traceparent);
    Paidan__Notify__V1__UndeliveredRequest words = PAIDAN__NOTIFY__V1__UNDELIVERED_REQUEST__INIT;
    words.worker_id = connection->who.worker_id;
    words.after = pd_borrow(after);
    words.limit = PAGE;
    struct ask_command command = {.who = &connection->who, .traceparent = traceparent, .message = &words.base};
    struct ask_call call = {.answer = on_undelivered, .object = stream, .number = connections_ticket(connection)};
    if (ask_send(stream->gateway->ask, stream->undelivered, &command, &call) == ASK_SENT) {
        connection->asking = true;
    } else {
        ask_again_soon(connection);
    }
}

/* ---- acknowledgements */

struct acknowledgement {
    struct stream *stream;
    uint64_t ticket;
    char delivery_id[40];
};

static void on_acknowledged(const struct ask_call *call, const struct ask_reply *reply) {
    struct acknowledgement *acknowledgement = call->object;
    struct connection *connection = connections_of(&acknowledgement->stream->all, acknowledgement->ticket);
    if (connection != NULL && reply->status < 300) {
        send_kind(connection, "acknowledged", acknowledgement->delivery_id, "");
    } else if (connection != NULL) {
        send_kind(connection, "error", acknowledgement->delivery_id, reply->problem->detail);
    }
    free(acknowledgement);
}

static void acknowledge(struct connection *connection, const Paidan__Gateway__V1__StreamAck *said) {
    struct stream *stream = connection->stream;
    struct acknowledgement *acknowledgement = calloc(1, sizeof *acknowledgement);
    size_t length = strlen(said->delivery_id);
    if (acknowledgement == NULL || length >= sizeof acknowledgement->delivery_id) {
        free(acknowledgement);
        send_kind(connection, "error", "", "There is no such delivery.");
        return;
    }
    acknowledgement->stream = stream;
    acknowledgement->ticket = connections_ticket(connection);
    memcpy(acknowledgement->delivery_id, said->delivery_id, length + 1);
    char traceparent[CALLER_TRACE_LENGTH + 1];
    front_new_trace(traceparent);
    Paidan__Notify__V1__AcknowledgeRequest words = PAIDAN__NOTIFY__V1__ACKNOWLEDGE_REQUEST__INIT;
    words.delivery_id = acknowledgement->delivery_id;
    struct ask_command command = {.who = &connection->who, .traceparent = traceparent, .message = &words.base};
    struct ask_call call = {.answer = on_acknowledged, .object = acknowledgement};
    if (ask_send(stream->gateway->ask, stream->acknowledge, &command, &call) != ASK_SENT) {
        send_kind(connection, "error", acknowledgement->delivery_id, "Busy. Acknowledge it again later.");
        free(acknowledgement);
    }
}

/* ---- the connection's life */

static void on_message(struct ws *ws, const char *text, size_t length, void *ctx) {
    (void)ws;
    struct connection *connection = ctx;
    struct gateway *gateway = connection->stream->gateway;
    if (door_principal_wait_us(gateway, &connection->who) > 0) {
        send_kind(connection, "error", "", "Too many messages. Wait, then acknowledge what is sent again.");
        return;
    }
    ProtobufCAllocator alloc = wire_alloc(&gateway->scratch);
    ProtobufCMessage *message = NULL;
    struct wire_problem_at at;
    enum pd_fate fate =
        wire_json_read(text, length, &paidan__gateway__v1__stream_ack__descriptor, &alloc, &message, &at);
    if (fate == PD_OK) {
        acknowledge(connection, (const Paidan__Gateway__V1__StreamAck *)message);
    } else {
        send_kind(connection, "error", "", fate == PD_REFUSED ? at.detail : "Busy. Acknowledge it again later.");
    }
    pd_arena_reset(&gateway->scratch);
}

/* The worker's oldest connection goes when there are too many. */
static void make_room(struct stream *stream, const char *worker_id) {
    struct connection *oldest = NULL;
    size_t count = 0;
    for (struct connection *c = connections_first(&stream->all, worker_id); c != NULL; c = connections_next(c)) {
        count++;
        if (oldest == NULL || c->number < oldest->number) {
            oldest = c;
        }
    }
    if (count >= CONNECTIONS_PER_WORKER) {
        ws_close(oldest->ws, 4409, "too many connections of this worker");
    }
}

static void on_open(struct ws *ws, void *ctx) {
    struct connection *connection = ctx;
    struct stream *stream = connection->stream;
    make_room(stream, connection->who.worker_id);
    connections_opened(&stream->all, connection, ws);
    ask_undelivered(connection, "");
}

static void forget(struct connection *connection) {
    connection->stream->again_count -= connection->again;
    connections_remove(&connection->stream->all, connection);
}

static void on_close(struct ws *ws, unsigned code, void *ctx) {
    (void)ws;
    (void)code;
    forget(ctx);
}

static const struct ws_ops ops = {.on_open = on_open, .on_message = on_message, .on_close = on_close};

void stream_connect(struct gateway *gateway, struct http_request *req, const struct principal *who,
                    const uint8_t token_hash[SESSION_HASH_SIZE]) {
    if (!http_is_upgrade(req)) {
        http_reply_header(req, "Upgrade", "websocket");
        http_reply_header(req, "Connection", "Upgrade");
        Paidan__Common__V1__Problem words;
        wire_problem_init(&words, WIRE_PROBLEM_MALFORMED,
                          "This address speaks WebSocket (RFC 6455). Connect with a WebSocket client.");
        words.status = 426;
        answer_problem(gateway, req, &words);
        return;
    }
    struct connection *connection = connections_add(&gateway->stream->all, who, token_hash);
    if (connection == NULL) {
        answer_busy(gateway, req, "There is no memory for another connection now. Try again.");
        return;
    }
    connection->stream = gateway->stream;
    if (!http_upgrade(req, &ops, connection)) {
        forget(connection);
    }
}

void stream_end(struct stream *stream, const uint8_t token_hash[SESSION_HASH_SIZE]) {
    for (size_t i = 0; stream != NULL && i < stream->all.slot_count; i++) {
        struct connection *connection = stream->all.slots[i];
        if (connection != NULL && connection->ws != NULL &&
            memcmp(connection->token_hash, token_hash, SESSION_HASH_SIZE) == 0) {
            ws_close(connection->ws, 4401, "the session has ended");
        }
    }
}

static void resync(struct connection *connection, int64_t now_us) {
    if (connection->ws == NULL) {
        return;
    }
    connection->stream->again_count -= connection->again;
    connection->again = false;
    if (connection->who.expires_at_us <= now_us) {
        ws_close(connection->ws, 4401, "the session has ended");
    } else {
        ask_undelivered(connection, "");
    }
}

void stream_tick(struct stream *stream, uint64_t second) {
    int64_t now_us = gateway_now_us();
    struct connection **slots = stream->all.slots;
    for (size_t i = 0; stream->again_count > 0 && i < stream->all.slot_count; i++) {
        if (slots[i] != NULL && slots[i]->again) {
            resync(slots[i], now_us);
        }
    }
    for (size_t i = (size_t)(second % RESYNC_S); i < stream->all.slot_count; i += RESYNC_S) {
        if (slots[i] != NULL) {
            resync(slots[i], now_us);
        }
    }
}

/* ---- pushes */

struct push {
    struct stream *stream;
    struct bus_message *message;
};

static void push_free(void *arg) {
    struct push *push = arg;
    bus_message_free(push->message);
    free(push);
}

static void on_push(void *arg) {
    struct push *push = arg;
    struct stream *stream = push->stream;
    size_t length = 0;
    const uint8_t *bytes = bus_message_bytes(push->message, &length);
    ProtobufCAllocator alloc = wire_alloc(&stream->gateway->scratch);
    Paidan__Common__V1__PushBatch *pushes = paidan__common__v1__push_batch__unpack(&alloc, length, bytes);
    if (pushes == NULL) {
        log_event(PUSH_UNREADABLE, NULL);
    }
    for (size_t i = 0; pushes != NULL && i < pushes->n_pushes; i++) {
        const Paidan__Common__V1__Push *one = pushes->pushes[i];
        for (struct connection *c = connections_first(&stream->all, one->worker_id); c != NULL;
             c = connections_next(c)) {
            send_push(c, one);
        }
    }
    pd_arena_reset(&stream->gateway->scratch);
    push_free(push);
}

static void on_push_any(void *context, struct bus_message *message) {
    struct stream *stream = context;
    struct push *push = malloc(sizeof *push);
    if (push == NULL) {
        bus_message_free(message); /* the next resync brings it */
        return;
    }
    *push = (struct push){.stream = stream, .message = message};
    if (!daemon_post_any(stream->gateway->daemon, on_push, push_free, push)) {
        push_free(push);
    }
}

enum pd_fate stream_open(struct gateway *gateway, struct stream **ret_stream, struct pd_err *err) {
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return pd_fail(err, PD_RETRY, "memory", "no memory for the streams");
    }
    stream->gateway = gateway;
    stream->undelivered = ask_line(gateway->ask, "pd.qry.notify.undelivered", PAGES_PER_MESSAGE, false);
    stream->acknowledge = ask_line(gateway->ask, "pd.cmd.notify.acknowledge", ASK_CALLS_MAX, true);
    if (stream->undelivered == NULL || stream->acknowledge == NULL || !connections_init(&stream->all, gateway)) {
        stream_free(stream);
        return pd_fail(err, PD_RETRY, "memory", "no memory for the streams");
    }
    enum pd_fate fate = bus_subscribe(gateway->bus, "pd.push.gateway", NULL, on_push_any, stream, err);
    if (fate != PD_OK) {
        stream_free(stream);
        return pd_wrap(err, "pushes");
    }
    *ret_stream = stream;
    return PD_OK;
}

void stream_free(struct stream *stream) {
    if (stream != NULL) {
        connections_fini(&stream->all);
        free(stream);
    }
}
