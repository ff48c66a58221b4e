#include "common/daemon/health.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/io/metrics.h"

enum health_path health_path(const char *path) {
    assert(path);
    if (strcmp(path, "/healthz") == 0)
        return HEALTH_LIVE;
    if (strcmp(path, "/readyz") == 0)
        return HEALTH_READY;
    return strcmp(path, "/metrics") == 0 ? HEALTH_METRICS : HEALTH_OTHER;
}

static bool wrong_method(struct http_request *req) {
    if (strcmp(http_method(req), "GET") == 0 || strcmp(http_method(req), "HEAD") == 0)
        return false;
    (void)http_reply_header(req, "Allow", "GET, HEAD");
    http_reply_problem(req, 405, "malformed", "Only GET and HEAD are served here.");
    return true;
}

void health_reply_live(struct http_request *req) {
    static const char text[] = "{\"status\":\"ok\"}\n";
    if (!wrong_method(req))
        http_reply(req, 200, "application/json", text, sizeof text - 1);
}

void health_reply_ready(struct http_request *req, bool ready, const char *waits_for) {
    static const char text[] = "{\"status\":\"ready\"}\n";
    char detail[HEALTH_WAITS_MAX + 16];
    if (wrong_method(req))
        return;
    if (ready) {
        http_reply(req, 200, "application/json", text, sizeof text - 1);
        return;
    }
    (void)snprintf(detail, sizeof detail, "Waiting for %s.", waits_for);
    http_reply_problem(req, 503, "not-ready", detail);
}

void health_reply_metrics(struct http_request *req, const char *service) {
    enum { SLACK = 512 }; /* numbers may grow between the two renderings */
    if (wrong_method(req))
        return;
    size_t size = metrics_render(service, NULL, 0) + SLACK;
    char *text = pd_alloc(http_arena(req), size);
    size_t len = text ? metrics_render(service, text, size) : 0;
    if (!text || len >= size)
        http_reply_problem(req, 503, "busy", "No memory for the metrics. Try again.");
    else
        http_reply(req, 200, "text/plain; version=0.0.4; charset=utf-8", text, len);
}
