#include "common/relay/batch.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/base/id.h"
#include "common/wire/alloc.h"

struct slot *slot_of(struct input *input) {
    return (struct slot *)(void *)input;
}

void *batch_context(const struct batch *batch) {
    return batch->context;
}

struct pd_arena *batch_arena(struct batch *batch) {
    return &batch->scratch;
}

void *batch_alloc(struct batch *batch, size_t size) {
    void *memory = pd_alloc(&batch->scratch, size);
    batch->out_of_memory |= memory == NULL;
    return memory;
}

size_t batch_count(const struct batch *batch) {
    return batch->live_count;
}

struct input *batch_input(struct batch *batch, size_t i) {
    return batch->live[i];
}

int64_t batch_now_us(const struct batch *batch) {
    return batch->now_us;
}

void batch_new_id(struct batch *batch, uint8_t ret_id[16]) {
    uint8_t random[PD_ID_RANDOM];
    randombytes_buf(random, sizeof random);
    struct pd_id id = pd_id_v7(batch->now_us / 1000, random);
    memcpy(ret_id, id.b, 16);
}

void batch_random(struct batch *batch, void *ret_bytes, size_t length) {
    (void)batch;
    randombytes_buf(ret_bytes, length);
}

void batch_set_view(struct batch *batch, void *view) {
    batch->view = view;
}

void *batch_view(const struct batch *batch) {
    return batch->view;
}

const struct conf *batch_conf(const struct batch *batch) {
    return batch->conf;
}

const char *batch_source_subject(const struct slot *slot) {
    return slot->source == NULL ? "timer" : bus_message_subject(slot->source->work.message);
}

/* ---- answers */

static void keep_reply(struct batch *batch, struct slot *slot, const Paidan__Common__V1__Reply *reply) {
    size_t length = paidan__common__v1__reply__get_packed_size(reply);
    slot->reply = pd_alloc(&batch->gathered, length);
    slot->reply_length = 0;
    if (slot->reply == NULL) {
        batch->out_of_memory = true;
        return;
    }
    slot->reply_length = paidan__common__v1__reply__pack(reply, slot->reply);
}

void batch_reply(struct batch *batch, struct input *input, int status, const ProtobufCMessage *message) {
    Paidan__Common__V1__Reply reply = PAIDAN__COMMON__V1__REPLY__INIT;
    reply.status = status;
    reply.payload.len = protobuf_c_message_get_packed_size(message);
    reply.payload.data = pd_alloc(&batch->scratch, reply.payload.len);
    if (reply.payload.data == NULL) {
        batch->out_of_memory = true;
        return;
    }
    protobuf_c_message_pack(message, reply.payload.data);
    keep_reply(batch, slot_of(input), &reply);
}

static void answer(struct batch *batch, struct slot *slot, Paidan__Common__V1__Problem *problem, int status,
                   const char *code, const char *detail) {
    char type[96];
    snprintf(type, sizeof type, "urn:paidan:problem:%s", code);
    problem->type = type;
    problem->status = status;
    problem->detail = (char *)(uintptr_t)detail;
    Paidan__Common__V1__Reply reply = PAIDAN__COMMON__V1__REPLY__INIT;
    reply.status = status;
    reply.problem = problem;
    slot->refused = true;
    keep_reply(batch, slot, &reply);
}

void batch_answer_problem(struct batch *batch, struct slot *slot, int status, const char *code, const char *detail) {
    Paidan__Common__V1__Problem problem = PAIDAN__COMMON__V1__PROBLEM__INIT;
    problem.retry_after_s = status == 503 ? 1 : 0;
    answer(batch, slot, &problem, status, code, detail);
}

void batch_refuse(struct batch *batch, struct input *input, int status, const char *code, const char *detail) {
    batch_answer_problem(batch, slot_of(input), status, code, detail);
}

