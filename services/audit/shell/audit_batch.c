#include "audit/shell/audit_batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "audit/core/audit_chain.h"
#include "audit/core/audit_log.h"
#include "audit/shell/audit_store.h"
#include "sql/audit_sql.h"

/* Orders in the works at a time, several times over; a power of two. */
enum { REMEMBERED = 65536 };

/* What one batch knows and makes; the engine's view slot. */
struct audit_work {
    struct audit_log log;
    int64_t size_before;
    struct audit_heads heads;
    struct audit_event *events;
    size_t event_count;
    struct audit_finding *findings;
    size_t finding_count;
};

static enum pd_fate no_memory(struct pd_err *reterr) {
    return pd_fail(reterr, PD_REFUSED, "ARENA", "the batch is out of memory"); /* halves need less */
}

enum pd_fate audit_open(const struct conf *conf, void *shared, bool for_reader, void **ret_context,
                        struct pd_err *reterr) {
    (void)conf;
    (void)shared;
    if (for_reader) {
        *ret_context = NULL;
        return PD_OK;
    }
    struct audit_memory *memory = malloc(sizeof *memory);
    struct audit_memory_slot *slots = calloc(REMEMBERED, sizeof *slots);
    if (memory == NULL || slots == NULL) {
        free(memory);
        free(slots);
        return pd_fail(reterr, PD_BROKEN, "memory", "no memory for the versions of %d aggregates", (int)REMEMBERED);
    }
    audit_memory_init(memory, slots, REMEMBERED);
    *ret_context = memory;
    return PD_OK;
}

void audit_close(void *context) {
    struct audit_memory *memory = context;
    if (memory != NULL) {
        free(memory->slots);
        free(memory);
    }
}

enum pd_fate audit_ask(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    (void)batch;
    return pg_queue(pg, SQL_LOCK_LOG_HEAD, NULL, reterr);
}

/* Reads the versions of the aggregates that do not follow what is remembered. */
static enum pd_fate look_up_heads(struct pg *pg, struct pd_arena *arena, struct audit_heads *heads,
                                  struct pd_err *reterr) {
    struct pg_array requests, aggregates;
    pg_array_init(&requests, arena, PG_UUID);
    pg_array_init(&aggregates, arena, PG_UUID);
    for (size_t i = 0; i < heads->count; i++) {
        struct audit_head *head = &heads->heads[i];
        if (head->look) {
            pg_array_uuid(&requests, head->request_id);
            pg_array_uuid(&aggregates, head->aggregate_id);
            head->version = 0;
        }
    }
    if (aggregates.count == 0) {
        return PD_OK;
    }
    struct pg_args args;
    pg_args_init(&args, arena);
    pg_arg_array(&args, &requests);
    pg_arg_array(&args, &aggregates);
    struct pg_result *result = NULL;
    enum pd_fate fate = pg_query(pg, SQL_READ_HEADS, &args, &result, reterr);
    if (fate != PD_OK) {
        return fate;
    }
    for (int row = 0; row < pg_rows(result); row++) {
        uint8_t aggregate_id[16];
        pg_uuid(result, row, 0, aggregate_id);
        struct audit_head *head = audit_heads_find(heads, aggregate_id);
        assert(head != NULL);
        head->version = pg_int8(result, row, 1);
    }
    return PD_OK;
}

static enum pd_fate take_log_head(struct audit_work *work, struct pg *pg, struct pd_err *reterr) {
    const struct pg_result *head = pg_take(pg);
    if (pg_rows(head) != 1) {
        return pd_fail(reterr, PD_BROKEN, "log-head", "table log_head must have one row, not %d", pg_rows(head));
    }
    int64_t counts[AUDIT_TYPES];
    int types = pg_int8_array(head, 0, 1, counts, AUDIT_TYPES);
    work->size_before = pg_int8(head, 0, 0);
    audit_log_init(&work->log, work->size_before, counts, types > 0 ? (size_t)types : 0);
    return PD_OK;
}

