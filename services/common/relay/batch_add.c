/* batch_add.c - messages of the bus become inputs of a batch; what cannot be read becomes an answered one with the reason */
#include <sodium.h>
#include <string.h>

#include "common/relay/batch.h"
#include "common/wire/alloc.h"

static struct slot *new_slot(struct batch *batch, struct source *source, enum input_kind kind) {
    struct slot *slot = &batch->slots[batch->slot_count++];
    *slot = (struct slot){.source = source, .state = SLOT_LIVE};
    slot->input.kind = kind;
    slot->input.traceparent = "";
    slot->input.actor.account_id = "";
    slot->input.actor.worker_id = "";
    if (source != NULL) {
        slot->place = source->count++;
    }
    return slot;
}

static void set_actor(struct wo_actor *actor, const Paidan__Common__V1__Actor *given) {
    if (given == NULL) {
        return;
    }
    actor->role = given->role > 0 && given->role < 31 ? 1u << given->role : 0;
    actor->account_id = given->account_id;
    actor->worker_id = given->worker_id;
}

static ProtobufCMessage *unpack(struct batch *batch, const ProtobufCMessageDescriptor *type,
                                ProtobufCBinaryData bytes) {
    ProtobufCAllocator allocator = wire_alloc(&batch->gathered);
    static const uint8_t nothing[1] = {0};
    return protobuf_c_message_unpack(type, &allocator, bytes.len, bytes.data == NULL ? nothing : bytes.data);
}

/* One answered slot which says why the message as a whole is of no use. */
static void add_unreadable(struct batch *batch, struct source *source, const char *reason) {
    struct slot *slot = new_slot(batch, source, source->work.kind == WORK_EVENTS ? INPUT_EVENT : INPUT_COMMAND);
    slot->poison = reason;
    slot->state = SLOT_ANSWERED;
}

static void add_command(struct batch *batch, struct source *source, const struct command_def *def,
                        const Paidan__Common__V1__Command *command) {
    struct slot *slot = new_slot(batch, source, INPUT_COMMAND);
    slot->input.name = def->name;
    slot->input.traceparent = command->traceparent;
    set_actor(&slot->input.actor, command->actor);
    slot->input.message = unpack(batch, def->request, command->payload);
    if (slot->input.message == NULL) {
        slot->state = SLOT_ANSWERED;
        batch_answer_problem(batch, slot, 400, "malformed", "The command's payload is not the message of its subject.");
        return;
    }
    if (command->idempotency_key.len != 32 || def->never_kept) {
        return;
    }
    slot->key = command->idempotency_key.data;
    crypto_hash_sha256(slot->payload_hash, command->payload.data, command->payload.len);
    for (size_t i = 0; i + 1 < batch->slot_count; i++) {
        const struct slot *earlier = &batch->slots[i];
        if (earlier->key != NULL && earlier->same_as == NULL && memcmp(earlier->key, slot->key, 32) == 0) {
            slot->same_as = earlier;
            slot->state = SLOT_ANSWERED;
            return;
        }
    }
}

static const struct command_def *find_command(const struct service_ops *ops, const char *subject) {
    const char *name = strrchr(subject, '.');
    for (const struct command_def *def = ops->commands; name != NULL && def != NULL && def->name != NULL; def++) {
        if (strcmp(def->name, name + 1) == 0) {
            return def;
        }
    }
    return NULL;
}

static void add_commands(struct batch *batch, struct source *source) {
    size_t length;
    const uint8_t *bytes = bus_message_bytes(source->work.message, &length);
    ProtobufCAllocator allocator = wire_alloc(&batch->gathered);
    Paidan__Common__V1__CommandBatch *commands = paidan__common__v1__command_batch__unpack(&allocator, length, bytes);
    const struct command_def *def = find_command(batch->ops, bus_message_subject(source->work.message));
    if (commands == NULL || commands->n_commands == 0) {
        add_unreadable(batch, source, "not a CommandBatch");
    } else if (def == NULL) {
        add_unreadable(batch, source, "no such command");
    } else if (commands->n_commands > INPUTS_MAX / 2) {
        add_unreadable(batch, source, "too many commands in one message");
    } else {
        for (size_t i = 0; i < commands->n_commands; i++) {
            add_command(batch, source, def, commands->commands[i]);
        }
    }
}

static const ProtobufCMessageDescriptor *payload_type(const struct service_ops *ops, enum wo_event type) {
    for (const struct event_def *def = ops->events; def != NULL && def->type != WO_EV_NONE; def++) {
        if (def->type == type) {
            return def->payload;
        }
    }
    return NULL;
}

