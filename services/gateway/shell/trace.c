#include "gateway/shell/trace.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/borrow.h"
#include "common/wire/alloc.h"
#include "gateway/core/trace_text.h"
#include "gateway/shell/answer.h"
#include "gateway/shell/log.h"
#include "paidan/assign/v1/assign.pb-c.h"
#include "paidan/audit/v1/audit.pb-c.h"
#include "paidan/intake/v1/intake.pb-c.h"

enum { ARENA_FIRST = 8 * 1024, ARENA_MAX = 16 * 1024 * 1024 };
enum part { PART_EVENTS, PART_INTAKE, PART_ASSIGN, PART_COUNT };

struct tracing {
    struct gateway *gateway;
    struct http_ref ref;
    struct principal who;
    char traceparent[CALLER_TRACE_LENGTH + 1];
    struct pd_arena arena;
    size_t waiting;
    char *request_id;
    Paidan__Audit__V1__TraceResponse *events;
    Paidan__Intake__V1__GetTextsResponse *intake;
    Paidan__Assign__V1__GetTextsResponse *assign;
};

static void tracing_free(struct tracing *tracing) {
    pd_arena_fini(&tracing->arena);
    free(tracing);
}

static void refuse_busy(struct tracing *tracing) {
    struct http_request *req = http_held(tracing->ref);
    if (req != NULL) {
        answer_busy(tracing->gateway, req, "The trace cannot be brought together now. Try again.");
    }
}

/* ---- third: the words come to their events */

static size_t collect(const struct tracing *tracing, struct trace_text *texts) {
    size_t count = 0;
    for (size_t i = 0; tracing->intake != NULL && i < tracing->intake->n_texts; i++) {
        texts[count++] = (struct trace_text){.event_id = tracing->intake->texts[i]->event_id,
                                             .text = tracing->intake->texts[i]->text};
    }
    for (size_t i = 0; tracing->assign != NULL && i < tracing->assign->n_texts; i++) {
        texts[count++] = (struct trace_text){.event_id = tracing->assign->texts[i]->event_id,
                                             .text = tracing->assign->texts[i]->text};
    }
    return count;
}

static void trace_3_complete(struct tracing *tracing) {
    struct http_request *req = http_held(tracing->ref);
    if (req == NULL) {
        return;
    }
    size_t most = (tracing->intake != NULL ? tracing->intake->n_texts : 0) +
                  (tracing->assign != NULL ? tracing->assign->n_texts : 0);
    struct trace_text *texts = pd_alloc_array(&tracing->arena, most, sizeof *texts);
    if (texts == NULL) {
        refuse_busy(tracing);
        return;
    }
    size_t count = collect(tracing, texts);
    trace_text_sort(texts, count);
    for (size_t i = 0; i < tracing->events->n_events; i++) {
        const char *text = trace_text_find(texts, count, tracing->events->events[i]->event_id);
        if (text != NULL) {
            tracing->events->events[i]->text = pd_borrow(text);
        }
    }
    tracing->events->request_id = tracing->request_id;
    answer_message(tracing->gateway, req, 200, &tracing->events->base);
}

/* ---- second: events and words */

/* Takes a part apart; false when it cannot be read. */
static bool read_part(struct tracing *tracing, enum part part, const struct ask_reply *reply) {
    ProtobufCAllocator alloc = wire_alloc(&tracing->arena);
    switch (part) {
    case PART_EVENTS:
        tracing->events = paidan__audit__v1__trace_response__unpack(&alloc, reply->length, reply->payload);
        return tracing->events != NULL;
    case PART_INTAKE:
        tracing->intake = paidan__intake__v1__get_texts_response__unpack(&alloc, reply->length, reply->payload);
        return tracing->intake != NULL;
    case PART_ASSIGN:
        tracing->assign = paidan__assign__v1__get_texts_response__unpack(&alloc, reply->length, reply->payload);
        return tracing->assign != NULL;
    case PART_COUNT:
        break;
    }
    return false;
}

static void trace_2_part(const struct ask_call *call, const struct ask_reply *reply) {
    struct tracing *tracing = call->object;
    struct http_request *req = http_held(tracing->ref);
    assert(tracing->waiting > 0);
    tracing->waiting--;
    struct ask_reply empty = {.status = 200};
    if (reply->status == 404) { /* this service has nothing of the request (yet) */
        reply = &empty;
    }
    if (req != NULL && reply->status >= 300) {
        answer_problem(tracing->gateway, req, reply->problem);
    } else if (req != NULL && !read_part(tracing, (enum part)call->number, reply)) {
        log_event(REPLY_UNREADABLE, NULL, "a part of a trace");
        refuse_busy(tracing);
    }
    if (tracing->waiting == 0) {
        trace_3_complete(tracing);
        tracing_free(tracing);
    }
}

static bool send_query(struct tracing *tracing, const char *subject, const ProtobufCMessage *message,
                       const struct ask_call *call) {
    struct ask_line *line = ask_line(tracing->gateway->ask, subject, 16, false);
    struct ask_command command = {.who = &tracing->who, .traceparent = tracing->traceparent, .message = message};
    return line != NULL && ask_send(tracing->gateway->ask, line, &command, call) == ASK_SENT;
}

