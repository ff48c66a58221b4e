/* attempt.c - one try at committing a range of a batch: two round trips, one fsync
 *
 * The writer's mark, the outbox numbers and the inbox marks are locked first. That makes three things true until COMMIT:
 * the numbers given are dense and in commit order; nobody else applies the same events; and after a lost connection the mark,
 * read under the same lock, says for certain whether this batch was committed. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/io/log.h"
#include "common/io/metrics.h"
#include "common/relay/writer.h"
#include "sql/common_sql.h"

static bool says_events(const struct writer *writer) {
    return writer->ops->confirmed_by != NULL;
}

/* ---- what is to be decided: repeats and gaps fall out by the marks we know; the database confirms them below */

static void judge_event(struct writer *writer, struct slot *slot) {
    struct batch *batch = writer->batch;
    int channel = slot->source->work.channel;
    int64_t *mark = &batch->marks[channel][slot->input.event.partition];
    switch (inbox_judge(*mark, slot->input.event.seq)) {
    case INBOX_APPLY:
        *mark = slot->input.event.seq;
        batch->marks_changed[channel] = true;
        slot->state = SLOT_LIVE;
        break;
    case INBOX_REPEAT:
        slot->state = SLOT_REPEAT;
        metric_add(METRIC_EVENTS_DUPLICATE, 1);
        break;
    case INBOX_GAP:
        slot->state = SLOT_REPEAT;
        writer->inboxes[channel].gap = true;
        metric_add(METRIC_EVENT_GAPS, 1);
        break;
    }
}

static void choose_live(struct writer *writer, size_t from, size_t to) {
    struct batch *batch = writer->batch;
    pd_arena_reset(&batch->scratch);
    batch->live_count = 0;
    batch->event_count = 0;
    batch->view = NULL;
    batch->out_of_memory = false;
    for (int i = 0; i < writer->inbox_count; i++) {
        memcpy(batch->marks[i], writer->inboxes[i].marks, sizeof batch->marks[i]);
        batch->marks_changed[i] = false;
    }
    for (size_t i = from; i < to; i++) {
        struct slot *slot = &batch->slots[i];
        if (slot->input.kind == INPUT_EVENT && slot->state != SLOT_ANSWERED && slot->replay_id == 0) {
            judge_event(writer, slot);
        }
        bool understood = slot->poison == NULL;
        bool wanted =
            slot->input.kind != INPUT_EVENT || !writer->ops->hears_unpacked_only || slot->input.message != NULL;
        if (slot->state == SLOT_LIVE && understood && wanted) {
            batch->live[batch->live_count++] = &slot->input;
        }
    }
}

/* ---- first round trip */

static size_t count_keys(const struct batch *batch) {
    size_t keys = 0;
    for (size_t i = 0; i < batch->live_count; i++) {
        const struct slot *slot = (const struct slot *)(const void *)batch->live[i];
        keys += slot->key != NULL;
    }
    return keys;
}

static enum pd_fate ask_answers(struct writer *writer, struct pd_err *reterr) {
    struct batch *batch = writer->batch;
    struct pg_args args;
    struct pg_array keys;
    pg_args_init(&args, &batch->scratch);
    pg_array_init(&keys, &batch->scratch, PG_BYTEA);
    for (size_t i = 0; i < batch->live_count; i++) {
        const struct slot *slot = slot_of(batch->live[i]);
        if (slot->key != NULL) {
            pg_array_bytea(&keys, slot->key, 32);
        }
    }
    pg_arg_array(&args, &keys);
    return pg_queue(writer->pg, SQL_READ_ANSWERS, &args, reterr);
}

static enum pd_fate ask_inbox(struct writer *writer, struct pd_err *reterr) {
    struct pg_args args;
    struct pg_array producers;
    pg_args_init(&args, &writer->batch->scratch);
    pg_array_init(&producers, &writer->batch->scratch, PG_TEXT);
    for (int i = 0; i < writer->inbox_count; i++) {
        pg_array_text(&producers, writer->inboxes[i].producer);
    }
    pg_arg_array(&args, &producers);
    return pg_queue(writer->pg, SQL_LOCK_INBOX, &args, reterr);
}

static bool has_events(const struct writer *writer) {
    for (int i = 0; i < writer->inbox_count; i++) {
        if (writer->batch->marks_changed[i]) {
            return true;
        }
    }
    return false;
}

