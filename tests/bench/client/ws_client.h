/* ws_client.h - the worker's side of GET /v1/stream: thousands of WebSockets from one thread, for load tests
 *
 * Use       ws_client_open(); ws_client_send() once on_open came; ws_client_close(), also from within a callback.
 * Promise   on_close comes exactly once, last: also when the connection was never made. Texts arrive whole and in order.
 *           Pings are answered.
 * Fails     by on_close with words. Nothing is tried again here: who opens decides.
 * Memory    one allocation per connection, freed after on_close; the text is borrowed during on_text.
 * Bugs      the server's Sec-WebSocket-Accept is not verified; only messages up to 64 kB.
 * Threads   loop thread only. */
#ifndef BENCH_CLIENT_WS_CLIENT_H
#define BENCH_CLIENT_WS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct ws_client;

struct ws_client_ops {
    void (*on_open)(struct ws_client *ws, void *context);
    void (*on_text)(struct ws_client *ws, const char *text, size_t length, void *context);
    void (*on_close)(struct ws_client *ws, const char *why, void *context);
};

/* host is a numeric address. token and path are copied. */
struct ws_client *ws_client_open(uv_loop_t *loop, const char *host, int port, const char *path, const char *token,
                                 const struct ws_client_ops *ops, void *context);
bool ws_client_send(struct ws_client *ws, const char *text, size_t length);
void ws_client_close(struct ws_client *ws);

#endif
