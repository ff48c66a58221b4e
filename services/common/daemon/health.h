/* health.h - /healthz, /readyz and /metrics
 *
 * Use       health_path() tells which of them a path is; the replies answer it.
 * Promise   GET and HEAD only (405 otherwise).
 * Threads   loop thread. */
#ifndef COMMON_DAEMON_HEALTH_H
#define COMMON_DAEMON_HEALTH_H

#include <stdbool.h>

#include "common/io/http.h"

enum { HEALTH_WAITS_MAX = 256 };
enum health_path { HEALTH_OTHER, HEALTH_LIVE, HEALTH_READY, HEALTH_METRICS };

enum health_path health_path(const char *path);

void health_reply_live(struct http_request *req);
void health_reply_ready(struct http_request *req, bool ready, const char *waits_for);
void health_reply_metrics(struct http_request *req, const char *service);

#endif
