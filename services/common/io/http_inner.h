/* http_inner.h - what the files of the HTTP server share; nobody else includes it
 *
 * One libmicrohttpd daemon without threads; its epoll descriptor is watched by uv_poll, its timeout kept by uv_timer.
 * http__run() is the only place that calls MHD_run(), never from inside itself. Held requests are suspended
 * connections; answering one queues the response, resumes it and marks run_wanted, which the uv_prepare handle sees
 * before the loop can sleep. WebSockets leave libmicrohttpd at once: it keeps upgraded connections in the list that it
 * walks at each resume, and their buffers; so their socket is duplicated and its own end closed. */
#ifndef COMMON_IO_HTTP_INNER_H
#define COMMON_IO_HTTP_INNER_H

#include <microhttpd.h>
#include <uv.h>

#include "common/io/http.h"
#include "common/io/http_ws.h"

enum request_state {
    REQUEST_FREE,     /* in server->idle */
    REQUEST_HEAD,     /* the target is known, the head not yet complete */
    REQUEST_BODY,     /* the body is being read */
    REQUEST_HANDLING, /* inside ops.request */
    REQUEST_HELD,     /* the handler returned without an answer; suspended */
    REQUEST_ANSWERED  /* the response is queued; libmicrohttpd will say when it is over */
};

struct reply_header {
    struct reply_header *next;
    const char *name;
    const char *value;
};

struct http_request {
    struct http_server *server;
    struct http_request *next_all; /* every request ever made, freed with the server */
    struct http_request *next_idle;
    uint64_t seq; /* changes when the request is answered: refs become stale */
    enum request_state state;
    bool held;         /* http_hold() was called */
    bool bad_target;   /* 400 */
    bool too_large;    /* 413 */
    bool unanswerable; /* no memory for the answer: the connection is given up */
    struct MHD_Connection *connection;
    const char *method;
    const char *path;
    const char *version;
    uint64_t received_ns;
    size_t body_max;
    char *body; /* owned, kept between requests when small */
    size_t body_len, body_size;
    struct pd_arena arena;
    struct reply_header *headers, *last_header;
    void *user;
    char peer[48];
    const struct ws_ops *ws_ops; /* set: an upgrade was answered and has not opened yet */
    void *ws_ctx;
};

struct ws_list {
    struct ws *first, *last;
};

enum ws_state {
    WS_LIVE,    /* due: send a ping */
    WS_PINGED,  /* due: dead */
    WS_CLOSING, /* a close frame was sent or asked for; due: give up waiting for the peer's */
    WS_LINGER,  /* closed by us for cause, reading what still comes so that the close frame is not lost to a reset */
    WS_DOOMED,  /* on_close follows in the next http__prepare() */
    WS_STATE_COUNT
};

struct wslay_frame_context;

struct http_server {
    uv_loop_t *loop;
    struct MHD_Daemon *mhd;
    struct http_limits limits;
    struct http_ops ops;
    void *ctx;
    unsigned port;

    uv_poll_t poll;       /* libmicrohttpd's epoll descriptor */
    uv_timer_t timer;     /* its timeout */
    uv_prepare_t prepare; /* before the loop may sleep */
    uv_timer_t ws_timer;  /* pings and deadlines of WebSockets; runs while there are any */
    uv_timer_t grace;     /* draining: for requests whose body is still on its way */
    unsigned handles;     /* open uv handles, those of WebSockets included */

    bool running, run_wanted;
    bool draining, grace_over, closing, closed_told;
    void (*drained)(void *ctx);
    void *drained_ctx;
    void (*closed)(void *ctx);
    void *closed_ctx;

    struct http_request *all, *idle;
    unsigned idle_count, requests;
    unsigned busy; /* of them complete, with the handler or on their way back */

    struct ws_list sockets[WS_STATE_COUNT];
    unsigned socket_count; /* all but doomed */
    struct ws_ip **ips;    /* counts by address, when connections_per_ip is set */
    struct wslay_frame_context *framer;
    struct ws *framing;
};

/* http.c */
void http__run(struct http_server *server);
void http__handle_closed(struct http_server *server);

/* http_request.c: the callbacks of libmicrohttpd */
void *http__on_target(void *cls, const char *target, struct MHD_Connection *connection);
enum MHD_Result http__on_access(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                const char *version, const char *upload, size_t *upload_len, void **request);
void http__on_completed(void *cls, struct MHD_Connection *connection, void **request,
                        enum MHD_RequestTerminationCode why);
void http__requests_free(struct http_server *server);

/* http_reply.c: queues response and moves the request to ANSWERED; takes over the response. */
void http__answer(struct http_request *req, unsigned status, struct MHD_Response *response);
void http__add_headers(struct http_request *req, struct MHD_Response *response);

/* http_ws.c */
enum pd_fate http__ws_init(struct http_server *server, struct pd_err *err);
void http__ws_open(struct http_request *req, int fd, const void *early, size_t early_len);
void http__ws_tell_doomed(struct http_server *server);
void http__ws_goodbye(struct http_server *server); /* 1001 to all */
void http__ws_abort(struct http_server *server);   /* dooms all and tells */
void http__ws_fini(struct http_server *server);

#endif
