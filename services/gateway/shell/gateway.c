#include "gateway/shell/gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/io/bus.h"
#include "common/io/conf.h"
#include "common/io/metrics.h"
#include "common/io/pg.h"
#include "gateway/shell/describe.h"
#include "gateway/shell/door.h"
#include "gateway/shell/front.h"
#include "gateway/shell/log.h"
#include "gateway/shell/login.h"
#include "gateway/shell/store.h"
#include "gateway/shell/stream.h"

enum {
    SCRATCH_FIRST = 64 * 1024,
    SCRATCH_MAX = 64 * 1024 * 1024,
    ANSWER_MAX = 16 * 1024 * 1024,
    DATABASE_WAITING_MAX = 4096,
    DATABASE_AT_ONCE = 64,
    PING_EVERY_S = 10,
    SWEEP_EVERY_S = 3600
};

int64_t gateway_now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void gateway_database(struct gateway *gateway, enum pd_fate fate, const struct pd_err *err, const char *doing) {
    bool ok = fate == PD_OK;
    if (!ok && (gateway->database_ok || !gateway->database_tried)) {
        log_event(STORE_FAILED, &(struct log_ids){.err = err}, doing);
    }
    gateway->database_ok = ok;
    gateway->database_tried = true;
    metric_set(METRIC_PG_CONNECTED, ok);
}

/* ---- upkeep */

struct upkeep {
    struct lane_job job;
    struct gateway *gateway;
    bool sweep;
    enum pd_fate fate;
    struct pd_err err;
};

static void upkeep_work(struct lane_job *job) {
    struct upkeep *upkeep = (struct upkeep *)job;
    struct pg *pg = upkeep->gateway->pg;
    upkeep->fate = upkeep->sweep ? store_sweep(pg, &upkeep->err) : store_ping(pg, &upkeep->err);
}

static void upkeep_done(struct lane_job *job) {
    struct upkeep *upkeep = (struct upkeep *)job;
    gateway_database(upkeep->gateway, upkeep->fate, &upkeep->err, "upkeep");
    free(upkeep);
}

static void start_upkeep(struct gateway *gateway, bool sweep) {
    struct upkeep *upkeep = calloc(1, sizeof *upkeep);
    if (upkeep == NULL) {
        return;
    }
    *upkeep = (struct upkeep){.job = {.work = upkeep_work, .done = upkeep_done}, .gateway = gateway, .sweep = sweep};
    if (!lane_push(&gateway->database, &upkeep->job)) {
        free(upkeep);
    }
}

static void on_second(uv_timer_t *timer) {
    struct gateway *gateway = timer->data;
    gateway->seconds++;
    if (!gateway->database_ok || gateway->seconds % PING_EVERY_S == 0) {
        if (lane_idle(&gateway->database)) {
            start_upkeep(gateway, false);
        }
    }
    if (gateway->seconds % SWEEP_EVERY_S == 0) {
        start_upkeep(gateway, true);
    }
    metric_set(METRIC_BUS_CONNECTED, bus_connected(gateway->bus));
    stream_tick(gateway->stream, gateway->seconds);
}

/* ---- start */

static enum pd_fate open_lines(struct gateway *gateway, struct pd_err *err) {
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct route *route = route_get((enum route_name)i);
        if (route->kind == ROUTE_LOCAL || strcmp(route->service, "SERVICE") == 0) {
            continue;
        }
        bool long_answer = route->kind == ROUTE_LIST || route->name == ROUTE_RECIPIENT_LIST;
        gateway->lines[i] =
            ask_line(gateway->ask, route->subject, long_answer ? 1 : ASK_CALLS_MAX, route->kind == ROUTE_COMMAND);
        if (gateway->lines[i] == NULL) {
            return pd_fail(err, PD_BROKEN, "lines", "more subjects than lines");
        }
    }
    return PD_OK;
}

static enum pd_fate open_parts(struct gateway *gateway, struct pd_err *err) {
    const struct conf *conf = gateway->conf;
    gateway->api = describe_api();
    gateway->pg = pg_new(conf->pg_conninfo, "gateway");
    if (gateway->api == NULL || gateway->pg == NULL) {
        return pd_fail(err, PD_RETRY, "memory", "no memory to start");
    }
    if (door_open(gateway, err) != PD_OK) {
        return err->fate;
    }
    const char *seed = conf->nats_seed_file[0] == '\0' ? NULL : conf->nats_seed_file;
    if (bus_open(conf->nats_url, seed, "gateway", &gateway->bus, err) != PD_OK) {
        return pd_wrap(err, "NATS");
    }
    if (ask_open(gateway->daemon, gateway->bus, (int)conf->request_ms, (size_t)conf->in_flight_max, &gateway->ask,
                 err) != PD_OK) {
        return err->fate;
    }
    if (open_lines(gateway, err) != PD_OK) {
        return err->fate;
    }
    return stream_open(gateway, &gateway->stream, err);
}

static enum pd_fate start(struct daemon *daemon, void *ctx, struct pd_err *err) {
    struct gateway *gateway = ctx;
    uv_loop_t *loop = daemon_loop(daemon);
    gateway->daemon = daemon;
    gateway->conf = daemon_conf(daemon);
    pd_arena_init(&gateway->scratch, SCRATCH_FIRST, SCRATCH_MAX);
    wire_buf_init(&gateway->text, NULL, ANSWER_MAX);
    lane_init(&gateway->database, loop, DATABASE_WAITING_MAX, DATABASE_AT_ONCE);
    lane_init(&gateway->hashing, loop, LOGIN_WAITING_MAX, 1);
    uv_timer_init(loop, &gateway->every_second);
    gateway->every_second.data = gateway;
    if (open_parts(gateway, err) != PD_OK) {
        return err->fate;
    }
    uv_timer_start(&gateway->every_second, on_second, 0, 1000);
    return PD_OK;
}

static bool ready(void *ctx, char *ret_waits_for, size_t size) {
    const struct gateway *gateway = ctx;
    bool bus_ok = bus_connected(gateway->bus);
    if (bus_lost(gateway->bus)) {
        struct pd_err err;
        (void)pd_fail(&err, PD_BROKEN, "NATS",
                      "nats-server refused the key for good; check it, a new start tries again");
        daemon_fail(gateway->daemon, &err);
    }
    if (gateway->database_ok && bus_ok) {
        return true;
    }
    snprintf(ret_waits_for, size, "%s%s%s", gateway->database_ok ? "" : "PostgreSQL",
             gateway->database_ok || bus_ok ? "" : ", ", bus_ok ? "" : "NATS");
    return false;
}

/* ---- stop */

/* The bus goes first: what it still answers is posted, and what is posted too late is discarded. */
static void stop(struct daemon *daemon, void *ctx) {
    (void)daemon;
    struct gateway *gateway = ctx;
    if (gateway->daemon == NULL) {
        return;
    }
    uv_close((uv_handle_t *)&gateway->every_second, NULL);
    bus_close(gateway->bus);
    gateway->bus = NULL;
    if (gateway->ask != NULL) {
        ask_close(gateway->ask);
    }
}

static void fini(void *ctx) {
    struct gateway *gateway = ctx;
    stream_free(gateway->stream);
    ask_free(gateway->ask);
    pg_free(gateway->pg);
    door_close(gateway);
    wire_buf_fini(&gateway->text);
    pd_arena_fini(&gateway->scratch);
    free(gateway->api);
}

const struct daemon_ops gateway_ops = {
    .name = "gateway",
    .start = start,
    .ready = ready,
    .stop = stop,
    .fini = fini,
    .request = front_request,
    .body_max = front_body_max,
};
