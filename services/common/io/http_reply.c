#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/base/json_text.h"
#include "common/io/http_inner.h"
#include "common/io/metrics.h"

bool http_reply_header(struct http_request *req, const char *name, const char *value) {
    assert(req && name && value);
    if (strpbrk(value, "\r\n") || strpbrk(name, "\r\n: "))
        return false;
    struct reply_header *h = pd_alloc(&req->arena, sizeof *h);
    char *own_name = h ? pd_strdup(&req->arena, name) : NULL;
    char *own_value = own_name ? pd_strdup(&req->arena, value) : NULL;
    if (!own_value)
        return false;
    *h = (struct reply_header){NULL, own_name, own_value};
    if (req->headers)
        req->last_header->next = h;
    else
        req->headers = h;
    req->last_header = h;
    return true;
}

void http__add_headers(struct http_request *req, struct MHD_Response *response) {
    for (struct reply_header *h = req->headers; h; h = h->next)
        (void)MHD_add_response_header(response, h->name, h->value);
    req->headers = NULL;
}

static void count(const struct http_request *req, unsigned status) {
    static const enum metric by_class[] = {METRIC_HTTP_1XX, METRIC_HTTP_2XX, METRIC_HTTP_3XX, METRIC_HTTP_4XX,
                                           METRIC_HTTP_5XX};
    metric_add(by_class[status / 100 - 1], 1);
    metric_observe(METRIC_HTTP_TIME, (int64_t)((uv_hrtime() - req->received_ns) / 1000));
}

void http__answer(struct http_request *req, unsigned status, struct MHD_Response *response) {
    assert(req->state == REQUEST_HANDLING || req->state == REQUEST_HELD);
    assert(status >= 100 && status < 600);
    count(req, status);
    bool suspended = req->state == REQUEST_HELD;
    req->state = REQUEST_ANSWERED;
    req->seq++;
    req->unanswerable = !response || MHD_queue_response(req->connection, status, response) != MHD_YES;
    if (response)
        MHD_destroy_response(response);
    if (suspended) {
        MHD_resume_connection(req->connection);
        req->server->run_wanted = true;
    }
}

void http_reply(struct http_request *req, unsigned status, const char *content_type, const void *body, size_t len) {
    assert(req);
    assert(body || len == 0);
    static char empty[1];
    struct MHD_Response *response = len > 0 ? MHD_create_response_from_buffer(len, (void *)body, MHD_RESPMEM_MUST_COPY)
                                            : MHD_create_response_from_buffer(0, empty, MHD_RESPMEM_PERSISTENT);
    if (response) {
        if (content_type)
            (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
        if (req->server->draining)
            (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
        http__add_headers(req, response);
    }
    http__answer(req, status, response);
}

void http_reply_problem(struct http_request *req, unsigned status, const char *code, const char *detail) {
    assert(req && code);
    enum { PROBLEM_MAX = 2048 };
    char text[PROBLEM_MAX];
    const char *title = MHD_get_reason_phrase_for(status);
    int n = snprintf(text, sizeof text, "{\"type\":\"urn:paidan:problem:%.40s\",\"title\":\"%.60s\",\"status\":%u",
                     code, title ? title : "Error", status);
    size_t len = (size_t)n;
    if (detail) {
        static const char key[] = ",\"detail\":";
        memcpy(text + len, key, sizeof key - 1);
        len += sizeof key - 1;
        len += json_text(text + len, sizeof text - len - 1, detail, strlen(detail));
    }
    text[len++] = '}';
    if (status == 503 && !req->headers)
        (void)http_reply_header(req, "Retry-After", "1");
    http_reply(req, status, "application/problem+json", text, len);
}
