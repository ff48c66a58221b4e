/* http.h - an HTTP/1.1 and WebSocket server on the service's loop (libmicrohttpd, wslay)
 *
 * Use       http_server_open() on the loop; ops.request is called once for each complete request, body included.
 *           Answer at once with http_reply(), or keep the request:
 *               struct http_ref ref = http_hold(req);                         in ops.request
 *               ...
 *               struct http_request *req = http_held(ref);                    later, on the loop thread
 *               if (req)
 *                   http_reply(req, 200, "application/json", body, len);
 *           or turn it into a WebSocket with http_upgrade() (http_ws.h), at once or later.
 * Promise   each request is answered exactly once. A handler that neither answers nor holds answers 500. A request held
 *           stays valid until it is answered, also when its client has gone; only a server that is closing answers held
 *           requests by itself (503), after which http_held() says NULL.
 *           Path and query are percent-decoded UTF-8 without zero bytes; anything else was answered 400 before.
 * Limits    struct http_limits. Too long a body: 413, read and thrown away, the connection stays when little is left.
 *           Too long a head: 431 by libmicrohttpd. Nothing sent for idle_s seconds, or a body that takes longer than
 *           body_s in all: closed.
 * Fails     http_server_open(): PD_RETRY "uv-..."/"errno-..." when the address cannot be had now, PD_REFUSED when it
 *           cannot be read, PD_BROKEN when libmicrohttpd refuses.
 * Memory    http_method(), http_path(), http_query(), http_header(), http_body() and what comes from http_arena() are
 *           borrowed until http_reply() or http_upgrade() returns. http_reply() copies what it is given.
 *           One idle keep-alive connection costs connection_memory + about 1 kB.
 * Threads   loop thread only.
 * Bugs      a client that vanishes in the middle of its body may go unnoticed until idle_s is over, because libmicrohttpd
 *           does not look for the end of file behind the last byte it was given. */
#ifndef COMMON_IO_HTTP_H
#define COMMON_IO_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/err.h"

struct uv_loop_s;
struct http_server;
struct http_request;

struct http_limits {
    size_t body_max;             /* bytes of a body, unless ops.body_max says otherwise */
    size_t arena_max;            /* bytes of http_arena() of one request */
    size_t connection_memory;    /* head of request and of answer must fit */
    unsigned connections_max;    /* HTTP connections at once; more wait in the kernel's backlog */
    unsigned connections_per_ip; /* 0 = no limit; WebSockets are counted on their own against the same figure */
    unsigned idle_s;             /* seconds without a byte */
    unsigned body_s;             /* seconds for a whole body */
    unsigned ws_max;             /* WebSockets at once */
    size_t ws_message_max;       /* bytes of one message from the peer: more closes with 1009 */
    size_t ws_queue_max;         /* bytes unread by the peer: more drops the connection */
    unsigned ws_ping_ms;         /* a ping after so long */
    unsigned ws_pong_ms;         /* and the connection is dead when nothing came so long after it */
};

/* 64 kB bodies, 256 kB arenas, 8 kB heads, 4096 connections, 60 s idle, 30 s a body; WebSockets: 65536, 16 kB messages,
 * 256 kB queues, ping every 30 s, dead after 15 s more. */
extern const struct http_limits http_limits_default;

struct http_ops {
    /* A complete request. */
    void (*request)(struct http_request *req, void *ctx);
    /* The body limit of one path; NULL, or an answer of 0, means limits.body_max. */
    size_t (*body_max)(const char *method, const char *path, void *ctx);
};

/* Binds address ("127.0.0.1:8311", "[::1]:0", "0.0.0.0:80", "name:port") and listens. *ops and *limits are copied. */
enum pd_fate http_server_open(struct uv_loop_s *loop, const char *address, const struct http_limits *limits,
                              const struct http_ops *ops, void *ctx, struct http_server **ret_server,
                              struct pd_err *err) __attribute__((warn_unused_result));

/* The bound port; of interest after ":0". */
unsigned http_server_port(const struct http_server *server);

/* Requests being read or waiting for their answer, and open WebSockets. */
unsigned http_server_requests(const struct http_server *server);
unsigned http_server_sockets(const struct http_server *server);

/* Stops accepting and tells WebSockets to go (1001); answers from now on carry "Connection: close". `drained` is called
 * once, from the loop, when no request and no WebSocket is left (perhaps never: the caller has the deadline). */
void http_server_drain(struct http_server *server, void (*drained)(void *ctx), void *ctx);

/* Ends everything now: held requests are answered 503, connections closed, handles closed. `closed` is called from the
 * loop when no handle is left; http_held() keeps saying NULL until http_server_free(). */
void http_server_close(struct http_server *server, void (*closed)(void *ctx), void *ctx);

/* After `closed`. NULL is fine. */
void http_server_free(struct http_server *server);

/* ---- the request */

const char *http_method(const struct http_request *req); /* "GET" */
const char *http_path(const struct http_request *req);   /* "/v1/orders/0190..." */

/* The value of a query parameter ("" when it has none), or NULL. The first one of several. */
const char *http_query(const struct http_request *req, const char *name);

/* Calls each(name, value, ctx) for every query parameter until it says false. */
void http_query_each(const struct http_request *req, bool (*each)(const char *name, const char *value, void *ctx),
                     void *ctx);

/* The value of a header (names in any case), or NULL. */
const char *http_header(const struct http_request *req, const char *name);

/* The body, never NULL, followed by a zero byte that is not counted. */
const char *http_body(const struct http_request *req, size_t *ret_len);

/* The peer's address without port, "127.0.0.1" or "::1". */
const char *http_peer(const struct http_request *req);

/* When the head was complete: monotonic nanoseconds (uv_hrtime). */
uint64_t http_received_ns(const struct http_request *req);

/* Memory that lives as long as the request. */
struct pd_arena *http_arena(struct http_request *req);

/* A place for the handler's own pointer; NULL at first. */
void http_set_user(struct http_request *req, void *user);
void *http_user(const struct http_request *req);

/* ---- the answer */

/* Adds a header to the answer that follows; name and value are copied. Values with line breaks are refused (false). */
bool http_reply_header(struct http_request *req, const char *name, const char *value);

/* Answers. content_type NULL sends none (for 204 and 304). The request is gone afterwards. */
void http_reply(struct http_request *req, unsigned status, const char *content_type, const void *body, size_t len);

/* Answers with an RFC 9457 problem document: type urn:paidan:problem:<code>, title the status' own words. */
void http_reply_problem(struct http_request *req, unsigned status, const char *code, const char *detail);

/* ---- keeping a request to answer it later */

struct http_ref {
    struct http_request *req;
    uint64_t seq;
};

struct http_ref http_hold(struct http_request *req);
struct http_request *http_held(struct http_ref ref); /* NULL: answered already, or the server is closing */

#endif
