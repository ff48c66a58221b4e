#include "audit/shell/audit_words.h"

#include <string.h>

#include "common/base/id.h"
#include "common/domain/wo_fsm.h"
#include "common/wire/alloc.h"
#include "paidan/assign/v1/assign.pb-c.h"
#include "paidan/common/v1/envelope.pb-c.h"
#include "paidan/notify/v1/notify.pb-c.h"

enum { PARTITIONS = 16 };

/* A message with everything of fixed size that hangs on it: one allocation. */
struct trace_words {
    Paidan__Audit__V1__TraceEvent event;
    Paidan__Common__V1__Actor actor;
    Google__Protobuf__Timestamp occurred_at, recorded_at;
    char event_id[PD_ID_TEXT], aggregate_id[PD_ID_TEXT];
};

static Google__Protobuf__Timestamp *timestamp(Google__Protobuf__Timestamp *at, int64_t at_us) {
    google__protobuf__timestamp__init(at);
    at->seconds = at_us / 1000000;
    at->nanos = (int32_t)(at_us % 1000000) * 1000;
    return at;
}

static char *id_text(const uint8_t id[16], char ret_text[PD_ID_TEXT]) {
    struct pd_id bytes;
    memcpy(bytes.b, id, sizeof bytes.b);
    return pd_id_text(&bytes, ret_text);
}

static char *type_text(struct pd_arena *arena, int32_t type) {
    const char *known = type > 0 ? wo_event_text((enum wo_event)type) : NULL;
    return known != NULL ? pd_strdup(arena, known) : pd_format(arena, "event_%d", type);
}

/* What the payload of assign and notify says about the work; intake's says nothing that the trace shows. */
static void add_payload(struct pd_arena *arena, Paidan__Audit__V1__TraceEvent *words, enum audit_producer producer,
                        enum wo_event type, const ProtobufCBinaryData *payload) {
    ProtobufCAllocator alloc = wire_alloc(arena);
    bool is_change =
        type >= WO_EV_CHANGE_DRAFT && type <= WO_EV_CHANGE_WITHDRAW; /* of the map, with a payload of its own */
    if (producer == AUDIT_ASSIGN && !is_change) {
        Paidan__Assign__V1__OrderEvent *order =
            paidan__assign__v1__order_event__unpack(&alloc, payload->len, payload->data);
        if (order != NULL) {
            words->grid = order->grid;
            words->worker_id = order->worker_id;
            words->dispatch_seq = order->dispatch_seq;
            words->grid_now = order->grid_now;
            words->reason = order->reason;
            words->grid_change = order->grid_change;
            words->worker_before = order->worker_before;
        }
    } else if (producer == AUDIT_NOTIFY) {
        Paidan__Notify__V1__DeliveredEvent *delivered =
            paidan__notify__v1__delivered_event__unpack(&alloc, payload->len, payload->data);
        if (delivered != NULL) {
            words->worker_id = delivered->worker_id;
            words->dispatch_seq = delivered->dispatch_seq;
            words->channel = delivered->channel;
        }
    }
}

