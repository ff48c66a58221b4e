/* gateway.h - the parts of the gateway, put together (inside this room only)
 *
 * front   takes HTTP calls: finds the route, asks door who calls, translates, asks the service, answers
 * door    who is it and how often: sessions, log-ins, rate limits
 * ask     commands and queries to the services, a message per loop turn and subject
 * stream  the WebSockets of the workers' apps
 * lane    what must not run on the loop: PostgreSQL, password hashing
 * Threads loop thread, unless a function's name ends in _any or _work (a thread of the pool). */
#ifndef GATEWAY_SHELL_GATEWAY_H
#define GATEWAY_SHELL_GATEWAY_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/base/err.h"
#include "common/io/http.h"
#include "common/wire/buf.h"
#include "gateway/core/rate.h"
#include "gateway/core/route.h"
#include "gateway/core/session.h"
#include "gateway/shell/ask.h"
#include "gateway/shell/lane.h"

struct bus;
struct conf;
struct post;
struct stream;

struct gateway {
    const struct conf *conf;
    uv_loop_t *loop;
    struct bus *bus;
    struct post *post;
    struct http_server *server;
    struct ask *ask;
    struct ask_line *lines[ROUTE_COUNT]; /* NULL where the path names the service */
    struct stream *stream;
    struct wire_buf text; /* of the answer being made: http_reply() copies it */
    char *api;
    bool draining;

    /* door */
    struct session_cache sessions;
    struct rate by_principal, by_address, bad_name, bad_address;
    uint8_t hash_key[16]; /* of rate keys, fresh in each process: nobody can aim at a bucket */

    /* the pool */
    struct lane database, hashing;
    struct pg *pg; /* used by jobs of `database` only */
    bool database_ok;
    uv_timer_t every_second;
    uint64_t seconds;
};

/* Microseconds since 1970 UTC. */
int64_t gateway_now_us(void);

#endif
