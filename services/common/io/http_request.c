#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/json_text.h"
#include "common/io/http_inner.h"
#include "common/io/metrics.h"

enum {
    ARENA_FIRST = 2048,
    BODY_FIRST = 2048,
    BODY_KEEP_MAX = 8192,      /* a larger body buffer is given back after the request */
    WARM_MAX = 64,             /* idle requests that keep their memory */
    SWALLOW_MAX = 1024 * 1024, /* a body this much too long is read to its end, so that the client sees the answer */
    MS = 1000
};

/* ---- the pool */

static struct http_request *take_request(struct http_server *server) {
    struct http_request *req = server->idle;
    if (req) {
        server->idle = req->next_idle;
        server->idle_count--;
    } else {
        req = calloc(1, sizeof *req);
        if (!req)
            return NULL;
        req->server = server;
        pd_arena_init(&req->arena, ARENA_FIRST, server->limits.arena_max);
        req->next_all = server->all;
        server->all = req;
    }
    assert(req->state == REQUEST_FREE);
    server->requests++;
    metric_set(METRIC_HTTP_PENDING, server->requests);
    return req;
}

static void give_request(struct http_request *req) {
    struct http_server *server = req->server;
    assert(req->state != REQUEST_FREE);
    if (req->state >= REQUEST_HANDLING)
        server->busy--;
    metric_max(METRIC_ARENA_PEAK, (int64_t)req->arena.peak);
    bool warm = server->idle_count < WARM_MAX;
    if (warm)
        pd_arena_reset(&req->arena);
    else
        pd_arena_fini(&req->arena);
    if (!warm || req->body_size > BODY_KEEP_MAX) {
        free(req->body);
        req->body = NULL;
        req->body_size = 0;
    }
    req->seq++;
    req->state = REQUEST_FREE;
    req->held = req->bad_target = req->too_large = req->unanswerable = false;
    req->connection = NULL;
    req->method = req->path = NULL;
    req->body_len = 0;
    req->headers = NULL;
    req->user = NULL;
    req->peer[0] = '\0';
    req->next_idle = server->idle;
    server->idle = req;
    server->idle_count++;
    server->requests--;
    metric_set(METRIC_HTTP_PENDING, server->requests);
}

void http__requests_free(struct http_server *server) {
    while (server->all) {
        struct http_request *req = server->all;
        server->all = req->next_all;
        pd_arena_fini(&req->arena);
        free(req->body);
        free(req);
    }
    server->idle = NULL;
}

/* ---- reading a request */

static int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Is the raw target's decoded form UTF-8 without control characters? libmicrohttpd decodes in place, and a %00 would
 * cut the path short unseen. */
static bool target_is_sound(const char *target) {
    char character[4];
    size_t have = 0;
    for (const char *p = target; *p; p++) {
        int c = (unsigned char)*p;
        if (c == '%') {
            int high = hex_value(p[1]), low = high < 0 ? -1 : hex_value(p[2]);
            if (low < 0)
                return false;
            c = high << 4 | low;
            p += 2;
        }
        if (c < 0x20 || c == 0x7f)
            return false;
        character[have++] = (char)c;
        if (utf8_length(character, have) > 0)
            have = 0;
        else if (c < 0x80 || have == sizeof character)
            return false;
    }
    return have == 0;
}

void *http__on_target(void *cls, const char *target, struct MHD_Connection *connection) {
    struct http_server *server = cls;
    struct http_request *req = take_request(server);
    if (!req)
        return NULL;
    req->connection = connection;
    req->state = REQUEST_HEAD;
    req->received_ns = uv_hrtime();
    req->bad_target = !target || !target_is_sound(target);
    return req;
}

/* The head is complete: what body may come? False when it is too long to be even thrown away. */
static bool begin_body(struct http_request *req, const char *url, const char *method) {
    struct http_server *server = req->server;
    req->state = REQUEST_BODY;
    req->path = url;
    req->method = method;
    req->received_ns = uv_hrtime();
    if (server->ops.body_max && !req->bad_target)
        req->body_max = server->ops.body_max(method, url, server->ctx);
    else
        req->body_max = 0;
    if (req->body_max == 0)
        req->body_max = server->limits.body_max;
    const char *announced = http_header(req, MHD_HTTP_HEADER_CONTENT_LENGTH);
    unsigned long long length = announced ? strtoull(announced, NULL, 10) : 0; /* libmicrohttpd has checked it */
    req->too_large = length > req->body_max;
    return length <= (unsigned long long)req->body_max + SWALLOW_MAX;
}

/* False: give the connection up. */
static bool add_body(struct http_request *req, const char *bytes, size_t n) {
    uint64_t age_ms = (uv_hrtime() - req->received_ns) / 1000000;
    if (age_ms > (uint64_t)req->server->limits.body_s * MS)
        return false;
    if (req->too_large || n > req->body_max - req->body_len) {
        req->too_large = true;
        req->body_len += n; /* counted, not kept: a chunked body may have no end */
        return req->body_len <= req->body_max + SWALLOW_MAX;
    }
    if (req->body_len + n + 1 > req->body_size) {
        size_t size = req->body_size ? req->body_size : BODY_FIRST;
        while (size < req->body_len + n + 1)
            size *= 2;
        char *body = realloc(req->body, size);
        if (!body)
            return false;
        req->body = body;
        req->body_size = size;
    }
    memcpy(req->body + req->body_len, bytes, n);
    req->body_len += n;
    req->body[req->body_len] = '\0';
    return true;
}