static enum pd_fate ask(struct writer *writer, struct pd_err *reterr) {
    struct batch *batch = writer->batch;
    struct pg *pg = writer->pg;
    struct pg_args args;
    pg_args_init(&args, &batch->scratch);
    pg_arg_uuid(&args, writer->id);
    enum pd_fate fate = pg_begin(pg, reterr);
    fate = fate != PD_OK ? fate : pg_queue(pg, SQL_LOCK_MARK, &args, reterr);
    if (fate == PD_OK && says_events(writer)) {
        fate = pg_queue(pg, SQL_LOCK_POSITIONS, NULL, reterr);
    }
    if (fate == PD_OK && has_events(writer)) {
        fate = ask_inbox(writer, reterr);
    }
    if (fate == PD_OK && count_keys(batch) > 0) {
        fate = ask_answers(writer, reterr);
    }
    if (fate == PD_OK && batch->live_count > 0) {
        fate = writer->ops->ask(batch, pg, reterr);
    }
    return fate != PD_OK ? fate : pg_flush(pg, reterr);
}

/* ---- its results */

/* The marks in the database differ from those we know only when another copy of this service works too. */
static enum pd_fate check_inbox(struct writer *writer, struct pd_err *reterr) {
    struct pg_result *result = pg_take(writer->pg);
    bool stale = pg_rows(result) != writer->inbox_count;
    for (int row = 0; row < pg_rows(result); row++) {
        for (int i = 0; i < writer->inbox_count; i++) {
            struct inbox *inbox = &writer->inboxes[i];
            if (strcmp(inbox->producer, pg_text(result, row, 0)) == 0) {
                int64_t marks[PARTITIONS] = {0};
                pg_int8_array(result, row, 1, marks, PARTITIONS);
                if (memcmp(marks, inbox->stored, sizeof marks) != 0) {
                    inbox_committed(inbox, marks);
                    stale = true;
                }
            }
        }
    }
    return stale ? pd_fail(reterr, PD_RETRY, "STALE", "another copy of this service moved the inbox") : PD_OK;
}

static void use_stored_answer(struct batch *batch, const uint8_t *key, const uint8_t *hash, const uint8_t *reply,
                              size_t length) {
    for (size_t i = 0; i < batch->live_count; i++) {
        struct slot *slot = slot_of(batch->live[i]);
        if (slot->key == NULL || memcmp(slot->key, key, 32) != 0) {
            continue;
        }
        slot->state = SLOT_ANSWERED;
        if (memcmp(slot->payload_hash, hash, 32) != 0) {
            batch_answer_problem(batch, slot, 422, "key-reused",
                                 "This Idempotency-Key was used with another request. Use a new key.");
        } else {
            slot->reply = pd_memdup(&batch->gathered, reply, length);
            slot->reply_length = length;
            batch->out_of_memory |= slot->reply == NULL;
            metric_add(METRIC_COMMANDS_REPEATED, 1);
        }
    }
}

static void take_answers(struct writer *writer) {
    struct pg_result *result = pg_take(writer->pg);
    for (int row = 0; row < pg_rows(result); row++) {
        size_t key_length, hash_length, reply_length;
        const uint8_t *key = pg_bytea(result, row, 0, &key_length);
        const uint8_t *hash = pg_bytea(result, row, 1, &hash_length);
        const uint8_t *reply = pg_bytea(result, row, 2, &reply_length);
        if (key_length == 32 && hash_length == 32) {
            use_stored_answer(writer->batch, key, hash, reply, reply_length);
        }
    }
}

static enum pd_fate take_results(struct writer *writer, struct pd_err *reterr) {
    struct batch *batch = writer->batch;
    struct pg_result *mark = pg_take(writer->pg);
    if (pg_rows(mark) != 1) {
        return pd_fail(reterr, PD_BROKEN, "MARK", "this writer's mark is gone from writer_mark");
    }
    writer->number = pg_int8(mark, 0, 0);
    if (says_events(writer)) {
        struct pg_result *positions = pg_take(writer->pg);
        pg_int8_array(positions, 0, 0, batch->last_seq, PARTITIONS);
        batch->outbox_slot = pg_int2(positions, 0, 1);
    }
    enum pd_fate fate = has_events(writer) ? check_inbox(writer, reterr) : PD_OK;
    if (fate == PD_OK && count_keys(batch) > 0) {
        take_answers(writer);
    }
    if (fate == PD_OK && batch->live_count > 0) {
        fate = writer->ops->read(batch, writer->pg, reterr);
    }
    return fate;
}

