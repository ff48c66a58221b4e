/* front.h - one HTTP call, from its head to its answer
 *
 * Steps     front_request: route, rate of the address, token -> (the database, when the session is not in memory)
 *           -> admitted: rate of the principal, right, translation -> a service, or login/accounts/trace/stream
 *           -> answered: the reply as JSON
 * Promise   each call is answered exactly once, also when its client has gone meanwhile.
 * Memory    struct exchange lives in the request's arena until the answer. The request message lives in gateway.scratch until the
 *           step that made it returns: whoever needs it later copies it. */
#ifndef GATEWAY_SHELL_FRONT_H
#define GATEWAY_SHELL_FRONT_H

#include "gateway/core/caller.h"
#include "gateway/shell/gateway.h"

struct exchange {
    struct gateway *gateway;
    struct http_request *req;
    struct route_match match;
    struct principal who; /* role 0: nobody */
    uint8_t token_hash[SESSION_HASH_SIZE];
    char traceparent[CALLER_TRACE_LENGTH + 1];
};

/* daemon_ops.request and .body_max; ctx is the gateway. */
void front_request(struct http_request *req, void *ctx);
size_t front_body_max(const char *method, const char *path, void *ctx);

/* A trace context of our own, when the caller brought none. */
void front_new_trace(char ret_traceparent[CALLER_TRACE_LENGTH + 1]);

/* Unpacks a reply's payload into gateway.scratch and answers; what cannot be read is logged and answered 500. */
void front_answer_payload(struct gateway *gateway, struct http_request *req, const struct route *route,
                          const struct ask_reply *reply);

#endif
