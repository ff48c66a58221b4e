#include "common/daemon/daemon.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <sodium.h>
#include <uv.h>

#include "common/daemon/health.h"
#include "common/io/log.h"
#include "common/io/metrics.h"
#include "common/io/post.h"
#include "common/io/version.h"

enum {
    EXIT_CONFIG = 78,      /* sysexits.h EX_CONFIG: a restart does not help */
    READY_EVERY_MS = 1000, /* how often a change of readiness is looked for, for log and metric */
    CLOSE_MS = 3000        /* for handles to close after stop() */
};

enum state { STARTING, RUNNING, DRAINING, STOPPING };

struct daemon {
    const struct daemon_ops *ops;
    void *ctx;
    struct conf conf;
    uv_loop_t loop;
    uv_signal_t signals[3]; /* TERM, INT, HUP */
    uv_timer_t timer;       /* readiness; then the drain's deadline; then the closing's */
    struct post *post;
    struct http_server *http;
    enum state state;
    int exit_code;
    bool was_ready, ready_told;
    bool http_drained, service_drained;
    bool stop_wanted;
};

uv_loop_t *daemon_loop(struct daemon *d) {
    return &d->loop;
}
const struct conf *daemon_conf(const struct daemon *d) {
    return &d->conf;
}
struct http_server *daemon_http(struct daemon *d) {
    return d->http;
}
bool daemon_is_stopping(const struct daemon *d) {
    return d->state >= DRAINING;
}

bool daemon_post_any(struct daemon *d, void (*fn)(void *arg), void (*discard)(void *arg), void *arg) {
    return post_any(d->post, fn, discard, arg);
}

/* ---- stopping */

