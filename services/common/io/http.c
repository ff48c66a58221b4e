#include "common/io/http.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/io/http_inner.h"
#include "common/io/listen.h"
#include "common/io/metrics.h"

/* MHD_run() in a row before the loop's other handles get a turn. */
enum { RUNS_MAX = 8 };

/* Draining waits so long for bodies on their way. A client that vanished in the middle of one may go unnoticed until
 * its idle time is over: libmicrohttpd reads to the last byte and not to the end of file behind it. */
enum { GRACE_MS = 500 };

const struct http_limits http_limits_default = {.body_max = 65536,
                                                .arena_max = 262144,
                                                .connection_memory = 8192,
                                                .connections_max = 4096,
                                                .connections_per_ip = 0,
                                                .idle_s = 60,
                                                .body_s = 30,
                                                .ws_max = 65536,
                                                .ws_message_max = 16384,
                                                .ws_queue_max = 262144,
                                                .ws_ping_ms = 30000,
                                                .ws_pong_ms = 15000};

static void on_timer(uv_timer_t *timer);

static void set_timer(struct http_server *server) {
    MHD_UNSIGNED_LONG_LONG ms;
    if (MHD_get_timeout(server->mhd, &ms) == MHD_YES)
        (void)uv_timer_start(&server->timer, on_timer, ms, 0);
    else
        (void)uv_timer_stop(&server->timer);
}

void http__run(struct http_server *server) {
    assert(!server->running);
    if (!server->mhd)
        return;
    server->running = true;
    MHD_UNSIGNED_LONG_LONG ms = 0;
    for (int i = 0; i < RUNS_MAX; i++) {
        server->run_wanted = false;
        (void)MHD_run(server->mhd);
        bool more = MHD_get_timeout(server->mhd, &ms) == MHD_YES && ms == 0;
        if (!more && !server->run_wanted)
            break;
    }
    server->running = false;
    set_timer(server);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    http__run(poll->data);
}

static void on_timer(uv_timer_t *timer) {
    http__run(timer->data);
}

/* The last stop before the loop may sleep: nothing may be left undone behind it. */
static void on_prepare(uv_prepare_t *prepare) {
    struct http_server *server = prepare->data;
    if (server->run_wanted)
        http__run(server);
    http__ws_tell_doomed(server);
    bool quiet = server->requests == 0 || (server->busy == 0 && server->grace_over);
    if (server->drained && quiet && server->socket_count == 0) {
        void (*drained)(void *) = server->drained;
        server->drained = NULL;
        drained(server->drained_ctx);
    }
}

static struct MHD_Daemon *start_daemon(struct http_server *server, int fd) {
    const struct http_limits *l = &server->limits;
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE | MHD_USE_ITC, 0, NULL, NULL,
                            http__on_access, server, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            l->connection_memory, MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t)1024,
                            MHD_OPTION_CONNECTION_LIMIT, l->connections_max, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                            l->connections_per_ip, MHD_OPTION_CONNECTION_TIMEOUT, l->idle_s,
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, http__on_target, server,
                            MHD_OPTION_NOTIFY_COMPLETED, http__on_completed, server, MHD_OPTION_END);
}

static enum pd_fate watch(struct http_server *server, struct pd_err *err) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info)
        return pd_fail(err, PD_BROKEN, "mhd", "libmicrohttpd has no epoll descriptor");
    int rc = uv_poll_init(server->loop, &server->poll, info->epoll_fd);
    if (rc < 0)
        return pd_fail(err, PD_BROKEN, uv_err_name(rc), "uv_poll_init: %s", uv_strerror(rc));
    (void)uv_timer_init(server->loop, &server->timer);
    (void)uv_timer_init(server->loop, &server->ws_timer);
    (void)uv_timer_init(server->loop, &server->grace);
    (void)uv_prepare_init(server->loop, &server->prepare);
    server->grace.data = server;
    server->poll.data = server->timer.data = server->ws_timer.data = server->prepare.data = server;
    server->handles = 5;
    (void)uv_poll_start(&server->poll, UV_READABLE, on_poll);
    (void)uv_prepare_start(&server->prepare, on_prepare);
    server->run_wanted = true; /* libmicrohttpd adds the listening socket in its first run */
    return PD_OK;
}

