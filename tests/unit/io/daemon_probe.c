/* daemon_probe - the smallest service, for tests/integration/test_daemon.py
 *
 * Ready 300 ms after its start; GET /fail makes it daemon_fail(), GET /post counts calls posted from another thread,
 * GET /leak leaves a handle open at stop. PROBE_DRAIN_MS delays daemon_drained(); PROBE_START=fail makes start() fail.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "common/daemon/daemon.h"

struct probe {
    struct daemon *d;
    uv_timer_t timer;
    uv_timer_t leaked;
    bool opened, ready;
    int posted;
    struct http_ref ref;
    uv_thread_t threads[4];
};

enum { POSTS = 10000 };

static void on_ready(uv_timer_t *timer) {
    ((struct probe *)timer->data)->ready = true;
}

static enum pd_fate probe_start(struct daemon *d, void *ctx, struct pd_err *err) {
    struct probe *p = ctx;
    const char *how = getenv("PROBE_START");
    p->d = d;
    if (how && strcmp(how, "fail") == 0)
        return pd_fail(err, PD_BROKEN, "probe", "asked to fail");
    p->opened = uv_timer_init(daemon_loop(d), &p->timer) == 0;
    p->timer.data = p;
    (void)uv_timer_start(&p->timer, on_ready, 300, 0);
    return PD_OK;
}

static bool probe_ready(void *ctx, char *ret_waits_for, size_t size) {
    struct probe *p = ctx;
    if (!p->ready)
        (void)snprintf(ret_waits_for, size, "the probe's timer");
    return p->ready;
}

static void on_drained(uv_timer_t *timer) {
    daemon_drained(((struct probe *)timer->data)->d);
}

static void probe_drain(struct daemon *d, void *ctx) {
    struct probe *p = ctx;
    const char *ms = getenv("PROBE_DRAIN_MS");
    if (ms)
        (void)uv_timer_start(&p->timer, on_drained, strtoul(ms, NULL, 10), 0);
    else
        daemon_drained(d);
}

static void probe_stop(struct daemon *d, void *ctx) {
    (void)d;
    struct probe *p = ctx;
    if (p->opened)
        uv_close((uv_handle_t *)&p->timer, NULL);
}

/* ---- calls from other threads */

static void count_post(void *arg) {
    struct probe *p = arg;
    if (++p->posted < POSTS * 4)
        return;
    for (int i = 0; i < 4; i++)
        (void)uv_thread_join(&p->threads[i]);
    struct http_request *req = http_held(p->ref);
    if (req)
        http_reply(req, 200, "text/plain", "posted", 6);
}

static void post_many(void *arg) {
    struct probe *p = arg;
    for (int i = 0; i < POSTS; i++) {
        while (!daemon_post_any(p->d, count_post, NULL, p))
            continue;
    }
}

static void probe_request(struct http_request *req, void *ctx) {
    struct probe *p = ctx;
    struct pd_err err;
    if (strcmp(http_path(req), "/fail") == 0) {
        (void)pd_fail(&err, PD_BROKEN, "probe", "broken on demand");
        daemon_fail(p->d, &err);
        http_reply(req, 200, "text/plain", "failing", 7);
    } else if (strcmp(http_path(req), "/post") == 0) {
        p->ref = http_hold(req);
        p->posted = 0;
        for (int i = 0; i < 4; i++)
            (void)uv_thread_create(&p->threads[i], post_many, p);
    } else if (strcmp(http_path(req), "/leak") == 0) {
        (void)uv_timer_init(daemon_loop(p->d), &p->leaked);
        http_reply(req, 200, "text/plain", "leaking", 7);
    } else {
        http_reply_problem(req, 404, "not-found", NULL);
    }
}

int main(int argc, char **argv) {
    static struct probe probe;
    static const struct daemon_ops ops = {.name = "audit",
                                          .start = probe_start,
                                          .ready = probe_ready,
                                          .drain = probe_drain,
                                          .stop = probe_stop,
                                          .request = probe_request};
    return daemon_run(&ops, &probe, argc, argv);
}
