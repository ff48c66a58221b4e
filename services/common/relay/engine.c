#include "common/relay/engine.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/daemon/daemon.h"
#include "common/io/log.h"
#include "common/io/metrics.h"
#include "common/relay/reader.h"
#include "common/relay/writer.h"

/* The one context of a service process. */
struct engine {
    const struct service_ops *ops;
    struct daemon *daemon;
    struct bus *bus;
    struct writer writer;
    struct reader reader;
    void *shared; /* of ops->prepare() */
    pthread_t drainer;
    bool draining;
    _Atomic bool drained;
};

static enum pd_fate start(struct daemon *daemon, void *context, struct pd_err *reterr) {
    struct engine *engine = context;
    const struct conf *conf = daemon_conf(daemon);
    engine->daemon = daemon;
    enum pd_fate fate = bus_open(conf->nats_url, conf->nats_seed_file, engine->ops->name, &engine->bus, reterr);
    if (fate == PD_OK && engine->ops->prepare != NULL) {
        fate = engine->ops->prepare(conf, engine->bus, &engine->shared, reterr);
    }
    fate = fate != PD_OK ? fate : writer_start(&engine->writer, engine->ops, conf, engine->bus, engine->shared, reterr);
    return fate != PD_OK
               ? fate
               : reader_start(&engine->reader, engine->ops, conf, engine->bus, engine->shared, &engine->writer, reterr);
}

static bool ready(void *context, char *ret_waits_for, size_t size) {
    struct engine *engine = context;
    bool bus = engine->bus != NULL && bus_connected(engine->bus);
    if (engine->bus != NULL && bus_lost(engine->bus) && !engine->draining) {
        struct pd_err err;
        (void)pd_fail(&err, PD_BROKEN, "NATS",
                      "nats-server refused the key for good; check it, a new start tries again");
        daemon_fail(engine->daemon, &err);
    }
    bool database = atomic_load(&engine->writer.ready);
    metric_set(METRIC_BUS_CONNECTED, bus);
    snprintf(ret_waits_for, size, "%s%s%s", bus ? "" : "NATS", !bus && !database ? " and " : "",
             database ? "" : "PostgreSQL");
    return bus && database;
}

/* First those who ask writer and reader for something. */
static void stop_threads(struct engine *engine) {
    if (engine->ops->halt != NULL && engine->shared != NULL) {
        engine->ops->halt(engine->shared);
    }
    reader_stop(&engine->reader);
    writer_stop(&engine->writer);
    if (engine->ops->dispose != NULL && engine->shared != NULL) {
        engine->ops->dispose(engine->shared);
    }
}

/* Joining the threads may take as long as their last batch; the loop must go on meanwhile. */
static void *finish_work(void *context) {
    struct engine *engine = context;
    stop_threads(engine);
    atomic_store(&engine->drained, true);
    daemon_post_any(engine->daemon, (void (*)(void *))daemon_drained, NULL, engine->daemon);
    return NULL;
}

static void drain(struct daemon *daemon, void *context) {
    struct engine *engine = context;
    engine->draining = pthread_create(&engine->drainer, NULL, finish_work, engine) == 0;
    if (!engine->draining) {
        daemon_drained(daemon);
    }
}

static void stop(struct daemon *daemon, void *context) {
    (void)daemon;
    struct engine *engine = context;
    if (engine->draining && !atomic_load(&engine->drained)) {
        /* The deadline has passed and a thread still waits for PostgreSQL. What it has not committed is asked again. */
        _Exit(0);
    }
    if (engine->draining) {
        pthread_join(engine->drainer, NULL);
    } else {
        stop_threads(engine);
    }
    bus_close(engine->bus);
    engine->bus = NULL;
}

int engine_main(const struct service_ops *ops, int argc, char **argv) {
    static struct engine engine;
    if (sodium_init() < 0) {
        fputs("cannot initialise libsodium\n", stderr);
        return 1;
    }
    engine.ops = ops;
    const struct daemon_ops daemon = {.name = ops->name, .start = start, .ready = ready, .drain = drain, .stop = stop};
    return daemon_run(&daemon, &engine, argc, argv);
}