Paidan__Audit__V1__TraceEvent *audit_event_words(struct pd_arena *arena, const struct audit_event *event) {
    struct trace_words *words = pd_alloc(arena, sizeof *words);
    if (words == NULL) {
        return NULL;
    }
    Paidan__Audit__V1__TraceEvent *e = &words->event;
    paidan__audit__v1__trace_event__init(e);
    e->seq = event->seq;
    e->event_id = id_text(event->event_id, words->event_id);
    e->event = type_text(arena, event->type);
    e->from_state = (Paidan__Common__V1__WorkOrderState)event->from_state;
    e->to_state = (Paidan__Common__V1__WorkOrderState)event->to_state;
    e->aggregate_id = id_text(event->aggregate_id, words->aggregate_id);
    e->aggregate_version = event->aggregate_version;
    e->occurred_at = timestamp(&words->occurred_at, event->occurred_at_us);
    e->recorded_at = timestamp(&words->recorded_at, event->recorded_at_us);
    e->producer = pd_strdup(arena, audit_producer_name((int)event->producer));
    e->producer_seq = event->producer_seq;
    e->digest.data = pd_memdup(arena, event->digest, sizeof event->digest);
    e->digest.len = sizeof event->digest;
    paidan__common__v1__actor__init(&words->actor);
    words->actor.role = (Paidan__Common__V1__Role)event->actor_role;
    words->actor.account_id = pd_strdup(arena, event->actor_id);
    words->actor.worker_id = pd_strdup(arena, event->worker_id);
    e->actor = &words->actor;
    ProtobufCAllocator alloc = wire_alloc(arena);
    Paidan__Common__V1__Event *envelope = paidan__common__v1__event__unpack(&alloc, event->length, event->bytes);
    if (envelope != NULL) {
        e->traceparent = envelope->traceparent;
        add_payload(arena, e, event->producer, (enum wo_event)event->type, &envelope->payload);
    }
    return arena->full ? NULL : e;
}

static Paidan__Audit__V1__EventCount *event_count(struct pd_arena *arena, int32_t type, int64_t n) {
    Paidan__Audit__V1__EventCount *count = pd_alloc(arena, sizeof *count);
    if (count != NULL) {
        paidan__audit__v1__event_count__init(count);
        count->event = type == 0 ? pd_strdup(arena, "other") : type_text(arena, type);
        count->count = n;
    }
    return count;
}

void audit_counts_words(struct pd_arena *arena, const struct pg_result *result,
                        Paidan__Audit__V1__CountsResponse *response) {
    int64_t counts[AUDIT_TYPES];
    int types = pg_rows(result) == 1 ? pg_int8_array(result, 0, 1, counts, AUDIT_TYPES) : 0;
    response->size = pg_rows(result) == 1 ? pg_int8(result, 0, 0) : 0;
    response->counts = pd_alloc_array(arena, AUDIT_TYPES, sizeof *response->counts);
    for (int type = 0; response->counts != NULL && type < types; type++) {
        if (counts[type] > 0) {
            response->counts[response->n_counts++] = event_count(arena, type, counts[type]);
        }
    }
}

void audit_positions_words(struct pd_arena *arena, const struct pg_result *result,
                           Paidan__Audit__V1__CountsResponse *response) {
    size_t rows = (size_t)pg_rows(result);
    response->positions = pd_alloc_array(arena, rows + 1, sizeof *response->positions);
    for (size_t i = 0; i < rows; i++) {
        Paidan__Audit__V1__ProducerPosition *position = pd_alloc(arena, sizeof *position);
        int64_t *watermarks = pd_alloc_array(arena, PARTITIONS, sizeof *watermarks);
        if (response->positions == NULL || position == NULL || watermarks == NULL) {
            return;
        }
        paidan__audit__v1__producer_position__init(position);
        position->producer = pd_strdup(arena, pg_text(result, (int)i, 0));
        int n = pg_int8_array(result, (int)i, 1, watermarks, PARTITIONS);
        position->watermarks = watermarks;
        position->n_watermarks = n > 0 ? (size_t)n : 0;
        response->positions[response->n_positions++] = position;
    }
}

void audit_findings_words(struct pd_arena *arena, const struct pg_result *result,
                          Paidan__Audit__V1__CountsResponse *response) {
    size_t rows = (size_t)pg_rows(result);
    response->findings = pd_alloc_array(arena, rows + 1, sizeof *response->findings);
    for (size_t i = 0; i < rows; i++) {
        Paidan__Audit__V1__FindingCount *count = pd_alloc(arena, sizeof *count);
        if (response->findings == NULL || count == NULL) {
            return;
        }
        paidan__audit__v1__finding_count__init(count);
        count->kind = pd_strdup(arena, pg_text(result, (int)i, 0));
        count->count = pg_int8(result, (int)i, 1);
        response->findings[response->n_findings++] = count;
    }
}
