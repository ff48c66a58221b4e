#include "gateway/shell/front.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/io/conf.h"
#include "common/wire/alloc.h"
#include "common/wire/openapi.h"
#include "gateway/shell/accounts.h"
#include "gateway/shell/answer.h"
#include "gateway/shell/describe.h"
#include "gateway/shell/door.h"
#include "gateway/shell/log.h"
#include "gateway/shell/login.h"
#include "gateway/shell/stream.h"
#include "gateway/shell/trace.h"
#include "gateway/shell/translate.h"

void front_new_trace(char ret_traceparent[CALLER_TRACE_LENGTH + 1]) {
    unsigned char random[24];
    char hex[2 * sizeof random + 1];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(hex, sizeof hex, random, sizeof random);
    snprintf(ret_traceparent, CALLER_TRACE_LENGTH + 1, "00-%.32s-%.16s-01", hex, hex + 32);
}

/* ---- answers of the services */

/* A created object's address, when its message has an id. */
static void add_location(struct http_request *req, const struct route *route, const ProtobufCMessage *message) {
    const ProtobufCFieldDescriptor *id = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "id");
    if (id == NULL || id->type != PROTOBUF_C_TYPE_STRING) {
        return;
    }
    const char *value = *(char *const *)(const void *)((const char *)message + id->offset);
    char location[128];
    snprintf(location, sizeof location, "%s/%s", route->path, value);
    http_reply_header(req, "Location", location);
}

/* A message that is a body as it is, under the content type that it names. */
static bool answer_raw(struct gateway *gateway, struct http_request *req, int status, const ProtobufCMessage *message) {
    const ProtobufCFieldDescriptor *body = wire_raw_body(message->descriptor);
    const ProtobufCFieldDescriptor *type =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "content_type");
    if (body == NULL || type == NULL || type->type != PROTOBUF_C_TYPE_STRING) {
        return false;
    }
    const ProtobufCBinaryData *raw = (const void *)((const char *)message + body->offset);
    const char *words = *(char *const *)(const void *)((const char *)message + type->offset);
    answer_text(gateway, req, status, words, (const char *)raw->data, raw->len);
    return true;
}

void front_answer_payload(struct gateway *gateway, struct http_request *req, const struct route *route,
                          const struct ask_reply *reply) {
    ProtobufCAllocator alloc = wire_alloc(&gateway->scratch);
    const ProtobufCMessageDescriptor *descriptor = describe_response(route->name);
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, &alloc, reply->length, reply->payload);
    if (message == NULL) {
        log_event(REPLY_UNREADABLE, NULL, route->subject);
        answer_refusal(gateway, req, WIRE_PROBLEM_INTERNAL,
                       "The answer of the service behind this call cannot be read.");
    } else {
        if (reply->status == 201) {
            add_location(req, route, message);
        }
        if (!answer_raw(gateway, req, reply->status, message)) {
            answer_message(gateway, req, reply->status, message);
        }
    }
    pd_arena_reset(&gateway->scratch);
}

static void front_4_answered(const struct ask_call *call, const struct ask_reply *reply) {
    struct http_ref ref = {.req = call->object, .seq = call->number};
    struct http_request *req = http_held(ref);
    if (req == NULL) {
        return;
    }
    struct exchange *exchange = http_user(req);
    if (reply->status < 300) {
        front_answer_payload(exchange->gateway, req, exchange->match.route, reply);
    } else {
        answer_problem(exchange->gateway, req, reply->problem);
    }
}

/* ---- to the services */

/* Whose key it is, for which call: two people, or two calls, may use the same word. */
static void hash_key(const struct exchange *exchange, const char *word, uint8_t ret_key[32]) {
    const char *method = exchange->match.route->method_text;
    const char *path = http_path(exchange->req);
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, exchange->who.account_id, sizeof exchange->who.account_id);
    crypto_hash_sha256_update(&state, (const unsigned char *)method, strlen(method) + 1);
    crypto_hash_sha256_update(&state, (const unsigned char *)path, strlen(path) + 1);
    crypto_hash_sha256_update(&state, (const unsigned char *)word, strlen(word));
    crypto_hash_sha256_final(&state, ret_key);
}

/* The line of a route whose service is named by the path; NULL: there is no such service. */
static struct ask_line *named_line(const struct exchange *exchange) {
    const struct route_param *service = &exchange->match.params[0];
    const struct route *route = exchange->match.route;
    if (!route_is_service(service->value, service->length)) {
        return NULL;
    }
    char subject[64];
    snprintf(subject, sizeof subject, "%.7s%.*s.%s", route->subject, (int)service->length, service->value, route->word);
    return ask_line(exchange->gateway->ask, subject, route->kind == ROUTE_LIST ? 1 : ASK_CALLS_MAX,
                    route->kind == ROUTE_COMMAND);
}

