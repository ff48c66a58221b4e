/* gateway.h - the parts of the gateway, put together (inside this room only)
 *
 * front   takes HTTP calls: finds the route, asks door who calls, translates, asks the service, answers
 * door    who calls and how often: sessions and rate limits
 * login   opens and ends sessions; accounts changes many accounts
 * ask     commands and queries to the services, one message per loop turn and subject
 * trace   one answer from four queries
 * stream  the WebSockets of the workers' apps
 * lane    what must not run on the loop: PostgreSQL (store), password hashing (password)
 * Threads loop thread, unless a function's name ends in _any (any thread) or _work (a thread of the pool). */
#ifndef GATEWAY_SHELL_GATEWAY_H
#define GATEWAY_SHELL_GATEWAY_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/base/arena.h"
#include "common/base/err.h"
#include "common/daemon/daemon.h"
#include "common/io/http.h"
#include "common/wire/buf.h"
#include "gateway/core/rate.h"
#include "gateway/core/route.h"
#include "gateway/core/session.h"
#include "gateway/shell/ask.h"
#include "gateway/shell/lane.h"

struct bus;
struct stream;

struct gateway {
    const struct conf *conf;
    struct daemon *daemon;
    struct bus *bus;
    struct ask *ask;
    struct ask_line *lines[ROUTE_COUNT]; /* NULL where the gateway answers, or the path names the service */
    struct stream *stream;
    char *api;

    struct pd_arena scratch; /* of the callback that runs; reset before it returns */
    struct wire_buf text;    /* of the answer being made: whoever sends it copies it */

    struct session_cache sessions;
    struct rate by_principal, by_address; /* of all calls */
    struct rate bad_name, bad_address;    /* of log-ins that failed */
    uint8_t hash_key[16];                 /* of bucket numbers, new in each process: nobody can aim at one */

    struct lane database, hashing;
    struct pg *pg; /* used by jobs of the lane `database` only */
    bool database_ok, database_tried;
    uv_timer_t every_second;
    uint64_t seconds;
};

/* The table that main hands to daemon_run(). */
extern const struct daemon_ops gateway_ops;

/* Microseconds since 1970 UTC. */
int64_t gateway_now_us(void);

/* What a job of the lane `database` came to: readiness follows it, and the log says when it changes for the worse. */
void gateway_database(struct gateway *gateway, enum pd_fate fate, const struct pd_err *err, const char *doing);

#endif
