/* daemon.h - the skeleton main of every service
 *
 * Use       main.c names its parts and hands them over:
 *               static const struct daemon_ops ops = {.name = "intake", .start = intake_start, .ready = intake_ready,
 *                                                     .drain = intake_drain, .stop = intake_stop};
 *               int main(int argc, char **argv) { return daemon_run(&ops, &intake, argc, argv); }
 * Happy path
 *           settings -> loop -> health address -> start() -> serving -> SIGTERM -> drain() -> daemon_drained()
 *           -> stop() -> every handle closed -> exit 0
 * Promise   start() may not wait for PostgreSQL or NATS: the service runs, answers /healthz, and says by ready() what
 * it waits for. drain() is called once; stop() is called once, after daemon_drained() or drain_ms, and also when
 *           start() failed or was never reached, so it copes with parts that are not there.
 *           /healthz 200 while the loop turns; /readyz 200 or 503 with what is missing; /metrics in Prometheus' text.
 * Fails     exit 0 stopped as asked; 1 start() failed, the service said daemon_fail(), or handles were left open;
 *           78 the settings are wrong (EX_CONFIG).
 * Threads   all callbacks on the loop thread; functions ending in _any from any thread. */
#ifndef COMMON_DAEMON_DAEMON_H
#define COMMON_DAEMON_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/io/conf.h"
#include "common/io/http.h"

struct uv_loop_s;
struct daemon;

struct daemon_ops {
    const char *name; /* the service's word */

    /* Opens the parts. PD_OK, or a fate with *err set: the process ends with 1. */
    enum pd_fate (*start)(struct daemon *d, void *ctx, struct pd_err *err);

    /* True, or false and words for what is awaited ("PostgreSQL"). NULL: always ready. */
    bool (*ready)(void *ctx, char *ret_waits_for, size_t size);

    /* Take nothing new, finish what runs, then daemon_drained(). NULL: drained at once. */
    void (*drain)(struct daemon *d, void *ctx);

    /* Close every handle and thread now; uv_close() callbacks run after it. */
    void (*stop)(struct daemon *d, void *ctx);

    /* After the last handle was closed: free what stop() could not. May be NULL. */
    void (*fini)(void *ctx);

    /* The gateway's requests: all but /healthz, /readyz and /metrics. NULL: 404. */
    void (*request)(struct http_request *req, void *ctx);
    size_t (*body_max)(const char *method, const char *path, void *ctx);
};

/* Runs the service; returns the exit code of main. */
int daemon_run(const struct daemon_ops *ops, void *ctx, int argc, char **argv);

struct uv_loop_s *daemon_loop(struct daemon *d);
const struct conf *daemon_conf(const struct daemon *d);
struct http_server *daemon_http(struct daemon *d);

/* fn(arg) on the loop thread, soon; false when the process is past running it (discard is then not called). */
bool daemon_post_any(struct daemon *d, void (*fn)(void *arg), void (*discard)(void *arg), void *arg);

/* drain() is finished. Loop thread. */
void daemon_drained(struct daemon *d);

/* The service cannot go on (PD_BROKEN): logs *err, stops without draining, exit code 1. Loop thread. */
void daemon_fail(struct daemon *d, const struct pd_err *err);

/* Is the service draining or stopping? Loop thread. */
bool daemon_is_stopping(const struct daemon *d);

#endif
