/* writer_in.c - what the bus brings to the writer, on the bus's threads */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/metrics.h"
#include "common/relay/writer.h"

void writer_refuse_message(struct bus *bus, struct bus_message *message) {
    const char *reply = bus_message_reply(message);
    size_t length;
    const uint8_t *bytes = bus_message_bytes(message, &length);
    Paidan__Common__V1__CommandBatch *batch = paidan__common__v1__command_batch__unpack(NULL, length, bytes);
    if (reply != NULL && batch != NULL) {
        Paidan__Common__V1__Problem problem = PAIDAN__COMMON__V1__PROBLEM__INIT;
        Paidan__Common__V1__Reply one = PAIDAN__COMMON__V1__REPLY__INIT;
        char type[] = "urn:paidan:problem:busy", detail[] = "The service has more to do than it can; nothing was done.";
        problem.type = type;
        problem.detail = detail;
        problem.status = one.status = 503;
        problem.retry_after_s = 1;
        one.problem = &problem;
        Paidan__Common__V1__ReplyBatch replies = PAIDAN__COMMON__V1__REPLY_BATCH__INIT;
        Paidan__Common__V1__Reply *list[INPUTS_MAX];
        replies.n_replies = batch->n_commands < INPUTS_MAX ? batch->n_commands : INPUTS_MAX;
        replies.replies = list;
        for (size_t i = 0; i < replies.n_replies; i++) {
            list[i] = &one;
        }
        size_t size = paidan__common__v1__reply_batch__get_packed_size(&replies);
        uint8_t *packed = malloc(size);
        if (packed != NULL) {
            paidan__common__v1__reply_batch__pack(&replies, packed);
            bus_answer_message(bus, message, packed, size);
            free(packed);
        }
        metric_add(METRIC_COMMANDS_SHED, (int64_t)replies.n_replies);
    }
    if (batch != NULL) {
        paidan__common__v1__command_batch__free_unpacked(batch, NULL);
    }
    bus_message_free(message);
}

static void command_arrived(void *context, struct bus_message *message) {
    struct writer *writer = context;
    struct work work = {.kind = WORK_COMMANDS, .message = message};
    if (atomic_load(&writer->stopping) || !queue_put(&writer->queue, &work)) {
        writer_refuse_message(writer->bus, message);
    }
}

struct channel {
    struct writer *writer;
    int number;
};

static void events_arrived(void *context, struct bus_message *message) {
    struct channel *channel = context;
    struct work work = {.kind = WORK_EVENTS, .channel = channel->number, .message = message};
    fence_note_any(&channel->writer->mark, message);
    /* Dropping is safe: the producer is told of the gap and says it again. */
    if (!queue_put(&channel->writer->queue, &work)) {
        bus_message_free(message);
    }
}

static void confirm_arrived(void *context, struct bus_message *message) {
    struct writer *writer = context;
    size_t length;
    const uint8_t *bytes = bus_message_bytes(message, &length);
    /* Who may say pd.cfm.<me>.<consumer> is the bus's business; the body is not asked who it is. */
    const char *consumer = strrchr(bus_message_subject(message), '.') + 1;
    if (outbox_confirm_any(&writer->outbox, consumer, bytes, length)) {
        queue_wake_any(&writer->queue);
    }
    bus_message_free(message);
}

enum pd_fate writer_listen(struct writer *writer, struct pd_err *reterr) {
    const struct service_ops *ops = writer->ops;
    enum pd_fate fate = PD_OK;
    char subject[64];
    for (int i = 0; ops->hears != NULL && ops->hears[i] != NULL && i < HEARS_MAX && fate == PD_OK; i++) {
        struct inbox *inbox = &writer->inboxes[writer->inbox_count];
        static struct channel channels[HEARS_MAX];
        channels[i] = (struct channel){writer, i};
        *inbox = (struct inbox){.consumer = ops->name, .producer = ops->hears[i], .bus = writer->bus};
        snprintf(subject, sizeof subject, "%s_from_%s", ops->name, ops->hears[i]);
        fate = bus_pull_open(writer->bus, "PD_EVENTS", subject, events_arrived, &channels[i], &inbox->pull, reterr);
        writer->inbox_count++;
    }
    if (fate == PD_OK && ops->confirmed_by != NULL) {
        snprintf(subject, sizeof subject, "pd.cfm.%s.*", ops->name);
        fate = bus_subscribe(writer->bus, subject, NULL, confirm_arrived, writer, reterr);
    }
    if (fate == PD_OK && ops->commands != NULL) {
        snprintf(subject, sizeof subject, "pd.cmd.%s.*", ops->name);
        fate = bus_subscribe(writer->bus, subject, ops->name, command_arrived, writer, reterr);
    }
    return fate;
}