static void close_handle(uv_handle_t *handle) {
    if (handle->loop && !uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void on_close_deadline(uv_timer_t *timer) {
    uv_stop(timer->loop); /* a handle was left open: finish() tells which */
}

static void stop_now(struct daemon *d) {
    if (d->state == STOPPING)
        return;
    d->state = STOPPING;
    if (d->ops->stop)
        d->ops->stop(d, d->ctx);
    if (d->http)
        http_server_close(d->http, NULL, NULL);
    for (size_t i = 0; i < sizeof d->signals / sizeof *d->signals; i++)
        close_handle((uv_handle_t *)&d->signals[i]);
    if (d->post)
        post_close(d->post);
    (void)uv_timer_start(&d->timer, on_close_deadline, CLOSE_MS, 0);
    uv_unref((uv_handle_t *)&d->timer);
}

static void on_stop_timer(uv_timer_t *timer) {
    stop_now(timer->data);
}

/* From the loop, because the caller may stand inside a callback of what will be closed. */
static void stop_soon(struct daemon *d) {
    d->stop_wanted = true;
    if (d->state != STOPPING)
        (void)uv_timer_start(&d->timer, on_stop_timer, 0, 0);
}

static void try_stop(struct daemon *d) {
    if (d->state == DRAINING && d->http_drained && d->service_drained)
        stop_soon(d);
}

void daemon_drained(struct daemon *d) {
    d->service_drained = true;
    try_stop(d);
}

static void on_http_drained(void *ctx) {
    struct daemon *d = ctx;
    d->http_drained = true;
    try_stop(d);
}

static void on_drain_deadline(uv_timer_t *timer) {
    struct daemon *d = timer->data;
    log_event(DRAIN_DEADLINE, NULL, (long long)d->conf.drain_ms);
    stop_now(d);
}

/* A health address answers until the end ("stopping"); the gateway's stops accepting. */
static void begin_drain(struct daemon *d, int signal_number) {
    if (d->state >= DRAINING || d->stop_wanted)
        return;
    log_event(DRAINING, NULL, signal_number);
    d->state = DRAINING;
    (void)uv_timer_start(&d->timer, on_drain_deadline, (uint64_t)d->conf.drain_ms, 0);
    if (d->ops->request)
        http_server_drain(d->http, on_http_drained, d);
    else
        d->http_drained = true;
    if (d->ops->drain)
        d->ops->drain(d, d->ctx);
    else
        daemon_drained(d);
}

void daemon_fail(struct daemon *d, const struct pd_err *err) {
    log_event(FATAL, &(struct log_ids){.err = err});
    d->exit_code = EXIT_FAILURE;
    stop_soon(d);
}

static void on_signal(uv_signal_t *handle, int number) {
    struct daemon *d = handle->data;
    if (number == SIGHUP)
        log_event(SIGHUP_IGNORED, NULL);
    else if (d->state == DRAINING)
        stop_soon(d); /* asked twice: somebody is in a hurry */
    else
        begin_drain(d, number);
}

/* ---- readiness */

static bool is_ready(struct daemon *d, char *ret_waits_for, size_t size) {
    ret_waits_for[0] = '\0';
    if (d->state != RUNNING) {
        (void)snprintf(ret_waits_for, size, "%s", d->state == STARTING ? "start" : "nothing: it is stopping");
        return false;
    }
    return !d->ops->ready || d->ops->ready(d->ctx, ret_waits_for, size);
}

static void on_ready_timer(uv_timer_t *timer) {
    struct daemon *d = timer->data;
    char waits_for[HEALTH_WAITS_MAX];
    bool ready = is_ready(d, waits_for, sizeof waits_for);
    metric_set(METRIC_READY, ready);
    if (d->ready_told && ready == d->was_ready)
        return;
    if (ready)
        log_event(READY, NULL);
    else
        log_event(NOT_READY, NULL, waits_for);
    d->ready_told = true;
    d->was_ready = ready;
}

/* ---- the health address */

static void on_request(struct http_request *req, void *ctx) {
    struct daemon *d = ctx;
    char waits_for[HEALTH_WAITS_MAX];
    bool ready;
    switch (health_path(http_path(req))) {
    case HEALTH_LIVE:
        health_reply_live(req);
        break;
    case HEALTH_READY:
        ready = is_ready(d, waits_for, sizeof waits_for);
        health_reply_ready(req, ready, waits_for);
        break;
    case HEALTH_METRICS:
        health_reply_metrics(req, d->ops->name);
        break;
    case HEALTH_OTHER:
        if (d->ops->request)
            d->ops->request(req, d->ctx);
        else
            http_reply_problem(req, 404, "not-found", "Here are /healthz, /readyz and /metrics.");
        break;
    }
}

static size_t on_body_max(const char *method, const char *path, void *ctx) {
    struct daemon *d = ctx;
    return d->ops->body_max ? d->ops->body_max(method, path, d->ctx) : 0;
}

static enum pd_fate open_http(struct daemon *d, struct pd_err *err) {
    struct http_limits limits = http_limits_default;
    struct http_ops ops = {.request = on_request, .body_max = on_body_max};
    limits.body_max = (size_t)d->conf.body_max;
    limits.connections_max = (unsigned)d->conf.connections_max;
    limits.connections_per_ip = (unsigned)d->conf.connections_per_ip;
    limits.ws_max = (unsigned)d->conf.sockets_max;
    const char *address = *d->conf.http ? d->conf.http : d->ops->request ? "127.0.0.1:8311" : "127.0.0.1:0";
    if (http_server_open(&d->loop, address, &limits, &ops, d, &d->http, err) != PD_OK)
        return pd_wrap(err, "health address");
    log_event(HTTP_LISTENING, NULL, http_server_port(d->http));
    return PD_OK;
}

/* ---- the process */

/* Each WebSocket is a descriptor; the soft limit of 1,024 is for programs that use select(). */
static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void log_setting(const char *name, const char *value, void *ctx) {
    (void)ctx;
    log_event(SETTING, NULL, name, value);
}

static enum pd_fate open_loop(struct daemon *d, struct pd_err *err) {
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    int rc = uv_loop_init(&d->loop);
    if (rc < 0)
        return pd_fail(err, PD_BROKEN, uv_err_name(rc), "uv_loop_init: %s", uv_strerror(rc));
    (void)uv_timer_init(&d->loop, &d->timer);
    d->timer.data = d;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        (void)uv_signal_init(&d->loop, &d->signals[i]);
        d->signals[i].data = d;
        (void)uv_signal_start(&d->signals[i], on_signal, numbers[i]);
    }
    return post_open(&d->loop, &d->post, err);
}

struct left {
    int count;
    const char *first;
};

static void count_left(uv_handle_t *handle, void *ctx) {
    struct left *left = ctx;
    if (left->count++ == 0)
        left->first = uv_handle_type_name(handle->type);
}

static int finish(struct daemon *d) {
    close_handle((uv_handle_t *)&d->timer);
    (void)uv_run(&d->loop, UV_RUN_NOWAIT);
    if (uv_loop_close(&d->loop) < 0) { /* freeing under open handles would be worse than leaking at exit */
        struct left left = {0, NULL};
        uv_walk(&d->loop, count_left, &left);
        log_event(HANDLES_LEFT, NULL, left.count, left.first ? left.first : "request");
        return EXIT_FAILURE;
    }
    http_server_free(d->http);
    post_free(d->post);
    if (d->ops->fini)
        d->ops->fini(d->ctx);
    if (d->exit_code == 0)
        log_event(STOPPED, NULL);
    conf_fini(&d->conf);
    return d->exit_code;
}

static int serve(struct daemon *d) {
    struct pd_err err;
    d->state = STARTING;
    if (open_loop(d, &err) != PD_OK) {
        log_event(FATAL, &(struct log_ids){.err = &err});
        return EXIT_FAILURE;
    }
    if (open_http(d, &err) != PD_OK || (d->ops->start && d->ops->start(d, d->ctx, &err) != PD_OK)) {
        daemon_fail(d, &err);
    } else if (!d->stop_wanted) {
        d->state = RUNNING;
        (void)uv_timer_start(&d->timer, on_ready_timer, 0, READY_EVERY_MS);
    }
    (void)uv_run(&d->loop, UV_RUN_DEFAULT);
    return finish(d);
}

int daemon_run(const struct daemon_ops *ops, void *ctx, int argc, char **argv) {
    assert(ops && ops->name);
    static struct daemon d; /* one a process; static, so that threads that outlive main find no stack */
    struct pd_err err;
    enum log_level level = LOG_INFO;
    d.ops = ops;
    d.ctx = ctx;
    enum conf_next next = conf_load(&d.conf, ops->name, argc, argv, &err);
    if (next == CONF_DONE)
        return EXIT_SUCCESS;
    if (next == CONF_RUN && !log_level_parse(d.conf.log_level, &level)) {
        (void)pd_fail(&err, PD_REFUSED, "conf", "log_level: \"%s\" is none of debug info warn error", d.conf.log_level);
        next = CONF_WRONG;
    }
    if (next == CONF_WRONG) {
        (void)fprintf(stderr, "%s: %s\n", ops->name, err.text);
        return EXIT_CONFIG;
    }
    log_open(ops->name, level);
    (void)signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    if (sodium_init() < 0) {
        (void)pd_fail(&err, PD_BROKEN, "sodium", "libsodium does not start");
        log_event(FATAL, &(struct log_ids){.err = &err});
        return EXIT_FAILURE;
    }
    log_event(STARTED, NULL, ops->name, PAIDAN_VERSION, (long)getpid());
    conf_each(&d.conf, log_setting, NULL);
    return serve(&d);
}