enum pd_fate audit_read(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    struct pd_arena *arena = batch_arena(batch);
    size_t count = batch_count(batch);
    struct audit_work *work = pd_alloc(arena, sizeof *work);
    struct audit_head *heads = pd_alloc_array(arena, count, sizeof *heads);
    struct audit_head **by_id = pd_alloc_array(arena, audit_heads_buckets(count), sizeof(void *));
    if (work == NULL || heads == NULL || by_id == NULL) {
        return no_memory(reterr);
    }
    work->events = pd_alloc_array(arena, count, sizeof *work->events);
    work->findings = pd_alloc_array(arena, count, sizeof *work->findings);
    if (work->events == NULL || work->findings == NULL) {
        return no_memory(reterr);
    }
    audit_heads_init(&work->heads, heads, count, by_id);
    for (size_t i = 0; i < count; i++) {
        const struct input *input = batch_input(batch, i);
        if (input->kind == INPUT_EVENT) {
            audit_heads_meet(&work->heads, batch_context(batch), input->event.aggregate_id, input->event.request_id,
                             input->event.aggregate_version);
        }
    }
    enum pd_fate fate = take_log_head(work, pg, reterr);
    if (fate == PD_OK) {
        fate = look_up_heads(pg, arena, &work->heads, reterr);
    }
    batch_set_view(batch, work);
    return fate;
}

static void fill(struct audit_event *ret_event, const struct input *input) {
    const struct event_head *head = &input->event;
    *ret_event = (struct audit_event){.bytes = head->bytes,
                                      .length = head->length,
                                      .aggregate_version = head->aggregate_version,
                                      .type = (int32_t)head->type,
                                      .from_state = (int32_t)head->from,
                                      .to_state = (int32_t)head->to,
                                      .actor_role = audit_role_number(input->actor.role),
                                      .actor_id = input->actor.account_id,
                                      .worker_id = input->actor.worker_id,
                                      .producer = audit_producer_number(head->producer),
                                      .partition = head->partition,
                                      .producer_seq = head->seq,
                                      .occurred_at_us = head->occurred_at_us,
                                      .recorded_at_us = head->recorded_at_us};
    memcpy(ret_event->event_id, head->event_id, sizeof ret_event->event_id);
    memcpy(ret_event->request_id, head->request_id, sizeof ret_event->request_id);
    memcpy(ret_event->aggregate_id, head->aggregate_id, sizeof ret_event->aggregate_id);
}

void audit_decide(struct batch *batch, struct input *input) {
    if (input->kind != INPUT_EVENT) {
        return;
    }
    struct audit_work *work = batch_view(batch);
    struct audit_event *event = &work->events[work->event_count++];
    fill(event, input);
    audit_log_append(&work->log, event);

    int64_t before = 0;
    struct audit_head *head = audit_heads_find(&work->heads, event->aggregate_id);
    enum audit_step step = audit_head_advance(head, event->aggregate_version, &before);
    if (step != AUDIT_NEXT) {
        const char *detail = pd_format(batch_arena(batch), "version %lld after %lld",
                                       (long long)event->aggregate_version, (long long)before);
        work->findings[work->finding_count++] =
            (struct audit_finding){.kind = step == AUDIT_GAP ? "version_gap" : "version_repeat",
                                   .detail = detail == NULL ? "" : detail,
                                   .event = event};
    }
}

enum pd_fate audit_save(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    const struct audit_work *work = batch_view(batch);
    struct pd_arena *arena = batch_arena(batch);
    if (work->event_count == 0) {
        return PD_OK;
    }
    enum pd_fate fate =
        audit_store_events(pg, arena, work->size_before, batch_now_us(batch), work->events, work->event_count, reterr);
    if (fate == PD_OK) {
        fate = audit_store_head(pg, arena, &work->log, reterr);
    }
    if (fate == PD_OK) {
        fate = audit_store_findings(pg, arena, work->findings, work->finding_count, reterr);
    }
    return fate;
}

void audit_committed(struct batch *batch, struct bus *bus) {
    (void)bus;
    const struct audit_work *work = batch_view(batch);
    audit_memory_learn(batch_context(batch), &work->heads);
}
