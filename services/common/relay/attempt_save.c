/* attempt_save.c - the second round trip of an attempt: everything that was decided, one statement a table */
#include "common/io/metrics.h"
#include "common/relay/writer.h"
#include "sql/common_sql.h"

static enum pd_fate save_outbox(struct writer *writer, struct pd_err *reterr) {
    struct batch *batch = writer->batch;
    struct pg_array partitions, seqs, ids, events, last;
    pg_array_init(&partitions, &batch->scratch, PG_INT2);
    pg_array_init(&seqs, &batch->scratch, PG_INT8);
    pg_array_init(&ids, &batch->scratch, PG_UUID);
    pg_array_init(&events, &batch->scratch, PG_BYTEA);
    pg_array_init(&last, &batch->scratch, PG_INT8);
    for (size_t i = 0; i < batch->event_count; i++) {
        const struct outbox_event *event = &batch->events[i];
        pg_array_int2(&partitions, (int16_t)event->partition);
        pg_array_int8(&seqs, event->seq);
        pg_array_uuid(&ids, event->event_id);
        pg_array_bytea(&events, event->bytes, event->length);
    }
    for (int p = 0; p < PARTITIONS; p++) {
        pg_array_int8(&last, batch->last_seq[p]);
    }
    struct pg_args args;
    pg_args_init(&args, &batch->scratch);
    pg_arg_int2(&args, batch->outbox_slot);
    pg_arg_array(&args, &partitions);
    pg_arg_array(&args, &seqs);
    pg_arg_array(&args, &ids);
    pg_arg_array(&args, &events);
    pg_arg_time(&args, batch->now_us);
    enum pd_fate fate = pg_queue(writer->pg, SQL_SAVE_OUTBOX, &args, reterr);
    pg_args_init(&args, &batch->scratch);
    pg_arg_array(&args, &last);
    return fate != PD_OK ? fate : pg_queue(writer->pg, SQL_SAVE_POSITIONS, &args, reterr);
}

static enum pd_fate save_inbox(struct writer *writer, int channel, struct pd_err *reterr) {
    struct pg_args args;
    struct pg_array marks;
    pg_args_init(&args, &writer->batch->scratch);
    pg_array_init(&marks, &writer->batch->scratch, PG_INT8);
    for (int p = 0; p < PARTITIONS; p++) {
        pg_array_int8(&marks, writer->batch->marks[channel][p]);
    }
    pg_arg_text(&args, writer->inboxes[channel].producer);
    pg_arg_array(&args, &marks);
    return pg_queue(writer->pg, SQL_SAVE_INBOX, &args, reterr);
}

static enum pd_fate save_answers(struct writer *writer, struct pd_err *reterr) {
    struct batch *batch = writer->batch;
    struct pg_array keys, hashes, replies;
    pg_array_init(&keys, &batch->scratch, PG_BYTEA);
    pg_array_init(&hashes, &batch->scratch, PG_BYTEA);
    pg_array_init(&replies, &batch->scratch, PG_BYTEA);
    for (size_t i = 0; i < batch->live_count; i++) {
        const struct slot *slot = slot_of(batch->live[i]);
        if (slot->state == SLOT_LIVE && slot->key != NULL && !slot->refused && slot->reply != NULL) {
            pg_array_bytea(&keys, slot->key, 32);
            pg_array_bytea(&hashes, slot->payload_hash, 32);
            pg_array_bytea(&replies, slot->reply, slot->reply_length);
        }
    }
    if (keys.count == 0) {
        return PD_OK;
    }
    struct pg_args args;
    pg_args_init(&args, &batch->scratch);
    pg_arg_array(&args, &keys);
    pg_arg_array(&args, &hashes);
    pg_arg_array(&args, &replies);
    return pg_queue(writer->pg, SQL_SAVE_ANSWERS, &args, reterr);
}

static enum pd_fate save_dead_letters(struct writer *writer, size_t from, size_t to, struct pd_err *reterr) {
    enum { BODY_MAX = 65536 };
    struct batch *batch = writer->batch;
    struct pg_array sources, reasons, bodies;
    pg_array_init(&sources, &batch->scratch, PG_TEXT);
    pg_array_init(&reasons, &batch->scratch, PG_TEXT);
    pg_array_init(&bodies, &batch->scratch, PG_BYTEA);
    for (size_t i = from; i < to; i++) {
        const struct slot *slot = &batch->slots[i];
        if (slot->poison == NULL || slot->state == SLOT_REPEAT || slot->replay_id != 0) {
            continue;
        }
        size_t length = slot->input.event.length;
        const uint8_t *body = slot->input.event.bytes;
        if (body == NULL && slot->source != NULL) {
            body = bus_message_bytes(slot->source->work.message, &length);
        }
        pg_array_text(&sources, batch_source_subject(slot));
        pg_array_text(&reasons, slot->poison);
        pg_array_bytea(&bodies, body, length < BODY_MAX ? length : BODY_MAX);
    }
    if (sources.count == 0) {
        return PD_OK;
    }
    metric_add(METRIC_DEAD_LETTERS, sources.count);
    struct pg_args args;
    pg_args_init(&args, &batch->scratch);
    pg_arg_array(&args, &sources);
    pg_arg_array(&args, &reasons);
    pg_arg_array(&args, &bodies);
    return pg_queue(writer->pg, SQL_SAVE_DEAD_LETTERS, &args, reterr);
}

static enum pd_fate save_replayed(struct writer *writer, size_t from, size_t to, struct pd_err *reterr) {
    struct batch *batch = writer->batch;
    struct pg_array ids;
    pg_array_init(&ids, &batch->scratch, PG_INT8);
    for (size_t i = from; i < to; i++) {
        if (batch->slots[i].replay_id != 0 && batch->slots[i].poison == NULL) {
            pg_array_int8(&ids, batch->slots[i].replay_id);
        }
    }
    if (ids.count == 0) {
        return PD_OK;
    }
    struct pg_args args;
    pg_args_init(&args, &batch->scratch);
    pg_arg_array(&args, &ids);
    return pg_queue(writer->pg, SQL_MARK_REPLAYED, &args, reterr);
}

enum pd_fate attempt_save(struct writer *writer, size_t from, size_t to, struct pd_err *reterr) {
    struct batch *batch = writer->batch;
    if (batch->out_of_memory) {
        /* Halves need less. A single input that is too large for the limit is refused by the same path. */
        return pd_fail(reterr, PD_REFUSED, "ARENA", "the batch needs more than %d bytes", BATCH_MEMORY_MAX);
    }
    enum pd_fate fate = batch->live_count > 0 ? writer->ops->save(batch, writer->pg, reterr) : PD_OK;
    if (fate == PD_OK && batch->event_count > 0) {
        fate = save_outbox(writer, reterr);
    }
    for (int i = 0; i < writer->inbox_count && fate == PD_OK; i++) {
        fate = batch->marks_changed[i] ? save_inbox(writer, i, reterr) : PD_OK;
    }
    fate = fate != PD_OK ? fate : save_answers(writer, reterr);
    fate = fate != PD_OK ? fate : save_dead_letters(writer, from, to, reterr);
    fate = fate != PD_OK ? fate : save_replayed(writer, from, to, reterr);
    struct pg_args args;
    pg_args_init(&args, &batch->scratch);
    pg_arg_uuid(&args, writer->id);
    pg_arg_int8(&args, writer->number + 1);
    return fate != PD_OK ? fate : pg_queue(writer->pg, SQL_SAVE_MARK, &args, reterr);
}
