#include "common/relay/batch.h"
#include "common/base/borrow.h"

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

void batch_hurry_timer(struct batch *batch, int after_ms) {
    if (batch->timer_after_ms == 0 || after_ms < batch->timer_after_ms) {
        batch->timer_after_ms = after_ms;
    }
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
    problem->detail = pd_borrow(detail);
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
    const char *names[WO_EVENT_COUNT];
    char *lent[WO_EVENT_COUNT];
    size_t count = wo_fsm_actions(state, input->actor.role, names, WO_EVENT_COUNT);
    for (size_t i = 0; i < count; i++) {
        lent[i] = pd_borrow(names[i]);
    }
    problem.n_allowed_actions = count;
    problem.allowed_actions = lent;
    problem.state = (Paidan__Common__V1__WorkOrderState)state;
    char detail[256];
    if (verdict == WO_GUARD_FAILED) {
        enum wo_guard first = (enum wo_guard)(missing & ~(missing - 1));
        bool fenced = first == WO_GUARD_CURRENT_SEQ;
        snprintf(detail, sizeof detail, "%s: %s (%s).", wo_event_action(event), wo_guard_text(first),
                 wo_guard_code(first));
        answer(batch, slot_of(input), &problem,
               fenced                       ? 409
               : first == WO_GUARD_ASSIGNED ? 403
                                            : 422,
               fenced                       ? "wrong-state"
               : first == WO_GUARD_ASSIGNED ? "forbidden"
                                            : "guard",
               detail);
    } else if (verdict == WO_WRONG_ACTOR) {
        snprintf(detail, sizeof detail, "%s is not for your role in state %s; allowed_actions says what is.",
                 wo_event_action(event), wo_state_text(state));
        answer(batch, slot_of(input), &problem, 403, "forbidden", detail);
    } else {
        snprintf(detail, sizeof detail, "%s is not possible in state %s (%s); allowed_actions says what is.",
                 wo_event_action(event), wo_state_text(state), wo_state_chinese(state));
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
        actor.account_id = pd_borrow(cause->actor.account_id);
        actor.worker_id = pd_borrow(cause->actor.worker_id);
    }
    event.event_id = (ProtobufCBinaryData){16, pd_borrow(event_id)};
    event.aggregate_id = (ProtobufCBinaryData){16, pd_borrow(draft->aggregate_id)};
    event.aggregate_version = draft->aggregate_version;
    event.request_id = (ProtobufCBinaryData){16, pd_borrow(draft->request_id)};
    event.type = (Paidan__Common__V1__WorkOrderEvent)draft->type;
    event.schema_version = 1;
    event.occurred_at_us = draft->occurred_at_us == 0 ? batch->now_us : draft->occurred_at_us;
    event.recorded_at_us = batch->now_us;
    event.actor = &actor;
    event.traceparent = pd_borrow(cause->traceparent);
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
