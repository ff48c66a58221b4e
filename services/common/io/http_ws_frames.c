#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/http_ws_inner.h"
#include "common/io/metrics.h"

enum {
    READ_TURN = 65536, /* bytes of one connection before the others get a turn */
    SCRATCH = 4096,
    CLOSE_REASON_MAX = 120
};

/* ---- frames out: one context for all connections, since a frame of a server has no state once it is written */

static ssize_t frame_out(const uint8_t *bytes, size_t n, int flags, void *user) {
    (void)flags;
    struct http_server *server = user;
    return http__ws_write(server->framing, bytes, n) ? (ssize_t)n : -1;
}

enum pd_fate http__framer_init(struct http_server *server, struct pd_err *err) {
    static const struct wslay_frame_callbacks callbacks = {.send_callback = frame_out};
    if (wslay_frame_context_init(&server->framer, &callbacks, server) != 0)
        return pd_fail(err, PD_RETRY, "nomem", "no memory for a WebSocket framer");
    return PD_OK;
}

void http__framer_fini(struct http_server *server) {
    if (server->framer)
        wslay_frame_context_free(server->framer);
    server->framer = NULL;
}

bool http__ws_frame(struct ws *ws, uint8_t opcode, const void *bytes, size_t n) {
    struct http_server *server = ws->server;
    enum { HEAD_MAX = 10 };
    if (ws->out_len - ws->out_sent + n + HEAD_MAX > server->limits.ws_queue_max)
        return false; /* asked before, so that no half frame stays in the framer */
    struct wslay_frame_iocb frame = {.fin = 1, .opcode = opcode, .payload_length = n, .data = bytes, .data_length = n};
    server->framing = ws;
    ssize_t written = wslay_frame_send(server->framer, &frame);
    server->framing = NULL;
    if (written == (ssize_t)n)
        return true;
    /* No memory in the middle of a frame: the framer remembers it, so it is made anew. */
    struct pd_err ignored;
    http__framer_fini(server);
    (void)http__framer_init(server, &ignored);
    return false;
}

/* ---- wslay's callbacks while reading */

static ssize_t take_early(struct ws *ws, uint8_t *to, size_t n) {
    size_t have = ws->early_len - ws->early_used;
    if (n > have)
        n = have;
    memcpy(to, ws->early + ws->early_used, n);
    ws->early_used += n;
    return (ssize_t)n;
}

