#include "gateway/shell/translate.h"

#include <string.h>

#include "common/base/borrow.h"
#include "common/wire/alloc.h"
#include "common/wire/json_read.h"
#include "common/wire/openapi.h"
#include "common/wire/query.h"
#include "gateway/shell/answer.h"
#include "gateway/shell/describe.h"

static bool refuse(struct exchange *exchange, enum pd_fate fate, const struct wire_problem_at *at) {
    if (fate == PD_RETRY) {
        answer_busy(exchange->gateway, exchange->req,
                    "There is no memory for this call now. Nothing was done; try again.");
    } else {
        answer_finding(exchange->gateway, exchange->req, at);
    }
    return false;
}

/* ---- query */

struct query_into {
    ProtobufCMessage *message; /* NULL: no parameter is allowed */
    ProtobufCAllocator *alloc;
    bool is_stream;
    enum pd_fate fate;
    struct wire_problem_at at;
};

static bool set_parameter(const char *name, const char *value, void *ctx) {
    struct query_into *into = ctx;
    if (into->is_stream && strcmp(name, "access_token") == 0) {
        return true;
    }
    if (into->message == NULL) {
        into->fate = PD_REFUSED;
        into->at.problem = WIRE_PROBLEM_UNKNOWN_FIELD;
        memcpy(into->at.detail, "This call takes no query parameters.", sizeof "This call takes no query parameters.");
        return false;
    }
    into->fate = wire_query_set(into->message, name, value, strlen(value), into->alloc, &into->at);
    return into->fate == PD_OK;
}

static bool read_query(struct exchange *exchange, ProtobufCMessage *message, ProtobufCAllocator *alloc) {
    struct query_into into = {
        .message = message, .alloc = alloc, .is_stream = exchange->match.route->name == ROUTE_STREAM, .fate = PD_OK};
    http_query_each(exchange->req, set_parameter, &into);
    return into.fate == PD_OK || refuse(exchange, into.fate, &into.at);
}

/* ---- body */

static bool read_body(struct exchange *exchange, const ProtobufCMessageDescriptor *descriptor,
                      ProtobufCAllocator *alloc, ProtobufCMessage **ret_message) {
    size_t length = 0;
    const char *body = http_body(exchange->req, &length);
    if (length == 0) {
        *ret_message = wire_query_new(descriptor, alloc);
        return *ret_message != NULL || refuse(exchange, PD_RETRY, NULL);
    }
    if (!caller_is_json(http_header(exchange->req, "Content-Type"))) {
        answer_refusal(exchange->gateway, exchange->req, WIRE_PROBLEM_MEDIA_TYPE,
                       "Send JSON, with the header Content-Type: application/json.");
        return false;
    }
    struct wire_problem_at at;
    enum pd_fate fate = wire_json_read(body, length, descriptor, alloc, ret_message, &at);
    return fate == PD_OK || refuse(exchange, fate, &at);
}

/* The body as it is, for a service that reads GeoJSON itself. Borrowed from the request, which is there until the message is packed. */
static bool read_raw_body(struct exchange *exchange, const ProtobufCMessageDescriptor *descriptor,
                          const ProtobufCFieldDescriptor *field, ProtobufCAllocator *alloc,
                          ProtobufCMessage **ret_message) {
    size_t length = 0;
    const char *body = http_body(exchange->req, &length);
    const char *type = http_header(exchange->req, "Content-Type");
    if (type == NULL || (strncmp(type, "application/geo+json", 20) != 0 && !caller_is_json(type))) {
        answer_refusal(exchange->gateway, exchange->req, WIRE_PROBLEM_MEDIA_TYPE,
                       "Send GeoJSON, with the header Content-Type: application/geo+json.");
        return false;
    }
    ProtobufCMessage *message = wire_query_new(descriptor, alloc);
    if (message == NULL) {
        return refuse(exchange, PD_RETRY, NULL);
    }
    ProtobufCBinaryData *raw = (void *)((char *)message + field->offset);
    *raw = (ProtobufCBinaryData){length, pd_borrow(body)};
    *ret_message = message;
    return true;
}

/* ---- path */

static bool read_path(struct exchange *exchange, ProtobufCMessage *message, ProtobufCAllocator *alloc) {
    for (size_t i = 0; i < exchange->match.count; i++) {
        const struct route_param *param = &exchange->match.params[i];
        char name[32] = "";
        memcpy(name, param->name, param->name_length < sizeof name ? param->name_length : sizeof name - 1);
        if (strcmp(name, "service") == 0) {
            continue;
        }
        struct wire_problem_at at;
        enum pd_fate fate = wire_path_set(message, name, param->value, param->length, alloc, &at);
        if (fate != PD_OK) {
            return refuse(exchange, fate, &at);
        }
    }
    return true;
}

static bool hold_to_own(struct exchange *exchange, ProtobufCMessage *message, ProtobufCAllocator *alloc) {
    if (exchange->match.route->object != ROUTE_OWN_FILTER || 1u << exchange->who.role != WO_ROLE_WORKER) {
        return true;
    }
    const char *own = exchange->who.worker_id;
    struct wire_problem_at at;
    enum pd_fate fate = wire_path_set(message, "worker", own, strlen(own), alloc, &at);
    if (fate == PD_REFUSED) {
        answer_refusal(exchange->gateway, exchange->req, WIRE_PROBLEM_FORBIDDEN,
                       "A grid worker lists only his own. Leave the parameter worker out.");
        return false;
    }
    return fate == PD_OK || refuse(exchange, fate, &at);
}

bool translate(struct exchange *exchange, ProtobufCMessage **ret_message) {
    const struct route *route = exchange->match.route;
    const ProtobufCMessageDescriptor *descriptor = describe_request(route->name);
    ProtobufCAllocator alloc = wire_alloc(&exchange->gateway->scratch);
    ProtobufCMessage *message = NULL;
    const ProtobufCFieldDescriptor *raw = wire_raw_body(descriptor);
    if (route->method == ROUTE_POST && raw != NULL) {
        if (!read_raw_body(exchange, descriptor, raw, &alloc, &message) || !read_query(exchange, NULL, &alloc)) {
            return false;
        }
    } else if (route->method == ROUTE_POST && descriptor != NULL) {
        if (!read_body(exchange, descriptor, &alloc, &message) || !read_query(exchange, NULL, &alloc)) {
            return false;
        }
    } else {
        if (descriptor != NULL) {
            message = wire_query_new(descriptor, &alloc);
            if (message == NULL) {
                return refuse(exchange, PD_RETRY, NULL);
            }
        }
        if (!read_query(exchange, message, &alloc)) {
            return false;
        }
    }
    if (message != NULL && (!read_path(exchange, message, &alloc) || !hold_to_own(exchange, message, &alloc))) {
        return false;
    }
    *ret_message = message;
    return true;
}
