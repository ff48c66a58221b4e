/* http_ws_inner.h - what the files of the WebSocket half share; nobody else includes it
 *
 * State is list membership: http__ws_move() takes a connection out of its list and appends it to another, whose members
 * are in the order of their deadline because all of one list wait equally long. Nothing is freed and no on_close called
 * inside a callback of the user: http__ws_doom() only moves, http__ws_tell_doomed() does the rest before the loop
 * sleeps. wslay's context (8.5 kB) lives only while a frame or message is incomplete, or a close is under way. */
#ifndef COMMON_IO_HTTP_WS_INNER_H
#define COMMON_IO_HTTP_WS_INNER_H

#include <sys/socket.h>

#include <wslay/wslay.h>

#include "common/io/http_inner.h"

struct ws_address {
    unsigned char bytes[16];
};

struct ws {
    struct http_server *server;
    struct ws *prev, *next;
    uint64_t due_ms;
    const struct ws_ops *ops;
    void *ctx;
    int fd;
    enum ws_state state;
    uint16_t code;      /* for on_close: the peer's, else ours, else 0 = 1006 */
    bool in_message;    /* fragments of a message are still to come */
    bool half_code;     /* a close frame of one byte: 1002 */
    bool ended;         /* the peer's end of file or an error */
    bool failed;        /* 1002, 1003, 1007, 1009: nothing more is read */
    uint64_t left;      /* bytes of the frame under way, its head included */
    uint64_t fed, used; /* bytes given to wslay, bytes of its complete frames */
    size_t turn;        /* bytes read in this turn */
    int watched;        /* events that the poll handle waits for */
    wslay_event_context_ptr wslay;
    unsigned char *out; /* what the kernel did not take */
    size_t out_len, out_size, out_sent;
    unsigned char *early; /* came with the handshake */
    size_t early_len, early_used;
    struct ws_address address;
    uv_poll_t poll;
};

/* http_ws.c */
void http__ws_move(struct ws *ws, enum ws_state to);
void http__ws_doom(struct ws *ws, unsigned code); /* code 0: whatever is known */
bool http__ws_write(struct ws *ws, const void *bytes, size_t n);
void http__ws_flush(struct ws *ws);

/* http_ws_frames.c */
enum pd_fate http__framer_init(struct http_server *server, struct pd_err *err);
void http__framer_fini(struct http_server *server);
bool http__ws_frame(struct ws *ws, uint8_t opcode, const void *bytes, size_t n); /* one whole frame out */
void http__ws_read(struct ws *ws);
void http__ws_ask_close(struct ws *ws, unsigned code, const char *reason);

/* http_ws_ip.c */
struct ws_address http__address(const struct sockaddr *peer);
bool http__ip_is_full(struct http_server *server, const struct ws_address *address);
bool http__ip_take(struct http_server *server, const struct ws_address *address);
void http__ip_give(struct http_server *server, const struct ws_address *address);

#endif
