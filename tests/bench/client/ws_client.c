#include "ws_client.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

enum { HEAD_MAX = 4096 };

enum ws_client_state { WS_CONNECTING, WS_HANDSHAKE, WS_OPEN, WS_CLOSED };

struct ws_client {
    uv_tcp_t tcp;
    uv_connect_t connect;
    enum ws_client_state state;
    const struct ws_client_ops *ops;
    void *context;
    wslay_event_context_ptr frames;
    const uint8_t *in; /* what wslay may still take of the bytes just read */
    size_t in_length;
    size_t head_length;
    char head[HEAD_MAX]; /* our request, then the server's answer up to its empty line */
    char why[128];
};

static char shared_buffer[65536]; /* one thread, one read at a time */

static void on_closed(uv_handle_t *handle) {
    struct ws_client *ws = handle->data;
    ws->ops->on_close(ws, ws->why, ws->context);
    if (ws->frames != NULL) {
        wslay_event_context_free(ws->frames);
    }
    free(ws);
}

static void fail(struct ws_client *ws, const char *why) {
    if (ws->state != WS_CLOSED) {
        ws->state = WS_CLOSED;
        snprintf(ws->why, sizeof ws->why, "%s", why);
        uv_close((uv_handle_t *)&ws->tcp, on_closed);
    }
}

void ws_client_close(struct ws_client *ws) {
    fail(ws, "closed by us");
}

/* ---- wslay's callbacks */

