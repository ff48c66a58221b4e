/* writer_out.c - what the askers are told and the stream is acknowledged, once all of a batch is settled */
#include <string.h>

#include "common/io/metrics.h"
#include "common/relay/writer.h"
#include "common/wire/alloc.h"
#include "paidan/gateway/v1/gateway.pb-c.h"

static void send_replies(struct writer *writer, const struct source *source) {
    struct batch *batch = writer->batch;
    if (bus_message_reply(source->work.message) == NULL || source->count == 0) {
        return;
    }
    Paidan__Common__V1__ReplyBatch replies = PAIDAN__COMMON__V1__REPLY_BATCH__INIT;
    ProtobufCAllocator allocator = wire_alloc(&batch->gathered);
    Paidan__Common__V1__Reply *list[INPUTS_MAX];
    Paidan__Common__V1__Reply missing = PAIDAN__COMMON__V1__REPLY__INIT;
    missing.status = 500;
    replies.replies = list;
    for (size_t i = source->first; i < source->first + source->count; i++) {
        struct slot *slot = &batch->slots[i];
        if (slot->same_as != NULL) {
            bool equal = memcmp(slot->same_as->payload_hash, slot->payload_hash, 32) == 0;
            if (equal) {
                slot->reply = slot->same_as->reply;
                slot->reply_length = slot->same_as->reply_length;
            } else {
                batch_answer_problem(batch, slot, 422, "key-reused",
                                     "This Idempotency-Key was used with another request. Use a new key.");
            }
        }
        if (slot->replay_id != 0 && slot->poison == NULL) {
            Paidan__Gateway__V1__ReplayDeadLetterResponse done = PAIDAN__GATEWAY__V1__REPLAY_DEAD_LETTER_RESPONSE__INIT;
            done.id = slot->replay_id;
            batch_reply(batch, &slot->input, 200, &done.base);
        }
        if (slot->reply == NULL && slot->poison != NULL) {
            batch_answer_problem(batch, slot, 400, "malformed", slot->poison);
        }
        Paidan__Common__V1__Reply *reply =
            slot->reply == NULL ? NULL : paidan__common__v1__reply__unpack(&allocator, slot->reply_length, slot->reply);
        list[replies.n_replies++] = reply == NULL ? &missing : reply;
        metric_add(slot->refused ? METRIC_COMMANDS_REFUSED : METRIC_COMMANDS_OK, 1);
    }
    size_t size = paidan__common__v1__reply_batch__get_packed_size(&replies);
    uint8_t *bytes = pd_alloc(&batch->gathered, size);
    if (bytes != NULL) {
        paidan__common__v1__reply_batch__pack(&replies, bytes);
        bus_answer_message(writer->bus, source->work.message, bytes, size);
    }
}

void writer_finish(struct writer *writer) {
    struct batch *batch = writer->batch;
    const struct bus_message *last[HEARS_MAX] = {NULL};
    for (size_t i = 0; i < batch->source_count; i++) {
        const struct source *source = &batch->sources[i];
        if (source->work.kind == WORK_EVENTS) {
            last[source->work.channel] = source->work.message;
        } else {
            send_replies(writer, source);
        }
    }
    for (int i = 0; i < writer->inbox_count; i++) {
        if (last[i] != NULL) {
            bus_ack_all(writer->bus, last[i]);
        }
    }
}
