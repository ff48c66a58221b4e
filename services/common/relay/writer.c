#include "common/relay/writer.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/id.h"
#include "common/io/log.h"
#include "common/io/metrics.h"
#include "common/relay/rotate.h"
#include "common/wire/alloc.h"
#include "paidan/gateway/v1/gateway.pb-c.h"
#include "sql/common_sql.h"

enum {
    IDLE_MS = 100,                /* longest wait of the thread; its upkeep runs at least so often */
    PULL_COUNT = 128,             /* messages asked of a consumer at once */
    UPKEEP_US = 60 * 1000 * 1000, /* pruning */
    GIVE_UP_US = 2 * 1000 * 1000, /* commands are told "busy" when nothing could be committed for so long */
    PAUSE_MAX_MS = 500
};

static int64_t monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void pause_ms(int ms) {
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L};
    nanosleep(&pause, NULL);
}

/* ---- one batch */

static size_t commands_in(const struct work *work) {
    /* A message's size tells roughly how many inputs it holds; unpacking twice to know exactly would cost more than it saves. */
    size_t length;
    bus_message_bytes(work->message, &length);
    return 1 + length / 64;
}

static void ask_for_more(struct writer *writer, int64_t now_us) {
    size_t room = writer->queue.capacity - queue_count(&writer->queue);
    for (int i = 0; i < writer->inbox_count; i++) {
        if (room > (size_t)2 * PULL_COUNT && !atomic_load(&writer->stopping)) {
            bus_pull_more(writer->inboxes[i].pull, PULL_COUNT, now_us);
        }
    }
}

/* How long collecting may wait for one more message. Nobody waits for an event-only batch of a service that has a pace: it is
 * begun that long after the one before, so that a busy stream is committed in few large batches. A command ends the wait. */
static int patience_ms(const struct writer *writer, bool only_events) {
    if (writer->batch->source_count == 0) {
        return atomic_load(&writer->outbox.rewind_all) ? 0 : IDLE_MS;
    }
    if (!only_events || writer->ops->pace_ms == 0 || atomic_load(&writer->stopping)) {
        return 0;
    }
    int64_t passed_ms = (monotonic() - writer->began_us) / 1000;
    return passed_ms < writer->ops->pace_ms ? (int)(writer->ops->pace_ms - passed_ms) : 0;
}

/* Takes what is queued, up to the limits. Every message has at most INPUTS_MAX / 2 inputs, so one more always fits. */
static void collect(struct writer *writer, int64_t now_us) {
    struct batch *batch = writer->batch;
    size_t estimate = 0;
    size_t most = (size_t)writer->conf->batch_max;
    struct work work;
    bool only_events = true;
    while (batch->source_count < SOURCES_MAX - 1 && batch->slot_count < INPUTS_MAX / 2 - 1 &&
           batch->slot_count < most && queue_take(&writer->queue, patience_ms(writer, only_events), &work)) {
        only_events &= work.kind == WORK_EVENTS;
        estimate += commands_in(&work);
        if (replay_wanted(&work)) {
            replay_add(writer, &work);
        } else {
            batch_add(batch, &work);
        }
        if (estimate > 64 * most) {
            break;
        }
    }
    if (writer->ops->timer_ms > 0 && now_us >= writer->next_timer_us && !atomic_load(&writer->stopping)) {
        writer->next_timer_us = now_us + (int64_t)writer->ops->timer_ms * 1000;
        batch_add_timer(batch);
    }
    metric_set(METRIC_QUEUE_DEPTH, (int64_t)queue_count(&writer->queue));
}

static void answer_busy(struct writer *writer, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        struct slot *slot = &writer->batch->slots[i];
        if (slot->input.kind == INPUT_COMMAND && slot->state == SLOT_LIVE) {
            slot->state = SLOT_ANSWERED;
            batch_answer_problem(writer->batch, slot, 503, "busy",
                                 "The database is not available; nothing was done. Try again.");
        }
    }
}

/* The culprit is alone. */
static void set_aside(struct writer *writer, struct slot *slot, const struct pd_err *err) {
    if (slot->input.kind == INPUT_EVENT) {
        slot->poison = pd_format(&writer->batch->gathered, "%s: %s", err->code, err->text);
    } else if (slot->input.kind == INPUT_COMMAND) {
        slot->state = SLOT_ANSWERED;
        batch_answer_problem(writer->batch, slot, 500, "internal",
                             "The command could not be stored; the fault is logged.");
    } else {
        slot->state = SLOT_ANSWERED;
    }
    metric_add(METRIC_COMMANDS_FAILED, 1);
    log_event(DEAD_LETTER, &(struct log_ids){.peer = batch_source_subject(slot), .err = err},
              slot->input.name == NULL ? "" : slot->input.name);
}

static void run(struct writer *writer, size_t from, size_t to);