enum pd_fate http_server_open(uv_loop_t *loop, const char *address, const struct http_limits *limits,
                              const struct http_ops *ops, void *ctx, struct http_server **ret_server,
                              struct pd_err *err) {
    assert(loop && address && ret_server);
    assert(ops && ops->request);
    struct http_server *server = calloc(1, sizeof *server);
    if (!server)
        return pd_fail(err, PD_RETRY, "nomem", "no memory for a server");
    server->loop = loop;
    server->limits = limits ? *limits : http_limits_default;
    server->ops = *ops;
    server->ctx = ctx;
    int fd = -1;
    if (http__ws_init(server, err) != PD_OK || listen_open(address, &fd, &server->port, err) != PD_OK)
        goto failed;
    server->mhd = start_daemon(server, fd);
    if (!server->mhd) {
        (void)pd_fail(err, PD_BROKEN, "mhd", "libmicrohttpd does not start");
        goto failed;
    }
    fd = -1; /* libmicrohttpd's now */
    if (watch(server, err) != PD_OK)
        goto failed;
    *ret_server = server;
    return PD_OK;

failed:
    if (server->mhd)
        MHD_stop_daemon(server->mhd);
    if (fd >= 0)
        (void)close(fd);
    http__ws_fini(server);
    free(server);
    return err->fate;
}

unsigned http_server_port(const struct http_server *server) {
    return server->port;
}
unsigned http_server_requests(const struct http_server *server) {
    return server->requests;
}
unsigned http_server_sockets(const struct http_server *server) {
    return server->socket_count;
}

static void stop_accepting(struct http_server *server) {
    if (server->draining)
        return;
    server->draining = true;
    int fd = MHD_quiesce_daemon(server->mhd);
    if (fd != MHD_INVALID_SOCKET)
        (void)close(fd); /* ours again; clients get "refused" from now on */
}

static void on_grace(uv_timer_t *timer) {
    ((struct http_server *)timer->data)->grace_over = true;
}

void http_server_drain(struct http_server *server, void (*drained)(void *ctx), void *ctx) {
    assert(server && drained);
    assert(!server->closing);
    stop_accepting(server);
    server->drained = drained;
    server->drained_ctx = ctx;
    server->run_wanted = true;
    (void)uv_timer_start(&server->grace, on_grace, GRACE_MS, 0);
    http__ws_goodbye(server);
}

void http__handle_closed(struct http_server *server) {
    assert(server->handles > 0);
    if (--server->handles == 0 && server->closing && !server->closed_told) {
        server->closed_told = true;
        if (server->closed)
            server->closed(server->closed_ctx);
    }
}

static void on_handle_closed(uv_handle_t *handle) {
    http__handle_closed(handle->data);
}

/* libmicrohttpd aborts the process when it is stopped with a suspended connection. */
static void answer_held(struct http_server *server) {
    for (struct http_request *req = server->all; req; req = req->next_all) {
        if (req->state == REQUEST_HELD)
            http_reply_problem(req, 503, "busy", "The service is stopping. Try again.");
    }
    for (int i = 0; i < RUNS_MAX && server->requests > 0; i++)
        http__run(server);
}

void http_server_close(struct http_server *server, void (*closed)(void *ctx), void *ctx) {
    assert(server && !server->closing);
    assert(!server->running);
    server->closing = true;
    server->closed = closed;
    server->closed_ctx = ctx;
    server->drained = NULL;
    stop_accepting(server);
    answer_held(server);
    http__ws_abort(server);
    /* The poll handle goes before the descriptor under it: the next one to be opened may get the same number. */
    uv_close((uv_handle_t *)&server->poll, on_handle_closed);
    uv_close((uv_handle_t *)&server->timer, on_handle_closed);
    uv_close((uv_handle_t *)&server->prepare, on_handle_closed);
    uv_close((uv_handle_t *)&server->ws_timer, on_handle_closed);
    uv_close((uv_handle_t *)&server->grace, on_handle_closed);
    server->running = true; /* callbacks of the stopping daemon must not run it */
    MHD_stop_daemon(server->mhd);
    server->mhd = NULL;
    server->running = false;
    assert(server->requests == 0);
}

void http_server_free(struct http_server *server) {
    if (!server)
        return;
    assert(server->closing && server->handles == 0);
    http__requests_free(server);
    http__ws_fini(server);
    free(server);
}