void batch_refuse_verdict(struct batch *batch, struct input *input, enum wo_verdict verdict, enum wo_event event,
                          enum wo_state state, uint32_t missing) {
    Paidan__Common__V1__Problem problem = PAIDAN__COMMON__V1__PROBLEM__INIT;
    char *names[WO_EVENT_COUNT];
    enum wo_event allowed[WO_EVENT_COUNT];
    size_t count = wo_fsm_allowed(state, input->actor.role, allowed, WO_EVENT_COUNT);
    for (size_t i = 0; i < count; i++) {
        names[i] = (char *)(uintptr_t)wo_event_text(allowed[i]);
    }
    problem.n_allowed_actions = count;
    problem.allowed_actions = names;
    problem.state = (Paidan__Common__V1__WorkOrderState)state;
    char detail[256];
    if (verdict == WO_GUARD_FAILED) {
        enum wo_guard first = (enum wo_guard)(missing & ~(missing - 1));
        bool fenced = first == WO_GUARD_CURRENT_SEQ;
        snprintf(detail, sizeof detail, "%s: %s (%s).", wo_event_text(event), wo_guard_text(first), wo_guard_code(first));
        answer(batch, slot_of(input), &problem, fenced ? 409 : first == WO_GUARD_ASSIGNED ? 403 : 422,
               fenced ? "wrong-state" : first == WO_GUARD_ASSIGNED ? "forbidden" : "guard", detail);
    } else if (verdict == WO_WRONG_ACTOR) {
        snprintf(detail, sizeof detail, "%s is not for your role in state %s; allowed_actions says what is.",
                 wo_event_text(event), wo_state_text(state));
        answer(batch, slot_of(input), &problem, 403, "forbidden", detail);
    } else {
        snprintf(detail, sizeof detail, "%s is not possible in state %s (%s); allowed_actions says what is.",
                 wo_event_text(event), wo_state_text(state), wo_state_chinese(state));
        answer(batch, slot_of(input), &problem, 409, "wrong-state", detail);
    }
}

void batch_poison(struct batch *batch, struct input *input, const char *reason) {
    slot_of(input)->poison = pd_strdup(&batch->gathered, reason);
    batch->out_of_memory |= slot_of(input)->poison == NULL;
}

/* ---- events */

static Paidan__Common__V1__Role role_number(uint32_t role) {
    int number = 0;
    while (role > 1) {
        role >>= 1;
        number++;
    }
    return (Paidan__Common__V1__Role)number;
}

static uint8_t *pack_event(struct batch *batch, const struct input *cause, const struct event_draft *draft,
                           const uint8_t event_id[16], size_t *ret_length) {
    Paidan__Common__V1__Event event = PAIDAN__COMMON__V1__EVENT__INIT;
    Paidan__Common__V1__Actor actor = PAIDAN__COMMON__V1__ACTOR__INIT;
    bool by_person = cause->kind == INPUT_COMMAND;
    actor.role = by_person ? role_number(cause->actor.role) : PAIDAN__COMMON__V1__ROLE__ROLE_SYSTEM;
    if (by_person) {
        actor.account_id = (char *)(uintptr_t)cause->actor.account_id;
        actor.worker_id = (char *)(uintptr_t)cause->actor.worker_id;
    }
    event.event_id = (ProtobufCBinaryData){16, (uint8_t *)(uintptr_t)event_id};
    event.aggregate_id = (ProtobufCBinaryData){16, (uint8_t *)(uintptr_t)draft->aggregate_id};
    event.aggregate_version = draft->aggregate_version;
    event.request_id = (ProtobufCBinaryData){16, (uint8_t *)(uintptr_t)draft->request_id};
    event.type = (Paidan__Common__V1__WorkOrderEvent)draft->type;
    event.schema_version = 1;
    event.occurred_at_us = draft->occurred_at_us == 0 ? batch->now_us : draft->occurred_at_us;
    event.recorded_at_us = batch->now_us;
    event.actor = &actor;
    event.traceparent = (char *)(uintptr_t)cause->traceparent;
    event.from_state = (Paidan__Common__V1__WorkOrderState)draft->from;
    event.to_state = (Paidan__Common__V1__WorkOrderState)draft->to;
    event.payload.len = protobuf_c_message_get_packed_size(draft->payload);
    event.payload.data = batch_alloc(batch, event.payload.len);
    if (event.payload.data == NULL) {
        return NULL;
    }
    protobuf_c_message_pack(draft->payload, event.payload.data);
    *ret_length = paidan__common__v1__event__get_packed_size(&event);
    uint8_t *bytes = batch_alloc(batch, *ret_length);
    if (bytes != NULL) {
        paidan__common__v1__event__pack(&event, bytes);
    }
    return bytes;
}

