/* crowd.h - the people of a city: operators, dispatchers and workers who bring requests to their end over HTTP and WebSocket
 *
 * Use       crowd_new() with tokens; crowd_connect() opens the workers' sockets; crowd_run() pulls requests from next() until it
 *           has no more and all of them ended; then read crowd_sum().
 * Path      operator registers and accepts; the worker's socket brings the assignment, he acknowledges it by delivery id,
 *           signs, starts, feeds back; dispatcher passes the review; operator visits: closed. An order that nobody was
 *           accountable for is found in the dispatcher's manual queue and given to a worker.
 * Promise   every command carries an Idempotency-Key made of the request's own key, and is asked again with it after 429, 503 or a lost
 *           connection; so a kill of anything on the other side costs time, never a request. Who waits too long for a push looks
 *           the request up and goes on from its state. A request ends as closed, or failed with its reason counted.
 * Limits    one thread; a request is about 300 bytes here. Retries of one step: STEP_TRIES_MAX.
 * Memory    texts of a case are borrowed until it ended.
 * Threads   loop thread only. */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <uv.h>

#include "client/hist.h"
#include "client/http_client.h"
#include "common/base/err.h"

enum { CROWD_KEY_MAX = 80 };

/* Feed back as soon as possible; after everything else. */
#define CROWD_AT_ONCE    INT64_C(0)
#define CROWD_AT_THE_END INT64_MAX

/* One request as it is to be played. Times of the world are microseconds since 1970 UTC, 0: leave it to the server.
 * Times of the play are microseconds since crowd_run() began, CROWD_AT_ONCE or CROWD_AT_THE_END. */
struct crowd_case {
    char key[CROWD_KEY_MAX]; /* unique for ever */
    const char *service_code, *description, *channel;
    const char *phone; /* NULL: none */
    double lat, lng;
    int64_t opened_us, closed_us; /* of the world */
    int64_t start_at_us;          /* of the play; CROWD_AT_ONCE: when fewer than open_max are on their way */
    int64_t feed_back_at_us;
};

enum crowd_step {
    STEP_REGISTER,
    STEP_ACCEPT,
    STEP_PUSH, /* waiting for the worker's socket */
    STEP_DISPATCH,
    STEP_SIGN,
    STEP_START,
    STEP_FEED_BACK,
    STEP_REVIEW,
    STEP_VISIT,
    STEP_LOOK, /* reading the request's state, to go on from there */
    STEP_CLOSED,
    STEP_FAILED,
    STEP_COUNT
};

struct crowd_ops {
    /* False: there are no more. */
    bool (*next)(void *context, struct crowd_case *ret_case);
    /* A request was registered (201), and was closed; the id is borrowed. May be NULL. */
    void (*registered)(void *context, const char *id);
    void (*closed)(void *context, const char *id);
    /* Every second. May be NULL. */
    void (*tick)(void *context);
    void *context;
};

struct crowd_options {
    const char *address; /* host:port of the gateway */
    int connections;     /* HTTP */
    int open_max;        /* requests on their way at once, besides those with a start time */
    bool register_only;  /* a request has ended when it is registered */
};

/* Tokens of those who work; borrowed. */
struct crowd_staff {
    const char (*operators)[HTTP_CLIENT_TOKEN_MAX];
    int operator_count;
    const char (*dispatchers)[HTTP_CLIENT_TOKEN_MAX];
    int dispatcher_count;
    const char (*workers)[HTTP_CLIENT_TOKEN_MAX];
    const char *const *worker_ids;
    int worker_count;
};

enum { CROWD_TROUBLES_MAX = 48 };

/* A kind of trouble and how often it was met: "503 busy at accept". */
struct crowd_trouble {
    char words[96];
    int64_t count;
    bool fatal; /* ended a request */
};

struct crowd_sum {
    int64_t begun, open;
    int64_t passed[STEP_COUNT]; /* how many requests have this step behind them */
    int64_t pushes, acknowledged, repeats, looks, retries;
    int64_t early; /* visits asked before intake had heard of the review (409), asked again */
    int64_t sockets_open, sockets_lost;
    int64_t calls;              /* HTTP calls made */
    struct hist register_us;    /* POST /v1/requests until its 201 */
    struct hist push_us;        /* from the first byte of the registration to the assignment on the worker's socket */
    struct hist accept_push_us; /* from the 200 of the acceptance to there */
    struct hist life_us;        /* from the registration to closed */
    struct crowd_trouble troubles[CROWD_TROUBLES_MAX];
    int trouble_count;
    int64_t run_us; /* from the start of crowd_run() to its end */
};

struct crowd;

struct crowd *crowd_new(uv_loop_t *loop, const struct crowd_options *options, const struct crowd_staff *staff,
                        const struct crowd_ops *ops);
void crowd_free(struct crowd *crowd);
struct http_client *crowd_http(struct crowd *crowd);

/* Opens all workers' sockets; PD_RETRY when not all were open within 30 s. */
enum pd_fate crowd_connect(struct crowd *crowd, struct pd_err *reterr);

/* Until no case is left and every request ended, or until stop() of the ops says so. */
void crowd_run(struct crowd *crowd);
/* No new cases; what is on its way is brought to its end. */
void crowd_stop(struct crowd *crowd);

const struct crowd_sum *crowd_sum(const struct crowd *crowd);
/* Microseconds since crowd_run() began. */
int64_t crowd_now_us(const struct crowd *crowd);
const char *crowd_step_name(enum crowd_step step);
/* Names what is not at its end: number, step, tries. */
void crowd_print_open(const struct crowd *crowd, FILE *to, int max);

#endif
