#include "common/io/http_ws.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io/http_ws_inner.h"
#include "common/io/metrics.h"

enum {
    CLOSING_MS = 5000, /* for the peer's close frame */
    LINGER_MS = 2000,  /* for the peer to read ours */
    TICK_MAX_MS = 1000,
    GONE = 1006
};

/* ---- states */

static uint64_t patience_ms(const struct ws *ws, enum ws_state state) {
    switch (state) {
    case WS_LIVE:
        return ws->server->limits.ws_ping_ms;
    case WS_PINGED:
        return ws->server->limits.ws_pong_ms;
    case WS_CLOSING:
        return CLOSING_MS;
    case WS_LINGER:
        return LINGER_MS;
    case WS_DOOMED:
    case WS_STATE_COUNT:
        break;
    }
    return 0;
}

static void unlink_ws(struct ws *ws) {
    struct ws_list *list = &ws->server->sockets[ws->state];
    if (ws->prev)
        ws->prev->next = ws->next;
    else
        list->first = ws->next;
    if (ws->next)
        ws->next->prev = ws->prev;
    else
        list->last = ws->prev;
    ws->prev = ws->next = NULL;
}

static void append_ws(struct ws *ws, enum ws_state to) {
    struct ws_list *list = &ws->server->sockets[to];
    ws->state = to;
    ws->due_ms = uv_now(ws->server->loop) + patience_ms(ws, to);
    ws->prev = list->last;
    if (list->last)
        list->last->next = ws;
    else
        list->first = ws;
    list->last = ws;
}

void http__ws_move(struct ws *ws, enum ws_state to) {
    assert(ws->state != WS_DOOMED);
    assert(to < WS_STATE_COUNT);
    unlink_ws(ws);
    append_ws(ws, to);
}

void http__ws_doom(struct ws *ws, unsigned code) {
    if (ws->state == WS_DOOMED)
        return;
    if (code && !ws->code)
        ws->code = (uint16_t)code;
    http__ws_move(ws, WS_DOOMED);
    (void)uv_poll_stop(&ws->poll);
    if (ws->wslay)
        wslay_event_shutdown_read(ws->wslay);
    ws->server->socket_count--;
    metric_set(METRIC_WS_OPEN, ws->server->socket_count);
}

static void on_handle_closed(uv_handle_t *handle) {
    struct ws *ws = handle->data;
    struct http_server *server = ws->server;
    free(ws);
    http__handle_closed(server);
}

static void bury(struct ws *ws) {
    unlink_ws(ws);
    if (ws->ops->on_close)
        ws->ops->on_close(ws, ws->code ? ws->code : GONE, ws->ctx);
    http__ip_give(ws->server, &ws->address);
    wslay_event_context_free(ws->wslay);
    free(ws->out);
    free(ws->early);
    uv_close((uv_handle_t *)&ws->poll, on_handle_closed); /* before its descriptor */
    (void)close(ws->fd);
}

void http__ws_tell_doomed(struct http_server *server) {
    struct ws *ws;
    while ((ws = server->sockets[WS_DOOMED].first))
        bury(ws);
    if (server->socket_count == 0)
        (void)uv_timer_stop(&server->ws_timer);
}

/* ---- writing */

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct ws *ws = poll->data;
    if (status < 0) {
        http__ws_doom(ws, 0);
        return;
    }
    if (events & UV_WRITABLE)
        http__ws_flush(ws);
    if (events & UV_READABLE && ws->state != WS_DOOMED)
        http__ws_read(ws);
}

/* Waits for what there is to wait for; a call of the kernel only when that changes. */
static void watch(struct ws *ws) {
    int events = ws->out_len > ws->out_sent ? UV_READABLE | UV_WRITABLE : UV_READABLE;
    if (ws->state == WS_DOOMED || events == ws->watched)
        return;
    ws->watched = events;
    if (uv_poll_start(&ws->poll, events, on_poll) < 0)
        http__ws_doom(ws, 0);
}

bool http__ws_write(struct ws *ws, const void *bytes, size_t n) {
    size_t waiting = ws->out_len - ws->out_sent;
    if (ws->state == WS_DOOMED || waiting + n > ws->server->limits.ws_queue_max)
        return false;
    if (ws->out_sent > 0) {
        memmove(ws->out, ws->out + ws->out_sent, waiting);
        ws->out_len = waiting;
        ws->out_sent = 0;
    }
    if (ws->out_len + n > ws->out_size) {
        size_t size = ws->out_size ? ws->out_size : 512;
        while (size < ws->out_len + n)
            size *= 2;
        unsigned char *out = realloc(ws->out, size);
        if (!out)
            return false;
        ws->out = out;
        ws->out_size = size;
    }
    memcpy(ws->out + ws->out_len, bytes, n);
    ws->out_len += n;
    return true;
}