static void decide(struct writer *writer) {
    struct batch *batch = writer->batch;
    for (size_t i = 0; i < batch->live_count && !batch->out_of_memory; i++) {
        struct slot *slot = slot_of(batch->live[i]);
        if (slot->state == SLOT_LIVE) {
            slot->reply = NULL;
            slot->refused = false;
            writer->ops->decide(batch, &slot->input);
        }
    }
}

/* ---- COMMIT, and what to think when its answer is lost */

/* Reads the mark under its lock: the old transaction, if it still runs, must end first. */
static enum pd_fate read_back(struct writer *writer, bool *ret_committed, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, &writer->batch->scratch);
    pg_arg_uuid(&args, writer->id);
    struct pg_result *result = NULL;
    enum pd_fate fate = pg_query(writer->pg, SQL_LOCK_MARK, &args, &result, reterr);
    if (fate == PD_OK) {
        *ret_committed = pg_rows(result) == 1 && pg_int8(result, 0, 0) == writer->number + 1;
        pg_release(writer->pg);
    }
    return fate;
}

static enum pd_fate resolve_unknown(struct writer *writer, struct pd_err *reterr) {
    static const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
    log_event(BATCH_UNKNOWN, &(struct log_ids){.err = reterr}, (int)writer->batch->live_count);
    bool committed = false;
    enum pd_fate fate;
    /* Not knowing is no state to go on from: ask until there is an answer, or until the process is ended. */
    while ((fate = read_back(writer, &committed, reterr)) == PD_RETRY) {
        if (atomic_load(&writer->stopping)) {
            return pd_fail(reterr, PD_BROKEN, "UNKNOWN", "stopped before the outcome of a COMMIT was known");
        }
        nanosleep(&pause, NULL);
    }
    if (fate != PD_OK) {
        return fate;
    }
    return committed ? PD_OK : pd_fail(reterr, PD_RETRY, "LOST", "COMMIT did not happen");
}

static enum pd_fate commit(struct writer *writer, struct pd_err *reterr) {
    enum pd_fate fate = pg_commit(writer->pg, reterr);
    return fate == PD_UNKNOWN ? resolve_unknown(writer, reterr) : fate;
}

/* ---- after COMMIT */

static void committed(struct writer *writer, int64_t monotonic_us) {
    struct batch *batch = writer->batch;
    writer->number++;
    for (int i = 0; i < writer->inbox_count; i++) {
        if (batch->marks_changed[i]) {
            inbox_committed(&writer->inboxes[i], batch->marks[i]);
        }
    }
    if (batch->event_count > 0) {
        outbox_say(&writer->outbox, batch->events, batch->event_count, &batch->scratch, monotonic_us);
    }
    if (writer->ops->committed != NULL && batch->live_count > 0) {
        writer->ops->committed(batch, writer->bus);
    }
    metric_add(METRIC_BATCHES, 1);
    metric_add(METRIC_EVENTS_CONSUMED, (int64_t)batch->live_count);
}

static int64_t monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

enum pd_fate attempt(struct writer *writer, size_t from, size_t to, struct pd_err *reterr) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    writer->batch->now_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    choose_live(writer, from, to);
    bool poison = false;
    for (size_t i = from; i < to; i++) {
        poison |= writer->batch->slots[i].poison != NULL && writer->batch->slots[i].state != SLOT_REPEAT;
    }
    if (writer->batch->live_count == 0 && !poison) {
        /* Nothing here means anything to this service: the marks move, inbox_settle() commits them with those of many others. */
        for (int i = 0; i < writer->inbox_count; i++) {
            memcpy(writer->inboxes[i].marks, writer->batch->marks[i], sizeof writer->batch->marks[i]);
        }
        return PD_OK;
    }
    int64_t began = monotonic();
    enum pd_fate fate = ask(writer, reterr);
    fate = fate != PD_OK ? fate : take_results(writer, reterr);
    if (fate == PD_OK) {
        decide(writer);
        fate = attempt_save(writer, from, to, reterr);
    }
    int64_t saved = monotonic();
    if (fate == PD_OK) {
        fate = commit(writer, reterr);
    } else {
        pg_rollback(writer->pg);
    }
    if (fate == PD_OK) {
        int64_t done = monotonic();
        metric_observe(METRIC_COMMIT_TIME, done - saved);
        metric_observe(METRIC_BATCH_TIME, done - began);
        metric_observe(METRIC_BATCH_SIZE, (int64_t)(to - from));
        committed(writer, done);
    }
    return fate;
}