static ssize_t take_bytes(wslay_event_context_ptr frames, uint8_t *to, size_t size, int flags, void *user) {
    (void)flags;
    struct ws_client *ws = user;
    if (ws->in_length == 0) {
        wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    size_t count = ws->in_length < size ? ws->in_length : size;
    memcpy(to, ws->in, count);
    ws->in += count;
    ws->in_length -= count;
    return (ssize_t)count;
}

struct late_write {
    uv_write_t write;
    char bytes[];
};

static void on_written(uv_write_t *write, int status) {
    (void)status; /* the read side notices a broken connection */
    free(write->data);
}

/* What the kernel does not take now is copied and sent later, in order: libuv queues writes. */
static ssize_t give_bytes(wslay_event_context_ptr frames, const uint8_t *bytes, size_t length, int flags, void *user) {
    (void)flags;
    struct ws_client *ws = user;
    char *base; /* libuv only reads it */
    memcpy(&base, &bytes, sizeof base);
    uv_buf_t buf = uv_buf_init(base, (unsigned)length);
    int sent = uv_try_write((uv_stream_t *)&ws->tcp, &buf, 1);
    if (sent == (int)length) {
        return sent;
    }
    if (sent < 0 && sent != UV_EAGAIN) {
        wslay_event_set_error(frames, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    size_t done = sent > 0 ? (size_t)sent : 0;
    struct late_write *late = malloc(sizeof *late + length - done);
    if (late == NULL) {
        wslay_event_set_error(frames, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    memcpy(late->bytes, bytes + done, length - done);
    late->write.data = late;
    buf = uv_buf_init(late->bytes, (unsigned)(length - done));
    if (uv_write(&late->write, (uv_stream_t *)&ws->tcp, &buf, 1, on_written) != 0) {
        free(late);
        wslay_event_set_error(frames, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    return (ssize_t)length;
}

static int make_mask(wslay_event_context_ptr frames, uint8_t *to, size_t length, void *user) {
    (void)frames;
    (void)user;
    randombytes_buf(to, length);
    return 0;
}

static void on_message(wslay_event_context_ptr frames, const struct wslay_event_on_msg_recv_arg *arg, void *user) {
    (void)frames;
    struct ws_client *ws = user;
    if (arg->opcode == WSLAY_TEXT_FRAME && ws->state == WS_OPEN) {
        ws->ops->on_text(ws, (const char *)arg->msg, arg->msg_length, ws->context);
    }
}

/* ---- the connection */

static void take_frames(struct ws_client *ws, const char *bytes, size_t length) {
    ws->in = (const uint8_t *)bytes;
    ws->in_length = length;
    if (wslay_event_recv(ws->frames) != 0 || (ws->state == WS_OPEN && wslay_event_send(ws->frames) != 0)) {
        fail(ws, "broken frame or connection");
    } else if (ws->state == WS_OPEN && wslay_event_get_close_received(ws->frames)) {
        char why[64];
        snprintf(why, sizeof why, "closed by the server, code %d", wslay_event_get_status_code_received(ws->frames));
        fail(ws, why);
    }
}

static void take_head(struct ws_client *ws, const char *bytes, size_t length) {
    size_t room = sizeof ws->head - 1 - ws->head_length;
    size_t count = length < room ? length : room;
    memcpy(ws->head + ws->head_length, bytes, count);
    size_t before = ws->head_length;
    ws->head_length += count;
    ws->head[ws->head_length] = '\0';
    char *end = strstr(ws->head, "\r\n\r\n");
    if (end == NULL) {
        if (count < length) {
            fail(ws, "handshake: headers too long");
        }
        return;
    }
    if (strncmp(ws->head, "HTTP/1.1 101 ", 13) != 0) {
        char why[96];
        snprintf(why, sizeof why, "handshake: %.*s", (int)strcspn(ws->head, "\r\n"), ws->head);
        fail(ws, why);
        return;
    }
    static const struct wslay_event_callbacks callbacks = {.recv_callback = take_bytes,
                                                           .send_callback = give_bytes,
                                                           .genmask_callback = make_mask,
                                                           .on_msg_recv_callback = on_message};
    if (wslay_event_context_client_init(&ws->frames, &callbacks, ws) != 0) {
        fail(ws, "no memory");
        return;
    }
    wslay_event_config_set_max_recv_msg_length(ws->frames, 65536);
    ws->state = WS_OPEN;
    ws->ops->on_open(ws, ws->context);
    size_t used = (size_t)(end + 4 - ws->head) - before;
    if (ws->state == WS_OPEN && used < length) {
        take_frames(ws, bytes + used, length - used);
    }
}

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf) {
    (void)handle;
    (void)suggested;
    *ret_buf = uv_buf_init(shared_buffer, sizeof shared_buffer);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf) {
    struct ws_client *ws = stream->data;
    if (count < 0) {
        fail(ws, uv_strerror((int)count));
    } else if (count > 0 && ws->state == WS_HANDSHAKE) {
        take_head(ws, buf->base, (size_t)count);
    } else if (count > 0 && ws->state == WS_OPEN) {
        take_frames(ws, buf->base, (size_t)count);
    }
}

static void on_connected(uv_connect_t *connect, int status) {
    struct ws_client *ws = connect->data;
    if (ws->state == WS_CLOSED) {
        return;
    }
    if (status != 0) {
        fail(ws, uv_strerror(status));
        return;
    }
    uv_tcp_nodelay(&ws->tcp, 1);
    uv_buf_t buf = uv_buf_init(ws->head, (unsigned)ws->head_length);
    if (uv_try_write((uv_stream_t *)&ws->tcp, &buf, 1) != (int)ws->head_length ||
        uv_read_start((uv_stream_t *)&ws->tcp, on_buffer, on_read) != 0) {
        fail(ws, "handshake: cannot send");
        return;
    }
    ws->state = WS_HANDSHAKE;
    ws->head_length = 0;
}

struct ws_client *ws_client_open(uv_loop_t *loop, const char *host, int port, const char *path, const char *token,
                                 const struct ws_client_ops *ops, void *context) {
    struct sockaddr_in address;
    struct ws_client *ws = calloc(1, sizeof *ws);
    if (ws == NULL || uv_ip4_addr(host, port, &address) != 0) {
        free(ws);
        return NULL;
    }
    uint8_t nonce[16];
    char key[32];
    randombytes_buf(nonce, sizeof nonce);
    sodium_bin2base64(key, sizeof key, nonce, sizeof nonce, sodium_base64_VARIANT_ORIGINAL);
    int length = snprintf(ws->head, sizeof ws->head,
                          "GET %s HTTP/1.1\r\nHost: %s:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\nAuthorization: Bearer %s\r\n\r\n",
                          path, host, port, key, token);
    if (length < 0 || (size_t)length >= sizeof ws->head) {
        free(ws);
        return NULL;
    }
    ws->head_length = (size_t)length;
    ws->ops = ops;
    ws->context = context;
    uv_tcp_init(loop, &ws->tcp);
    ws->tcp.data = ws;
    ws->connect.data = ws;
    int failed = uv_tcp_connect(&ws->connect, &ws->tcp, (const struct sockaddr *)&address, on_connected);
    if (failed != 0) {
        fail(ws, uv_strerror(failed));
    }
    return ws;
}

bool ws_client_send(struct ws_client *ws, const char *text, size_t length) {
    if (ws->state != WS_OPEN) {
        return false;
    }
    struct wslay_event_msg message = {.opcode = WSLAY_TEXT_FRAME, .msg = (const uint8_t *)text, .msg_length = length};
    if (wslay_event_queue_msg(ws->frames, &message) != 0) {
        return false;
    }
    return wslay_event_send(ws->frames) == 0;
}
