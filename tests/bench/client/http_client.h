/* http_client.h - many keep-alive HTTP/1.1 calls at once from one thread, for load tests
 *
 * Use       http_client_new(); http_client_ask() with a task; the task's fill() is called when a connection is free, done()
 *           once with the answer. A task can be asked again from within done().
 * Promise   at most `connections` calls run at once, the others wait in two queues: urgent ones first, each in order of
 *           asking. done() is called exactly once per ask; status 0 means that no answer came (refused, reset, time-out), so
 *           that the call may or may not have happened.
 * Fails     never by itself: what goes wrong is told in the answer.
 * Memory    the task belongs to the caller until done(). fill() writes into the slot's buffers; the answer is borrowed
 *           during done(). Nothing is allocated per call.
 * Cost      a generator shares the processors with what it measures. libcurl's multi interface took 25..29 us of CPU a call against a
 *           trivial server and 67..85 us in a full run on a busy machine, a third of what the whole system took; hence this
 *           client, for load tests only. It knows what the gateway sends: HTTP/1.1, Content-Length, keep-alive.
 * Threads   loop thread only. */
#ifndef BENCH_CLIENT_HTTP_CLIENT_H
#define BENCH_CLIENT_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
    HTTP_CLIENT_URL_MAX = 512,
    HTTP_CLIENT_BODY_MAX = 16384,
    HTTP_CLIENT_KEY_MAX = 160,
    HTTP_CLIENT_TOKEN_MAX = 256
};

struct http_client;

/* What fill() writes. All texts are NUL-terminated; an empty one means: none. */
struct http_order {
    bool post;
    char path[HTTP_CLIENT_URL_MAX];
    char key[HTTP_CLIENT_KEY_MAX];     /* Idempotency-Key */
    char token[HTTP_CLIENT_TOKEN_MAX]; /* Bearer */
    char body[HTTP_CLIENT_BODY_MAX];   /* JSON */
};

struct http_answer {
    long status; /* 0: none came */
    const char *body;
    size_t length;
    long retry_after_s;  /* 0: not said */
    int64_t took_us;     /* from the call on the wire to the whole answer */
    const char *trouble; /* words, when status is 0 */
};

struct http_task {
    void (*fill)(struct http_task *task, struct http_order *order);
    void (*done)(struct http_task *task, const struct http_answer *answer);
    struct http_task *next; /* of the queue; the client's */
};

/* address: host:port. NULL when out of memory. */
struct http_client *http_client_new(uv_loop_t *loop, const char *address, int connections);
/* No task may be running or waiting. Frees itself when the loop has closed its handles. */
void http_client_close(struct http_client *client);

void http_client_ask(struct http_client *client, struct http_task *task, bool urgent);
/* Calls running or waiting. */
size_t http_client_pending(const struct http_client *client);

#endif