void batch_emit(struct batch *batch, const struct input *cause, const struct event_draft *draft,
                uint8_t ret_event_id[16]) {
    if (batch->event_count == EVENTS_MAX) {
        batch->out_of_memory = true;
        return;
    }
    struct outbox_event *event = &batch->events[batch->event_count];
    batch_new_id(batch, event->event_id);
    event->bytes = pack_event(batch, cause, draft, event->event_id, &event->length);
    if (event->bytes == NULL) {
        return;
    }
    /* The last byte of a UUIDv7 is random: as good a hash as any. The number of partitions is frozen for ever. */
    event->partition = draft->request_id[15] % PARTITIONS;
    event->seq = ++batch->last_seq[event->partition];
    batch->event_count++;
    if (ret_event_id != NULL) {
        memcpy(ret_event_id, event->event_id, 16);
    }
}

/* ---- collecting */

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

static ProtobufCMessage *unpack(struct batch *batch, const ProtobufCMessageDescriptor *type, ProtobufCBinaryData bytes) {
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
    slot->command = command;
    slot->input.name = def->name;
    slot->input.traceparent = command->traceparent;
    set_actor(&slot->input.actor, command->actor);
    slot->input.message = unpack(batch, def->request, command->payload);
    if (slot->input.message == NULL) {
        slot->state = SLOT_ANSWERED;
        batch_answer_problem(batch, slot, 400, "malformed", "The command's payload is not the message of its subject.");
        return;
    }
    if (command->idempotency_key.len != 32) {
        return;
    }
    crypto_hash_sha256(slot->payload_hash, command->payload.data, command->payload.len);
    for (size_t i = 0; i + 1 < batch->slot_count; i++) {
        const struct slot *earlier = &batch->slots[i];
        if (earlier->command != NULL && earlier->command->idempotency_key.len == 32 && earlier->same_as == NULL &&
            memcmp(earlier->command->idempotency_key.data, command->idempotency_key.data, 32) == 0) {
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
    Paidan__Common__V1__CommandBatch *commands =
        paidan__common__v1__command_batch__unpack(&allocator, length, bytes);
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

static void add_event(struct batch *batch, struct source *source, const Paidan__Common__V1__EventBatch *events,
                      size_t i) {
    struct slot *slot = new_slot(batch, source, INPUT_EVENT);
    struct event_head *head = &slot->input.event;
    head->producer = batch->ops->hears[source->work.channel];
    head->partition = events->partition;
    head->seq = events->first_seq + (int64_t)i;
    head->bytes = events->events[i].data;
    head->length = events->events[i].len;
    Paidan__Common__V1__Event *event =
        (Paidan__Common__V1__Event *)unpack(batch, &paidan__common__v1__event__descriptor, events->events[i]);
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

void batch_add(struct batch *batch, const struct work *work) {
    struct source *source = &batch->sources[batch->source_count++];
    *source = (struct source){.work = *work, .first = batch->slot_count};
    if (work->kind == WORK_EVENTS) {
        add_events(batch, source);
    } else {
        add_commands(batch, source);
    }
}

void batch_add_timer(struct batch *batch) {
    new_slot(batch, NULL, INPUT_TIMER);
}

void batch_clear(struct batch *batch) {
    for (size_t i = 0; i < batch->source_count; i++) {
        bus_message_free(batch->sources[i].work.message);
    }
    batch->source_count = 0;
    batch->slot_count = 0;
    batch->live_count = 0;
    batch->event_count = 0;
    pd_arena_reset(&batch->gathered);
    pd_arena_reset(&batch->scratch);
}