static void split(struct writer *writer, size_t from, size_t to, const struct pd_err *err) {
    if (to - from > 1) {
        metric_add(METRIC_BATCH_BISECTIONS, 1);
        size_t middle = from + (to - from) / 2;
        run(writer, from, middle);
        run(writer, middle, to);
    } else {
        set_aside(writer, &writer->batch->slots[from], err);
        struct pd_err ignored;
        attempt(writer, from, to, &ignored);
    }
}

/* Attempts a range until it is committed, split or given up. */
static void run(struct writer *writer, size_t from, size_t to) {
    struct pd_err err;
    int64_t began = monotonic();
    int pause = 5;
    bool alone_before =
        false; /* once more: the fault may have been a row that another copy of this service committed */
    for (int try = 1;; try++) {
        enum pd_fate fate = attempt(writer, from, to, &err);
        if (fate == PD_OK) {
            return;
        }
        if (fate == PD_REFUSED) {
            if (to - from > 1 || alone_before) {
                split(writer, from, to, &err);
                return;
            }
            alone_before = true;
            continue;
        }
        if (fate == PD_BROKEN) {
            log_event(FATAL, &(struct log_ids){.err = &err});
            _Exit(1);
        }
        metric_add(METRIC_BATCH_RETRIES, 1);
        if (try == 1 || try % 20 == 0) {
            log_event(BATCH_RETRY, &(struct log_ids){.err = &err}, (int)(to - from), try);
        }
        if (monotonic() - began > GIVE_UP_US) {
            answer_busy(writer, from, to);
        }
        if (atomic_load(&writer->stopping)) {
            writer->batch->abandoned = true; /* nothing of it happened: no reply, no acknowledgement */
            return;
        }
        pause_ms(pause);
        pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
    }
}

/* ---- upkeep */

static enum pd_fate learn_inbox(struct writer *writer, struct pd_err *reterr) {
    struct pg_args args;
    struct pg_array producers;
    struct pd_arena *arena = &writer->batch->scratch;
    pg_args_init(&args, arena);
    pg_array_init(&producers, arena, PG_TEXT);
    for (int i = 0; i < writer->inbox_count; i++) {
        pg_array_text(&producers, writer->inboxes[i].producer);
    }
    pg_arg_array(&args, &producers);
    struct pg_result *result = NULL;
    enum pd_fate fate = pg_query(writer->pg, SQL_NEW_INBOX, &args, &result, reterr);
    fate = fate != PD_OK ? fate : pg_query(writer->pg, SQL_READ_INBOX, NULL, &result, reterr);
    for (int row = 0; fate == PD_OK && row < pg_rows(result); row++) {
        for (int i = 0; i < writer->inbox_count; i++) {
            if (strcmp(writer->inboxes[i].producer, pg_text(result, row, 0)) == 0) {
                int64_t marks[PARTITIONS] = {0};
                pg_int8_array(result, row, 1, marks, PARTITIONS);
                inbox_committed(&writer->inboxes[i], marks);
            }
        }
    }
    pg_release(writer->pg);
    return fate;
}

static void prune(struct writer *writer) {
    if (writer->ops->confirmed_by != NULL) {
        outbox_rotate(&writer->outbox, writer->pg, &writer->batch->scratch, (int)writer->conf->outbox_hours);
    }
    struct pg_result *result = NULL;
    struct pd_err err;
    if (pg_query(writer->pg, SQL_PRUNE_ANSWERS, NULL, &result, &err) == PD_OK) {
        pg_release(writer->pg);
    }
    if (pg_query(writer->pg, SQL_DROP_OLD_MARKS, NULL, &result, &err) == PD_OK) {
        pg_release(writer->pg);
    }
}

static void upkeep(struct writer *writer, bool queue_empty) {
    int64_t now_us = monotonic();
    for (int i = 0; i < writer->inbox_count; i++) {
        if (!inbox_settle(&writer->inboxes[i], writer->pg, &writer->batch->scratch, now_us)) {
            struct pd_err ignored;
            learn_inbox(writer, &ignored);
        }
        inbox_confirm(&writer->inboxes[i], queue_empty, now_us);
    }
    if (outbox_turn(&writer->outbox, writer->pg, &writer->batch->scratch, now_us)) {
        queue_wake_any(&writer->queue);
    }
    if (now_us >= writer->next_upkeep_us) {
        writer->next_upkeep_us = now_us + UPKEEP_US;
        prune(writer);
    }
    pd_arena_reset(&writer->batch->scratch);
}

/* ---- the thread */