static bool set_head(struct event_head *head, const Paidan__Common__V1__Event *event) {
    if (event->event_id.len != 16 || event->aggregate_id.len != 16 || event->request_id.len != 16) {
        return false;
    }
    memcpy(head->event_id, event->event_id.data, 16);
    memcpy(head->aggregate_id, event->aggregate_id.data, 16);
    memcpy(head->request_id, event->request_id.data, 16);
    head->aggregate_version = event->aggregate_version;
    head->type = (enum wo_event)event->type;
    head->from = (enum wo_state)event->from_state;
    head->to = (enum wo_state)event->to_state;
    head->occurred_at_us = event->occurred_at_us;
    head->recorded_at_us = event->recorded_at_us;
    return true;
}

static void read_event(struct batch *batch, struct slot *slot, ProtobufCBinaryData bytes) {
    struct event_head *head = &slot->input.event;
    head->bytes = bytes.data;
    head->length = bytes.len;
    Paidan__Common__V1__Event *event =
        (Paidan__Common__V1__Event *)unpack(batch, &paidan__common__v1__event__descriptor, bytes);
    if (event == NULL || !set_head(head, event)) {
        slot->poison = "not an Event";
        return;
    }
    slot->input.traceparent = event->traceparent;
    set_actor(&slot->input.actor, event->actor);
    const ProtobufCMessageDescriptor *type = payload_type(batch->ops, head->type);
    if (type != NULL) {
        slot->input.message = unpack(batch, type, event->payload);
        slot->poison = slot->input.message == NULL ? "the payload is not the message of the event's type" : NULL;
    }
}

static void add_event(struct batch *batch, struct source *source, const Paidan__Common__V1__EventBatch *events,
                      size_t i) {
    struct slot *slot = new_slot(batch, source, INPUT_EVENT);
    slot->input.event.producer = batch->ops->hears[source->work.channel];
    slot->input.event.partition = events->partition;
    /* Beyond the last number there is none: the end of a lie, and a gap all the same. */
    bool beyond = events->first_seq > INT64_MAX - (int64_t)i;
    slot->input.event.seq = beyond ? INT64_MAX : events->first_seq + (int64_t)i;
    read_event(batch, slot, events->events[i]);
}

static void add_events(struct batch *batch, struct source *source) {
    size_t length;
    const uint8_t *bytes = bus_message_bytes(source->work.message, &length);
    ProtobufCAllocator allocator = wire_alloc(&batch->gathered);
    Paidan__Common__V1__EventBatch *events = paidan__common__v1__event_batch__unpack(&allocator, length, bytes);
    if (events == NULL || events->n_events == 0 || events->partition >= PARTITIONS || events->first_seq < 1) {
        add_unreadable(batch, source, "not an EventBatch");
    } else if (strcmp(events->producer, batch->ops->hears[source->work.channel]) != 0) {
        add_unreadable(batch, source, "an EventBatch of another producer");
    } else if (events->n_events > INPUTS_MAX / 2) {
        add_unreadable(batch, source, "too many events in one message");
    } else {
        for (size_t i = 0; i < events->n_events; i++) {
            add_event(batch, source, events, i);
        }
    }
}

struct source *batch_new_source(struct batch *batch, const struct work *work) {
    struct source *source = &batch->sources[batch->source_count++];
    *source = (struct source){.work = *work, .first = batch->slot_count};
    return source;
}

void batch_add(struct batch *batch, const struct work *work) {
    struct source *source = batch_new_source(batch, work);
    if (work->kind == WORK_EVENTS) {
        add_events(batch, source);
    } else {
        add_commands(batch, source);
    }
}

void batch_add_replay(struct batch *batch, struct source *source, int64_t id, const char *producer,
                      ProtobufCBinaryData body) {
    struct slot *slot = new_slot(batch, source, INPUT_EVENT);
    slot->replay_id = id;
    slot->input.event.producer = producer;
    body.data = pd_memdup(&batch->gathered, body.data, body.len);
    if (body.data == NULL) {
        slot->poison = "out of memory";
        return;
    }
    read_event(batch, slot, body);
}

void batch_add_problem(struct batch *batch, struct source *source, int status, const char *code, const char *detail) {
    struct slot *slot = new_slot(batch, source, INPUT_COMMAND);
    slot->state = SLOT_ANSWERED;
    batch_answer_problem(batch, slot, status, code, detail);
}

void batch_add_timer(struct batch *batch) {
    new_slot(batch, NULL, INPUT_TIMER);
}