static void send_to_service(struct exchange *exchange, const ProtobufCMessage *message) {
    struct gateway *gateway = exchange->gateway;
    struct http_request *req = exchange->req;
    const struct route *route = exchange->match.route;
    struct ask_line *line = gateway->lines[route->name];
    if (line == NULL) {
        line = named_line(exchange);
    }
    if (line == NULL) {
        answer_refusal(gateway, req, WIRE_PROBLEM_NOT_FOUND,
                       "There is no such service. They are intake, assign, notify, audit.");
        return;
    }
    uint8_t key[32];
    const char *word = route->kind == ROUTE_COMMAND ? http_header(req, "Idempotency-Key") : NULL;
    if (word != NULL) {
        if (!caller_key_ok(word)) {
            answer_refusal(
                gateway, req, WIRE_PROBLEM_MALFORMED,
                "Idempotency-Key must be 1 to 255 visible ASCII characters, best a fresh UUID for each new command.");
            return;
        }
        hash_key(exchange, word, key);
    }
    struct ask_command command = {.key = word == NULL ? NULL : key,
                                  .who = &exchange->who,
                                  .traceparent = exchange->traceparent,
                                  .message = message};
    struct http_ref ref = http_hold(req);
    struct ask_call call = {.answer = front_4_answered, .object = ref.req, .number = ref.seq};
    switch (ask_send(gateway->ask, line, &command, &call)) {
    case ASK_SENT:
        break;
    case ASK_BUSY:
        answer_busy(gateway, req, "Too many calls wait for their answers. Nothing was done; try again.");
        break;
    case ASK_TOO_LARGE:
        answer_refusal(gateway, req, WIRE_PROBLEM_TOO_LARGE, "Too much for one call. Split it.");
        break;
    }
}

static void answer_here(struct exchange *exchange, const ProtobufCMessage *message) {
    struct gateway *gateway = exchange->gateway;
    struct http_request *req = exchange->req;
    enum route_name name = exchange->match.route->name;
    if (name == ROUTE_CREATE_SESSION) {
        login_create_session(exchange, message);
    } else if (name == ROUTE_DELETE_SESSION) {
        login_delete_session(exchange);
    } else if (name == ROUTE_CREATE_TOKEN) {
        login_create_token(exchange, message);
    } else if (name == ROUTE_PUT_ACCOUNTS) {
        accounts_put(exchange, message);
    } else if (name == ROUTE_TRACE) {
        trace_ask(exchange, message);
    } else if (name == ROUTE_RECIPIENT_TRACE) {
        trace_ask_recipient(exchange, message);
    } else if (name == ROUTE_STREAM) {
        stream_connect(gateway, req, &exchange->who, exchange->token_hash);
    } else {
        answer_text(gateway, req, 200, "application/json", gateway->api, strlen(gateway->api));
    }
}

/* ---- at the door */

static void front_3_admitted(struct exchange *exchange) {
    struct gateway *gateway = exchange->gateway;
    const struct route *route = exchange->match.route;
    uint32_t role = exchange->who.role == 0 ? 0 : 1u << exchange->who.role;
    int64_t wait_us = role == 0 ? 0 : door_principal_wait_us(gateway, &exchange->who);
    if (wait_us > 0) {
        answer_rate(gateway, exchange->req, wait_us);
        return;
    }
    switch (route_authorise(route, role, exchange->who.worker_id[0] != '\0')) {
    case ROUTE_ALLOWED:
        break;
    case ROUTE_UNAUTHENTICATED:
        answer_refusal(gateway, exchange->req, WIRE_PROBLEM_UNAUTHENTICATED,
                       "Open a session with POST /v1/session and send Authorization: Bearer TOKEN.");
        return;
    case ROUTE_FORBIDDEN: {
        char roles[64];
        char detail[128];
        route_roles(route->roles, roles, sizeof roles);
        snprintf(detail, sizeof detail, "This is for the roles: %s.", roles);
        answer_refusal(gateway, exchange->req, WIRE_PROBLEM_FORBIDDEN, detail);
        return;
    }
    }
    ProtobufCMessage *message = NULL;
    if (translate(exchange, &message)) {
        if (route->kind == ROUTE_LOCAL) {
            answer_here(exchange, message);
        } else {
            send_to_service(exchange, message);
        }
    }
    pd_arena_reset(&gateway->scratch);
}