static void handle(struct http_request *req) {
    struct http_server *server = req->server;
    req->state = REQUEST_HANDLING;
    server->busy++;
    if (req->bad_target) {
        http_reply_problem(req, 400, "malformed", "The request target is not percent-encoded UTF-8.");
    } else if (req->too_large) {
        http_reply_problem(req, 413, "too-large", "The body is longer than this path allows.");
    } else if (server->closing) {
        http_reply_problem(req, 503, "busy", "The service is stopping. Try again.");
    } else {
        server->ops.request(req, server->ctx);
        if (req->state == REQUEST_HANDLING && !req->held)
            http_reply_problem(req, 500, "internal", "The request was not answered.");
    }
    if (req->state == REQUEST_HANDLING) {
        req->state = REQUEST_HELD;
        MHD_suspend_connection(req->connection);
    }
}

enum MHD_Result http__on_access(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                const char *version, const char *upload, size_t *upload_len, void **request) {
    (void)cls;
    struct http_request *req = *request;
    if (!req)
        return MHD_NO; /* no memory when it began */
    assert(req->connection == connection);
    if (req->state == REQUEST_HEAD) {
        req->version = version;
        if (!begin_body(req, url, method)) {
            req->state = REQUEST_HANDLING;
            req->server->busy++;
            http_reply_problem(req, 413, "too-large", "The body is longer than this path allows.");
        }
        return MHD_YES;
    }
    if (*upload_len > 0) {
        bool go_on = req->state != REQUEST_BODY || add_body(req, upload, *upload_len);
        *upload_len = 0;
        return go_on ? MHD_YES : MHD_NO;
    }
    if (req->state == REQUEST_BODY)
        handle(req);
    return req->unanswerable ? MHD_NO : MHD_YES;
}

void http__on_completed(void *cls, struct MHD_Connection *connection, void **request,
                        enum MHD_RequestTerminationCode why) {
    (void)cls;
    (void)connection;
    (void)why;
    struct http_request *req = *request;
    *request = NULL;
    if (!req)
        return;
    assert(req->state != REQUEST_HELD); /* suspended connections end only after their answer */
    if (req->ws_ops) {                  /* answered 101, and the connection died before it opened */
        const struct ws_ops *ops = req->ws_ops;
        req->ws_ops = NULL;
        if (ops->on_close)
            ops->on_close(NULL, 1006, req->ws_ctx);
    }
    give_request(req);
}

/* ---- what the handler asks */

const char *http_method(const struct http_request *req) {
    return req->method;
}
const char *http_path(const struct http_request *req) {
    return req->path;
}

const char *http_query(const struct http_request *req, const char *name) {
    const char *value = NULL;
    if (MHD_lookup_connection_value_n(req->connection, MHD_GET_ARGUMENT_KIND, name, strlen(name), &value, NULL) !=
        MHD_YES)
        return NULL;
    return value ? value : "";
}

const char *http_header(const struct http_request *req, const char *name) {
    return MHD_lookup_connection_value(req->connection, MHD_HEADER_KIND, name);
}

struct each_query {
    bool (*each)(const char *name, const char *value, void *ctx);
    void *ctx;
};

static enum MHD_Result on_query(void *cls, enum MHD_ValueKind kind, const char *name, const char *value) {
    (void)kind;
    const struct each_query *q = cls;
    return q->each(name, value ? value : "", q->ctx) ? MHD_YES : MHD_NO;
}

void http_query_each(const struct http_request *req, bool (*each)(const char *name, const char *value, void *ctx),
                     void *ctx) {
    struct each_query q = {each, ctx};
    (void)MHD_get_connection_values(req->connection, MHD_GET_ARGUMENT_KIND, on_query, &q);
}

const char *http_body(const struct http_request *req, size_t *ret_len) {
    if (ret_len)
        *ret_len = req->body_len;
    return req->body_len > 0 ? req->body : "";
}

const char *http_peer(const struct http_request *req) {
    struct http_request *mine = (struct http_request *)req; /* the text is made when first asked for */
    const union MHD_ConnectionInfo *info;
    if (!mine->peer[0] && (info = MHD_get_connection_info(req->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS))) {
        const struct sockaddr *peer = info->client_addr;
        const void *bytes = peer->sa_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)peer)->sin6_addr
                                                        : (const void *)&((const struct sockaddr_in *)peer)->sin_addr;
        if (!inet_ntop(peer->sa_family, bytes, mine->peer, sizeof mine->peer))
            memcpy(mine->peer, "?", 2);
    }
    return mine->peer;
}

uint64_t http_received_ns(const struct http_request *req) {
    return req->received_ns;
}
struct pd_arena *http_arena(struct http_request *req) {
    return &req->arena;
}
void http_set_user(struct http_request *req, void *user) {
    req->user = user;
}
void *http_user(const struct http_request *req) {
    return req->user;
}

struct http_ref http_hold(struct http_request *req) {
    assert(req->state == REQUEST_HANDLING || req->state == REQUEST_HELD);
    req->held = true;
    return (struct http_ref){req, req->seq};
}

struct http_request *http_held(struct http_ref ref) {
    return ref.req && ref.req->seq == ref.seq && ref.req->state != REQUEST_ANSWERED ? ref.req : NULL;
}