static ssize_t on_recv(wslay_event_context_ptr wslay, uint8_t *to, size_t size, int flags, void *user) {
    (void)flags;
    struct ws *ws = user;
    ssize_t n = ws->early_used < ws->early_len ? take_early(ws, to, size) : 0;
    if (n == 0 && ws->turn >= READ_TURN) { /* the descriptor stays readable: we are called again */
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    while (n == 0) {
        n = recv(ws->fd, to, size, 0);
        if (n > 0)
            break;
        bool wait = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        if (n < 0 && errno == EINTR) {
            n = 0;
            continue;
        }
        ws->ended = !wait;
        wslay_event_set_error(wslay, wait ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    ws->fed += (uint64_t)n;
    ws->turn += (size_t)n;
    return n;
}

static ssize_t on_send(wslay_event_context_ptr wslay, const uint8_t *bytes, size_t n, int flags, void *user) {
    (void)flags;
    if (http__ws_write(user, bytes, n))
        return (ssize_t)n;
    wslay_event_set_error(wslay, WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

/* How much of what was fed has become whole frames tells when wslay holds nothing and may be freed. A client's frame
 * has 2 bytes, 0, 2 or 8 of length, 4 of mask; wslay refuses longer forms than needed. */
static void on_frame_start(wslay_event_context_ptr wslay, const struct wslay_event_on_frame_recv_start_arg *frame,
                           void *user) {
    (void)wslay;
    struct ws *ws = user;
    uint64_t n = frame->payload_length;
    ws->left = n + (n > 65535 ? 14U : n > 125 ? 8U : 6U);
    if (!wslay_is_ctrl_frame(frame->opcode))
        ws->in_message = !frame->fin;
    ws->half_code |= frame->opcode == WSLAY_CONNECTION_CLOSE && n == 1; /* wslay takes it for no code at all */
}

static void on_frame_end(wslay_event_context_ptr wslay, void *user) {
    (void)wslay;
    struct ws *ws = user;
    ws->used += ws->left;
    ws->left = 0;
}

static void on_message(wslay_event_context_ptr wslay, const struct wslay_event_on_msg_recv_arg *message, void *user) {
    struct ws *ws = user;
    if (message->opcode == WSLAY_CONNECTION_CLOSE) {
        ws->code = message->status_code ? message->status_code : WSLAY_CODE_NO_STATUS_RCVD;
    } else if (message->opcode == WSLAY_BINARY_FRAME) {
        ws->failed = true;
        ws->code = WSLAY_CODE_UNSUPPORTED_DATA;
        (void)wslay_event_queue_close(wslay, WSLAY_CODE_UNSUPPORTED_DATA, NULL, 0);
        wslay_event_shutdown_read(wslay);
    } else if (message->opcode == WSLAY_TEXT_FRAME && (ws->state == WS_LIVE || ws->state == WS_PINGED)) {
        metric_add(METRIC_WS_IN, 1);
        if (wslay_event_want_write(wslay)) /* pongs of pings that came before this message */
            (void)wslay_event_send(wslay);
        if (ws->ops->on_message)
            ws->ops->on_message(ws, message->msg ? (const char *)message->msg : "", message->msg_length, ws->ctx);
    }
}

static bool have_context(struct ws *ws) {
    static const struct wslay_event_callbacks callbacks = {.recv_callback = on_recv,
                                                           .send_callback = on_send,
                                                           .on_frame_recv_start_callback = on_frame_start,
                                                           .on_frame_recv_end_callback = on_frame_end,
                                                           .on_msg_recv_callback = on_message};
    if (ws->wslay)
        return true;
    if (wslay_event_context_server_init(&ws->wslay, &callbacks, ws) != 0) {
        ws->wslay = NULL;
        return false;
    }
    wslay_event_config_set_max_recv_msg_length(ws->wslay, ws->server->limits.ws_message_max);
    ws->fed = ws->used = 0;
    return true;
}

/* ---- what follows from what was read */

static void throw_away(struct ws *ws) {
    char scratch[SCRATCH];
    for (size_t turn = 0; turn < READ_TURN;) {
        ssize_t n = recv(ws->fd, scratch, sizeof scratch, 0);
        if (n > 0) {
            turn += (size_t)n;
        } else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
            http__ws_doom(ws, 0);
            return;
        } else {
            return;
        }
    }
}

/* wslay has read all that it wants: answer pings, and find out how the connection stands. */
static void settle(struct ws *ws, bool broken_frame) {
    if (broken_frame) { /* wslay would close without saying why */
        static const unsigned char code[] = {WSLAY_CODE_PROTOCOL_ERROR >> 8, WSLAY_CODE_PROTOCOL_ERROR & 255};
        ws->failed = true;
        ws->code = WSLAY_CODE_PROTOCOL_ERROR;
        if (!wslay_event_get_close_sent(ws->wslay))
            (void)http__ws_frame(ws, WSLAY_CONNECTION_CLOSE, code, sizeof code);
    } else if (wslay_event_send(ws->wslay) != 0) {
        http__ws_doom(ws, 0); /* the queue is full, or no memory */
        return;
    }
    bool received = wslay_event_get_close_received(ws->wslay);
    if (!received && !broken_frame && !wslay_event_get_read_enabled(ws->wslay) && ws->state != WS_CLOSING) {
        ws->failed = true;
        if (!ws->code)
            ws->code = wslay_event_get_status_code_sent(ws->wslay);
    }
    if (ws->failed && ws->state != WS_LINGER)
        http__ws_move(ws, WS_LINGER); /* flush() then shuts our side down */
    http__ws_flush(ws);
    if (ws->state != WS_DOOMED && (received || ws->ended) && ws->out_len == ws->out_sent)
        http__ws_doom(ws, 0);
    else if (ws->state != WS_DOOMED && received)
        http__ws_move(ws, WS_LINGER); /* the answer to the peer's close is still to be written */
}

static void free_context(struct ws *ws) {
    wslay_event_context_free(ws->wslay);
    ws->wslay = NULL;
}

void http__ws_read(struct ws *ws) {
    assert(ws->state != WS_DOOMED);
    if (ws->state == WS_LINGER) {
        throw_away(ws);
        return;
    }
    if (!have_context(ws)) {
        http__ws_doom(ws, 0);
        return;
    }
    ws->turn = 0;
    if (ws->state == WS_PINGED)
        http__ws_move(ws, WS_LIVE); /* whatever it says, it lives */
    int rc = wslay_event_recv(ws->wslay);
    if (ws->early_used == ws->early_len && ws->early) {
        free(ws->early);
        ws->early = NULL;
        ws->early_len = ws->early_used = 0;
    }
    if (ws->ended && !wslay_event_get_close_received(ws->wslay))
        http__ws_doom(ws, 0);
    if (ws->state != WS_DOOMED)
        settle(ws, rc == WSLAY_ERR_CALLBACK_FAILURE || ws->half_code);
    bool idle = (ws->state == WS_LIVE || ws->state == WS_PINGED) && ws->fed == ws->used && !ws->in_message &&
                ws->left == 0 && !wslay_event_want_write(ws->wslay);
    if (idle || ws->state == WS_DOOMED) /* thousands may be doomed before the first is buried */
        free_context(ws);
}

void http__ws_ask_close(struct ws *ws, unsigned code, const char *reason) {
    assert(ws->state == WS_LIVE || ws->state == WS_PINGED);
    size_t n = reason ? strnlen(reason, CLOSE_REASON_MAX) : 0;
    http__ws_move(ws, WS_CLOSING);
    if (!have_context(ws) ||
        wslay_event_queue_close(ws->wslay, (uint16_t)code, (const uint8_t *)(reason ? reason : ""), n) != 0 ||
        wslay_event_send(ws->wslay) != 0) {
        http__ws_doom(ws, 0);
        return;
    }
    http__ws_flush(ws);
}
