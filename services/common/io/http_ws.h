/* http_ws.h - WebSockets (RFC 6455) of an HTTP server
 *
 * Use       http_upgrade() instead of http_reply(); then ws_send_text() from on_open, on_message or any time before
 *           on_close. Keep the struct ws pointer only until on_close.
 * Promise   after http_upgrade() said true, on_close comes exactly once: also when the connection dies before it
 *           opened, then without on_open and with ws = NULL. No callback comes after it. Messages arrive whole, in
 *           order, text is valid UTF-8. The library answers pings, sends its own every ws_ping_ms, and gives a peer up
 *           that stays silent ws_pong_ms after one. Close codes: 1002 protocol error, 1003 binary message, 1007 wrong
 *           UTF-8, 1009 too long, 1001 server going.
 * Fails     ws_send_text() says false when the connection is closing, or becomes so because the peer does not read
 *           (more than ws_queue_max waiting): on_close(1006) follows from the loop.
 * Memory    an idle connection holds about 0.6 kB here; wslay's buffers (8 kB) exist only while a frame is incomplete.
 *           A message is borrowed until on_message returns; ws_send_text() copies what the kernel does not take at
 *           once.
 * Threads   loop thread only. */
#ifndef COMMON_IO_HTTP_WS_H
#define COMMON_IO_HTTP_WS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/io/http.h"

struct ws;

struct ws_ops {
    void (*on_open)(struct ws *ws, void *ctx);
    void (*on_message)(struct ws *ws, const char *text, size_t len, void *ctx);
    /* code: what the peer said, or 1006 when it said nothing. */
    void (*on_close)(struct ws *ws, unsigned code, void *ctx);
};

/* Is this a WebSocket handshake? (what http_upgrade() would accept, except for the version) */
bool http_is_upgrade(const struct http_request *req);

/* Answers the request by 101. False: it was no correct handshake and has been answered 400, 426 or 503; no callback
 * comes. ops is borrowed for the connection's life. Headers added before go along. */
bool http_upgrade(struct http_request *req, const struct ws_ops *ops, void *ctx) __attribute__((warn_unused_result));

bool ws_send_text(struct ws *ws, const char *text, size_t len);

/* Sends a close frame (code 1000..1011, 3000..4999) and waits for the peer's, at most 5 s; then on_close. */
void ws_close(struct ws *ws, unsigned code, const char *reason);

/* Bytes waiting for the peer to read. */
size_t ws_queued(const struct ws *ws);

#endif
