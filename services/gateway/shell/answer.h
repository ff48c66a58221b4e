/* answer.h - what the gateway says over HTTP: messages as JSON, refusals as problem documents
 *
 * Promise   every answer carries the headers that keep a browser from caching, sniffing or framing it. A problem says what to do;
 *           429 and 503 say when (Retry-After), 401 says how (WWW-Authenticate).
 * Memory    answers are written into gateway.text and copied by http_reply(); the request is gone afterwards. */
#ifndef GATEWAY_SHELL_ANSWER_H
#define GATEWAY_SHELL_ANSWER_H

#include "common/wire/problem.h"
#include "gateway/shell/gateway.h"

void answer_message(struct gateway *gateway, struct http_request *req, int status, const ProtobufCMessage *message);

/* 204 and the like. */
void answer_empty(struct gateway *gateway, struct http_request *req, int status);

/* A text made elsewhere. */
void answer_text(struct gateway *gateway, struct http_request *req, int status, const char *type, const char *text,
                 size_t length);

void answer_problem(struct gateway *gateway, struct http_request *req, const Paidan__Common__V1__Problem *problem);

void answer_refusal(struct gateway *gateway, struct http_request *req, enum wire_problem problem, const char *detail);

/* The finding of a reader of common/wire. */
void answer_finding(struct gateway *gateway, struct http_request *req, const struct wire_problem_at *at);

/* 429; wait_us until the next try may succeed. */
void answer_rate(struct gateway *gateway, struct http_request *req, int64_t wait_us);

/* 503: nothing was done. */
void answer_busy(struct gateway *gateway, struct http_request *req, const char *detail);

#endif
