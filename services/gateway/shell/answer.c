#include "gateway/shell/answer.h"

#include <stdio.h>
#include <string.h>

#include "common/io/metrics.h"
#include "common/wire/json_write.h"

enum { TEXT_KEPT_MAX = 1024 * 1024 };

static void add_headers(struct http_request *req) {
    http_reply_header(req, "Cache-Control", "no-store");
    http_reply_header(req, "X-Content-Type-Options", "nosniff");
    http_reply_header(req, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
}

/* After an unusually long answer the buffer starts small again. */
static void reply_with_text(struct gateway *gateway, struct http_request *req, int status, const char *type) {
    http_reply(req, (unsigned)status, type, gateway->text.text, gateway->text.len);
    if (gateway->text.size > TEXT_KEPT_MAX) {
        size_t max = gateway->text.max;
        wire_buf_fini(&gateway->text);
        wire_buf_init(&gateway->text, NULL, max);
    }
}

void answer_message(struct gateway *gateway, struct http_request *req, int status, const ProtobufCMessage *message) {
    wire_buf_reset(&gateway->text);
    if (!wire_json_write(message, &gateway->text)) {
        answer_refusal(gateway, req, WIRE_PROBLEM_TOO_LARGE, "The answer is too large. Ask for less at once (limit).");
        return;
    }
    add_headers(req);
    reply_with_text(gateway, req, status, "application/json");
}

void answer_empty(struct gateway *gateway, struct http_request *req, int status) {
    (void)gateway;
    add_headers(req);
    http_reply(req, (unsigned)status, NULL, "", 0);
}

void answer_text(struct gateway *gateway, struct http_request *req, int status, const char *type, const char *text,
                 size_t length) {
    (void)gateway;
    add_headers(req);
    http_reply(req, (unsigned)status, type, text, length);
}

void answer_problem(struct gateway *gateway, struct http_request *req, const Paidan__Common__V1__Problem *problem) {
    wire_buf_reset(&gateway->text);
    int status = problem->status != 0 ? problem->status : 500;
    if (!wire_problem_write(problem, &gateway->text)) {
        http_reply_problem(req, (unsigned)status, "internal", "The description of the problem could not be written.");
        return;
    }
    add_headers(req);
    if (status == 401) {
        http_reply_header(req, "WWW-Authenticate", "Bearer");
    }
    if (problem->retry_after_s > 0) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%d", (int)problem->retry_after_s);
        http_reply_header(req, "Retry-After", seconds);
    }
    reply_with_text(gateway, req, status, "application/problem+json");
}

void answer_refusal(struct gateway *gateway, struct http_request *req, enum wire_problem problem, const char *detail) {
    Paidan__Common__V1__Problem words;
    wire_problem_init(&words, problem, detail);
    answer_problem(gateway, req, &words);
}

void answer_finding(struct gateway *gateway, struct http_request *req, const struct wire_problem_at *at) {
    Paidan__Common__V1__Problem words;
    wire_problem_from(&words, at);
    answer_problem(gateway, req, &words);
}

void answer_rate(struct gateway *gateway, struct http_request *req, int64_t wait_us) {
    Paidan__Common__V1__Problem words;
    metric_add(METRIC_RATE_LIMITED, 1);
    wire_problem_init(&words, WIRE_PROBLEM_RATE_LIMITED,
                      "Too many calls. Wait as long as Retry-After says, then go on.");
    words.retry_after_s = (int32_t)(wait_us / 1000000 + 1);
    answer_problem(gateway, req, &words);
}

void answer_busy(struct gateway *gateway, struct http_request *req, const char *detail) {
    Paidan__Common__V1__Problem words;
    wire_problem_init(&words, WIRE_PROBLEM_BUSY, detail);
    words.retry_after_s = 1;
    answer_problem(gateway, req, &words);
}