static bool send_part(struct tracing *tracing, enum part part, const char *subject, const ProtobufCMessage *message) {
    struct ask_call call = {.answer = trace_2_part, .object = tracing, .number = part};
    bool sent = send_query(tracing, subject, message, &call);
    tracing->waiting += sent ? 1 : 0;
    return sent;
}

static bool send_parts(struct tracing *tracing) {
    Paidan__Audit__V1__TraceRequest events = PAIDAN__AUDIT__V1__TRACE_REQUEST__INIT;
    Paidan__Intake__V1__GetTextsRequest intake = PAIDAN__INTAKE__V1__GET_TEXTS_REQUEST__INIT;
    Paidan__Assign__V1__GetTextsRequest assign = PAIDAN__ASSIGN__V1__GET_TEXTS_REQUEST__INIT;
    events.request_id = tracing->request_id;
    intake.request_id = tracing->request_id;
    assign.request_id = tracing->request_id;
    return send_part(tracing, PART_EVENTS, "pd.qry.audit.trace", &events.base) &&
           send_part(tracing, PART_INTAKE, "pd.qry.intake.get_texts", &intake.base) &&
           send_part(tracing, PART_ASSIGN, "pd.qry.assign.get_texts", &assign.base);
}

/* ---- first: which request, and may the caller see it? */

static void trace_1_found(const struct ask_call *call, const struct ask_reply *reply) {
    struct tracing *tracing = call->object;
    struct http_request *req = http_held(tracing->ref);
    if (req != NULL && reply->status >= 300) {
        answer_problem(tracing->gateway, req, reply->problem);
        req = NULL;
    }
    if (req != NULL) {
        ProtobufCAllocator alloc = wire_alloc(&tracing->arena);
        Paidan__Intake__V1__ServiceRequest *found =
            paidan__intake__v1__service_request__unpack(&alloc, reply->length, reply->payload);
        tracing->request_id = found == NULL ? NULL : found->id;
        if (found == NULL || !send_parts(tracing)) {
            refuse_busy(tracing);
        }
    }
    if (tracing->waiting == 0) {
        tracing_free(tracing);
    }
}

/* A recipient's thread has no request: assign knows whether it is one, and keeps all of its words. */
static void trace_1_recipient(const struct ask_call *call, const struct ask_reply *reply) {
    struct tracing *tracing = call->object;
    struct http_request *req = http_held(tracing->ref);
    if (req != NULL && reply->status >= 300) {
        answer_problem(tracing->gateway, req, reply->problem);
        req = NULL;
    }
    if (req != NULL) {
        Paidan__Audit__V1__TraceRequest events = PAIDAN__AUDIT__V1__TRACE_REQUEST__INIT;
        events.request_id = tracing->request_id;
        if (!read_part(tracing, PART_ASSIGN, reply) ||
            !send_part(tracing, PART_EVENTS, "pd.qry.audit.trace", &events.base)) {
            refuse_busy(tracing);
        }
    }
    if (tracing->waiting == 0) {
        tracing_free(tracing);
    }
}

/* NULL: answered already. */
static struct tracing *tracing_new(struct exchange *exchange) {
    struct tracing *tracing = calloc(1, sizeof *tracing);
    if (tracing == NULL) {
        answer_busy(exchange->gateway, exchange->req, "There is no memory for this call now. Try again.");
        return NULL;
    }
    tracing->gateway = exchange->gateway;
    tracing->who = exchange->who;
    memcpy(tracing->traceparent, exchange->traceparent, sizeof tracing->traceparent);
    pd_arena_init(&tracing->arena, ARENA_FIRST, ARENA_MAX);
    tracing->ref = http_hold(exchange->req);
    return tracing;
}

void trace_ask(struct exchange *exchange, const ProtobufCMessage *message) {
    struct gateway *gateway = exchange->gateway;
    struct tracing *tracing = tracing_new(exchange);
    if (tracing == NULL) {
        return;
    }
    struct ask_command command = {.who = &tracing->who, .traceparent = tracing->traceparent, .message = message};
    struct ask_call call = {.answer = trace_1_found, .object = tracing};
    if (ask_send(gateway->ask, gateway->lines[ROUTE_GET_REQUEST], &command, &call) != ASK_SENT) {
        refuse_busy(tracing);
        tracing_free(tracing);
    }
}

void trace_ask_recipient(struct exchange *exchange, const ProtobufCMessage *message) {
    const Paidan__Assign__V1__RecipientTextsRequest *request =
        (const Paidan__Assign__V1__RecipientTextsRequest *)message;
    struct tracing *tracing = tracing_new(exchange);
    if (tracing == NULL) {
        return;
    }
    struct ask_call call = {.answer = trace_1_recipient, .object = tracing};
    tracing->request_id = pd_strdup(&tracing->arena, request->id);
    if (tracing->request_id == NULL || !send_query(tracing, "pd.qry.assign.recipient_texts", message, &call)) {
        refuse_busy(tracing);
        tracing_free(tracing);
    }
}