/* What must be known before the first batch. */
static enum pd_fate learn(struct writer *writer, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, &writer->batch->scratch);
    pg_arg_uuid(&args, writer->id);
    struct pg_result *result = NULL;
    enum pd_fate fate = pg_query(writer->pg, SQL_NEW_MARK, &args, &result, reterr);
    pg_release(writer->pg);
    if (fate == PD_OK && writer->inbox_count > 0) {
        fate = learn_inbox(writer, reterr);
    }
    if (fate == PD_OK && writer->ops->confirmed_by != NULL) {
        fate = outbox_recover(&writer->outbox, writer->pg, &writer->batch->scratch, reterr);
    }
    pd_arena_reset(&writer->batch->scratch);
    return fate;
}

static void learn_until_known(struct writer *writer) {
    struct pd_err err;
    for (int try = 1; !atomic_load(&writer->stopping); try++) {
        enum pd_fate fate = learn(writer, &err);
        if (fate == PD_OK) {
            atomic_store(&writer->ready, true);
            log_event(PG_CONNECTED, NULL);
            return;
        }
        if (try % 20 == 1) {
            log_event(PG_LOST, &(struct log_ids){.err = &err}, try);
        }
        pg_release(writer->pg);
        pause_ms(250);
    }
}

static void hurry_timer(struct writer *writer) {
    int64_t wish_us = monotonic() + (int64_t)writer->batch->timer_after_ms * 1000;
    if (writer->batch->timer_after_ms > 0 && wish_us < writer->next_timer_us) {
        writer->next_timer_us = wish_us;
    }
    writer->batch->timer_after_ms = 0;
}

static void *write_loop(void *arg) {
    struct writer *writer = arg;
    struct batch *batch = writer->batch;
    learn_until_known(writer);
    ask_for_more(writer, monotonic());
    while (!atomic_load(&writer->stopping) || queue_count(&writer->queue) > 0) {
        collect(writer, monotonic());
        ask_for_more(writer, monotonic());
        if (batch->slot_count > 0) {
            writer->began_us = monotonic();
            run(writer, 0, batch->slot_count);
            hurry_timer(writer);
        }
        if (!batch->abandoned) {
            writer_finish(writer);
        }
        bool queue_empty = queue_count(&writer->queue) == 0;
        batch_clear(batch);
        upkeep(writer, queue_empty);
    }
    return NULL;
}

/* ---- start and stop */

enum pd_fate writer_start(struct writer *writer, const struct service_ops *ops, const struct conf *conf,
                          struct bus *bus, void *shared, struct pd_err *reterr) {
    *writer = (struct writer){.ops = ops, .conf = conf, .bus = bus};
    char name[64];
    snprintf(name, sizeof name, "%s writer", ops->name);
    writer->pg = pg_new(conf->pg_conninfo, name);
    writer->batch = calloc(1, sizeof *writer->batch);
    if (writer->pg == NULL || writer->batch == NULL || !queue_init(&writer->queue, (size_t)conf->queue_max)) {
        return pd_fail(reterr, PD_RETRY, "ENOMEM", "start the writer: out of memory");
    }
    writer->batch->ops = ops;
    writer->batch->conf = conf;
    writer->batch->bus = bus;
    pd_arena_init(&writer->batch->gathered, 256 * 1024, BATCH_MEMORY_MAX);
    pd_arena_init(&writer->batch->scratch, 256 * 1024, BATCH_MEMORY_MAX);
    uint8_t random[PD_ID_RANDOM];
    randombytes_buf(random, sizeof random);
    struct pd_id id = pd_id_v7((int64_t)time(NULL) * 1000, random);
    memcpy(writer->id, id.b, 16);
    fence_mark_init(&writer->mark);
    outbox_init(&writer->outbox, ops->name, ops->confirmed_by, bus);
    enum pd_fate fate = ops->open == NULL ? PD_OK : ops->open(conf, shared, false, &writer->batch->context, reterr);
    fate = fate != PD_OK ? fate : writer_listen(writer, reterr);
    if (fate == PD_OK && pthread_create(&writer->thread, NULL, write_loop, writer) != 0) {
        fate = pd_fail(reterr, PD_RETRY, "THREAD", "start the writer's thread");
    }
    writer->started = fate == PD_OK;
    return fate;
}

void writer_hurry_any(struct writer *writer) {
    if (writer->pg != NULL) {
        pg_cancel_any(writer->pg);
    }
}

void writer_stop(struct writer *writer) {
    if (writer->batch == NULL) {
        return;
    }
    atomic_store(&writer->stopping, true);
    queue_wake_any(&writer->queue);
    if (writer->started) {
        pthread_join(writer->thread, NULL);
    }
    if (writer->ops->close != NULL && writer->batch->context != NULL) {
        writer->ops->close(writer->batch->context);
    }
    pd_arena_fini(&writer->batch->gathered);
    pd_arena_fini(&writer->batch->scratch);
    outbox_fini(&writer->outbox);
    pthread_mutex_destroy(&writer->mark.lock);
    free(writer->batch);
    pg_free(writer->pg);
    queue_fini(&writer->queue);
}
