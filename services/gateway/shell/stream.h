/* stream.h - the WebSockets of the workers' apps: GET /v1/stream
 *
 * Happy path
 *   - the app connects; what it has not acknowledged is asked from notify and sent, oldest first
 *   - notify's pushes go to the worker's connections as they come (frames "assignment" and "withdrawal")
 *   - the app answers each with {"delivery_id": ...}; notify records it and the app gets a frame "acknowledged"
 * Failure modes
 *   - a push is lost, or the worker is on another gateway: every RESYNC_S seconds each connection is asked for again
 *   - the app does not read: its connection is dropped when too much waits, and it comes again
 * Promise   a delivery is sent again until it is acknowledged, so an app may see it twice and must go by delivery_id. Frames carry
 *           ids and urgency, no personal data.
 * Limits    CONNECTIONS_PER_WORKER connections of one worker: a further one closes the oldest (4409). A session that ends closes
 *           its connections (4401).
 * Memory    about 300 bytes a connection beside the server's own.
 * Threads   loop; pushes arrive on a thread of the bus. */
#ifndef GATEWAY_SHELL_STREAM_H
#define GATEWAY_SHELL_STREAM_H

#include "gateway/shell/gateway.h"

enum pd_fate stream_open(struct gateway *gateway, struct stream **ret_stream, struct pd_err *err)
    __attribute__((warn_unused_result));

/* Turns the request of a worker into his stream, or answers it. */
void stream_connect(struct gateway *gateway, struct http_request *req, const struct principal *who,
                    const uint8_t token_hash[SESSION_HASH_SIZE]);

/* Closes the connections of a session. NULL is fine. */
void stream_end(struct stream *stream, const uint8_t token_hash[SESSION_HASH_SIZE]);

/* Each second: asks again for the connections whose turn it is. */
void stream_tick(struct stream *stream, uint64_t second);

/* After the bus and the server were closed. NULL is fine. */
void stream_free(struct stream *stream);

#endif
