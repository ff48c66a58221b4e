/* connections.h - which workers' apps are connected
 *
 * Use       connections_add() when a WebSocket is asked for, connections_opened() when it is open, connections_remove() when it has
 *           closed. connections_first() and connections_next() walk those of one worker that are open; connections_at() finds one by
 *           slot and number, which is how a late answer knows whether its asker is still there.
 * Promise   a number is never used again, so nobody takes a new connection in an old slot for the old one.
 * Fails     connections_add() NULL: no memory, or all CONNECTIONS_SLOTS_MAX taken.
 * Memory    one struct connection each, and two tables that grow.
 * Threads   loop. */
#ifndef GATEWAY_SHELL_CONNECTIONS_H
#define GATEWAY_SHELL_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/core/session.h"

struct gateway;
struct stream;
struct ws;

enum { CONNECTIONS_SLOTS_MAX = 1 << 24 };

struct connection {
    struct ws *ws; /* NULL until open */
    struct stream *stream;
    struct connection *next; /* in the bucket of its worker */
    size_t slot;
    uint64_t number;
    bool asking; /* what is undelivered is being asked for */
    bool again;  /* asking failed: once more in the next second */
    uint8_t token_hash[SESSION_HASH_SIZE];
    struct principal who;
};

struct connections {
    const struct gateway *gateway;
    struct connection **slots; /* NULL: free */
    size_t slot_count, used;
    uint64_t next_number;
    struct connection **buckets;
    size_t bucket_count; /* power of two */
};

bool connections_init(struct connections *all, const struct gateway *gateway);
void connections_fini(struct connections *all);

struct connection *connections_add(struct connections *all, const struct principal *who,
                                   const uint8_t token_hash[SESSION_HASH_SIZE]);
void connections_opened(struct connections *all, struct connection *connection, struct ws *ws);
/* Frees it. */
void connections_remove(struct connections *all, struct connection *connection);

/* Slot and number in one word, and back: the connection if it is still there and open, else NULL. */
uint64_t connections_ticket(const struct connection *connection);
struct connection *connections_of(const struct connections *all, uint64_t ticket);

struct connection *connections_first(const struct connections *all, const char *worker_id);
struct connection *connections_next(const struct connection *connection);

#endif