void http__ws_flush(struct ws *ws) {
    while (ws->state != WS_DOOMED && ws->out_len > ws->out_sent) {
        ssize_t n = send(ws->fd, ws->out + ws->out_sent, ws->out_len - ws->out_sent, MSG_NOSIGNAL);
        if (n > 0) {
            ws->out_sent += (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } else if (errno != EINTR) {
            http__ws_doom(ws, 0);
        }
    }
    if (ws->out_len == ws->out_sent) {
        free(ws->out);
        ws->out = NULL;
        ws->out_len = ws->out_size = ws->out_sent = 0;
        if (ws->state == WS_LINGER)
            (void)shutdown(ws->fd, SHUT_WR);
    }
    watch(ws);
}

bool ws_send_text(struct ws *ws, const char *text, size_t len) {
    assert(ws && (text || len == 0));
    if (ws->state != WS_LIVE && ws->state != WS_PINGED)
        return false;
    if (!http__ws_frame(ws, WSLAY_TEXT_FRAME, text, len)) {
        metric_add(METRIC_WS_DROPPED, 1);
        http__ws_doom(ws, 0);
        return false;
    }
    metric_add(METRIC_WS_OUT, 1);
    http__ws_flush(ws);
    return ws->state != WS_DOOMED;
}

void ws_close(struct ws *ws, unsigned code, const char *reason) {
    assert(ws);
    assert((code >= 1000 && code <= 1011 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999));
    if (ws->state == WS_LIVE || ws->state == WS_PINGED)
        http__ws_ask_close(ws, code, reason);
}

size_t ws_queued(const struct ws *ws) {
    return ws->out_len - ws->out_sent;
}

/* ---- life */

/* Lists are in the order of their deadlines: the first that is not due ends the walk. */
static void on_tick(uv_timer_t *timer) {
    struct http_server *server = timer->data;
    uint64_t now = uv_now(server->loop);
    struct ws *ws;
    for (int s = WS_PINGED; s <= WS_LINGER; s++) {
        while ((ws = server->sockets[s].first) && ws->due_ms <= now) {
            if (s == WS_PINGED)
                metric_add(METRIC_WS_DROPPED, 1);
            http__ws_doom(ws, 0);
        }
    }
    while ((ws = server->sockets[WS_LIVE].first) && ws->due_ms <= now) {
        http__ws_move(ws, WS_PINGED);
        if (!http__ws_frame(ws, WSLAY_PING, NULL, 0))
            http__ws_doom(ws, 0);
        http__ws_flush(ws);
    }
}

static void start_ticking(struct http_server *server) {
    uint64_t least =
        server->limits.ws_ping_ms < server->limits.ws_pong_ms ? server->limits.ws_ping_ms : server->limits.ws_pong_ms;
    uint64_t tick = least / 4 < TICK_MAX_MS ? least / 4 + 1 : TICK_MAX_MS;
    if (!uv_is_active((uv_handle_t *)&server->ws_timer))
        (void)uv_timer_start(&server->ws_timer, on_tick, tick, tick);
}

/* Without a ws (no memory) the request's end calls on_close(NULL). */
void http__ws_open(struct http_request *req, int fd, const void *early, size_t early_len) {
    struct http_server *server = req->server;
    struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof peer;
    int on = 1;
    struct ws *ws = calloc(1, sizeof *ws);
    unsigned char *copy = early_len ? malloc(early_len) : NULL;
    (void)getpeername(fd, (struct sockaddr *)&peer, &size);
    if (!ws || (early_len && !copy) || uv_poll_init(server->loop, &ws->poll, fd) < 0)
        goto failed;
    ws->address = http__address((struct sockaddr *)&peer);
    ws->poll.data = ws;
    ws->server = server;
    server->handles++;
    if (!http__ip_take(server, &ws->address)) {
        uv_close((uv_handle_t *)&ws->poll, on_handle_closed);
        ws = NULL; /* freed when closed */
        goto failed;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ws->fd = fd;
    ws->ops = req->ws_ops;
    ws->ctx = req->ws_ctx;
    req->ws_ops = NULL;
    if (early_len)
        memcpy(copy, early, early_len);
    ws->early = copy;
    ws->early_len = early_len;
    append_ws(ws, WS_LIVE);
    server->socket_count++;
    metric_set(METRIC_WS_OPEN, server->socket_count);
    start_ticking(server);
    watch(ws);
    if (ws->ops->on_open)
        ws->ops->on_open(ws, ws->ctx);
    if (ws->early_len && ws->state != WS_DOOMED)
        http__ws_read(ws);
    if (server->draining) /* the goodbye went round before it opened */
        ws_close(ws, 1001, "the service is stopping");
    return;

failed:
    free(copy);
    free(ws);
    (void)close(fd);
}

enum pd_fate http__ws_init(struct http_server *server, struct pd_err *err) {
    return http__framer_init(server, err);
}

void http__ws_goodbye(struct http_server *server) {
    struct ws *ws;
    while ((ws = server->sockets[WS_LIVE].first) || (ws = server->sockets[WS_PINGED].first))
        http__ws_ask_close(ws, 1001, "the service is stopping");
}

void http__ws_abort(struct http_server *server) {
    struct ws *ws;
    for (int s = WS_LIVE; s < WS_DOOMED; s++) {
        while ((ws = server->sockets[s].first)) {
            if (s <= WS_PINGED) {
                (void)http__ws_frame(ws, WSLAY_CONNECTION_CLOSE, "\x03\xe9", 2); /* 1001, for who can read it */
                http__ws_flush(ws);
            }
            http__ws_doom(ws, 1001);
        }
    }
    http__ws_tell_doomed(server);
}

void http__ws_fini(struct http_server *server) {
    http__framer_fini(server);
    free(server->ips);
    server->ips = NULL;
}