static void front_2_known(struct gateway *gateway, struct http_request *req, enum pd_fate fate,
                          const struct principal *who) {
    struct exchange *exchange = http_user(req);
    if (fate != PD_OK) {
        answer_busy(gateway, req, "Sessions cannot be checked now. Nothing was done; try again.");
        return;
    }
    if (who == NULL) {
        answer_refusal(gateway, req, WIRE_PROBLEM_UNAUTHENTICATED,
                       "The token is unknown or has ended. Open a new session with POST /v1/session.");
        return;
    }
    exchange->who = *who;
    front_3_admitted(exchange);
}

/* The caller's token; a WebSocket of a browser cannot send headers, so the stream takes it from the URL too. */
static const char *token_of(const struct exchange *exchange) {
    const char *token = caller_bearer(http_header(exchange->req, "Authorization"));
    if (token == NULL && exchange->match.route->name == ROUTE_STREAM) {
        token = http_query(exchange->req, "access_token");
    }
    return token;
}

static void front_1_routed(struct exchange *exchange) {
    struct gateway *gateway = exchange->gateway;
    const char *traceparent = http_header(exchange->req, "traceparent");
    if (traceparent != NULL && caller_trace_ok(traceparent)) {
        memcpy(exchange->traceparent, traceparent, CALLER_TRACE_LENGTH);
    } else {
        front_new_trace(exchange->traceparent);
    }
    const char *token = exchange->match.route->roles == 0 ? NULL : token_of(exchange);
    if (token == NULL) {
        front_3_admitted(exchange);
        return;
    }
    if (!caller_token_ok(token)) {
        front_2_known(gateway, exchange->req, PD_OK, NULL);
        return;
    }
    door_token_hash(token, exchange->token_hash);
    const struct principal *who = door_who(gateway, exchange->token_hash);
    if (who != NULL) {
        front_2_known(gateway, exchange->req, PD_OK, who);
    } else {
        door_ask(gateway, exchange->req, exchange->token_hash, front_2_known);
    }
}

static void answer_no_path(struct gateway *gateway, struct http_request *req) {
    const char *path = http_path(req);
    const char *detail = "There is no such address. GET /v1/openapi.json lists them all.";
    if (strncmp(path, "/v1/recipients/", 15) == 0) {
        detail = "There is no such event. Of /v1/recipients/{id}/: read, unmark, erase, trace. Beside it: "
                 "/v1/recipients/list, /v1/recipients/counts.";
    } else if (strncmp(path, "/v1/requests/", 13) == 0 || strncmp(path, "/v1/orders/", 11) == 0) {
        detail = "There is no such event. Of /v1/requests/{id}/: accept, answer_directly, reject, cancel, visit, "
                 "reopen, archive, "
                 "disclose. Of /v1/orders/{id}/: dispatch, sign, start, feed_back, review_pass, review_fail.";
    }
    answer_refusal(gateway, req, WIRE_PROBLEM_NOT_FOUND, detail);
}

void front_request(struct http_request *req, void *ctx) {
    struct gateway *gateway = ctx;
    int64_t wait_us = door_address_wait_us(gateway, http_peer(req));
    if (wait_us > 0) {
        answer_rate(gateway, req, wait_us);
        return;
    }
    struct exchange *exchange = pd_alloc(http_arena(req), sizeof *exchange);
    if (exchange == NULL) {
        answer_busy(gateway, req, "There is no memory for this call now. Nothing was done; try again.");
        return;
    }
    exchange->gateway = gateway;
    exchange->req = req;
    http_set_user(req, exchange);
    char allow[64];
    switch (route_match(http_method(req), http_path(req), &exchange->match)) {
    case ROUTE_FOUND:
        front_1_routed(exchange);
        break;
    case ROUTE_NO_PATH:
        answer_no_path(gateway, req);
        break;
    case ROUTE_NO_METHOD:
        route_allow(exchange->match.methods, allow, sizeof allow);
        http_reply_header(req, "Allow", allow);
        answer_refusal(gateway, req, WIRE_PROBLEM_METHOD, "Use one of the methods in the header Allow.");
        break;
    }
}

size_t front_body_max(const char *method, const char *path, void *ctx) {
    const struct gateway *gateway = ctx;
    struct route_match match;
    if (route_match(method, path, &match) == ROUTE_FOUND &&
        (match.route->name == ROUTE_IMPORT || match.route->name == ROUTE_IMPORT_PLACES ||
         match.route->name == ROUTE_PUT_ACCOUNTS || match.route->name == ROUTE_CHANGE_DRAFT ||
         wire_raw_body(describe_request(match.route->name)) != NULL)) {
        return (size_t)gateway->conf->import_body_max;
    }
    return 0;
}
