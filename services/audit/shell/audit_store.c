#include "audit/shell/audit_store.h"

#include <assert.h>

#include "sql/audit_sql.h"

/* Array parameters of insert_trace_events.sql, in its order. */
enum column {
    EVENT_ID,
    REQUEST_ID,
    AGGREGATE_ID,
    AGGREGATE_VERSION,
    TYPE,
    FROM_STATE,
    TO_STATE,
    OCCURRED_AT,
    RECORDED_AT,
    ACTOR_ROLE,
    ACTOR_ID,
    WORKER_ID,
    PRODUCER,
    PARTITION,
    PRODUCER_SEQ,
    DIGEST,
    EVENT,
    COLUMN_COUNT
};

static const enum pg_type column_types[COLUMN_COUNT] = {
    [EVENT_ID] = PG_UUID,
    [REQUEST_ID] = PG_UUID,
    [AGGREGATE_ID] = PG_UUID,
    [AGGREGATE_VERSION] = PG_INT8,
    [TYPE] = PG_INT4,
    [FROM_STATE] = PG_INT4,
    [TO_STATE] = PG_INT4,
    [OCCURRED_AT] = PG_TIMESTAMPTZ,
    [RECORDED_AT] = PG_TIMESTAMPTZ,
    [ACTOR_ROLE] = PG_INT2,
    [ACTOR_ID] = PG_TEXT,
    [WORKER_ID] = PG_TEXT,
    [PRODUCER] = PG_INT2,
    [PARTITION] = PG_INT2,
    [PRODUCER_SEQ] = PG_INT8,
    [DIGEST] = PG_BYTEA,
    [EVENT] = PG_BYTEA,
};

static const char *text_or_null(const char *text) {
    return text[0] == '\0' ? NULL : text;
}

static void put_event(struct pg_array arrays[COLUMN_COUNT], const struct audit_event *event) {
    pg_array_uuid(&arrays[EVENT_ID], event->event_id);
    pg_array_uuid(&arrays[REQUEST_ID], event->request_id);
    pg_array_uuid(&arrays[AGGREGATE_ID], event->aggregate_id);
    pg_array_int8(&arrays[AGGREGATE_VERSION], event->aggregate_version);
    pg_array_int4(&arrays[TYPE], event->type);
    pg_array_int4(&arrays[FROM_STATE], event->from_state);
    pg_array_int4(&arrays[TO_STATE], event->to_state);
    pg_array_time(&arrays[OCCURRED_AT], event->occurred_at_us);
    pg_array_time(&arrays[RECORDED_AT], event->recorded_at_us);
    pg_array_int2(&arrays[ACTOR_ROLE], (int16_t)event->actor_role);
    pg_array_text(&arrays[ACTOR_ID], text_or_null(event->actor_id));
    pg_array_text(&arrays[WORKER_ID], text_or_null(event->worker_id));
    pg_array_int2(&arrays[PRODUCER], (int16_t)event->producer);
    pg_array_int2(&arrays[PARTITION], (int16_t)event->partition);
    pg_array_int8(&arrays[PRODUCER_SEQ], event->producer_seq);
    pg_array_bytea(&arrays[DIGEST], event->digest, sizeof event->digest);
    pg_array_bytea(&arrays[EVENT], event->bytes, event->length);
}

enum pd_fate audit_store_events(struct pg *pg, struct pd_arena *arena, int64_t size_before, int64_t now_us,
                                const struct audit_event *events, size_t count, struct pd_err *reterr) {
    if (count == 0) {
        return PD_OK;
    }
    struct pg_array arrays[COLUMN_COUNT];
    for (int c = 0; c < COLUMN_COUNT; c++) {
        pg_array_init(&arrays[c], arena, column_types[c]);
    }
    for (size_t i = 0; i < count; i++) {
        assert(events[i].seq == size_before + (int64_t)i + 1);
        put_event(arrays, &events[i]);
    }
    struct pg_args args;
    pg_args_init(&args, arena);
    pg_arg_int8(&args, size_before);
    pg_arg_time(&args, now_us);
    for (int c = 0; c < COLUMN_COUNT; c++) {
        pg_arg_array(&args, &arrays[c]);
    }
    return pg_queue(pg, SQL_INSERT_TRACE_EVENTS, &args, reterr);
}

enum pd_fate audit_store_head(struct pg *pg, struct pd_arena *arena, const struct audit_log *log,
                              struct pd_err *reterr) {
    struct pg_array counts;
    pg_array_init(&counts, arena, PG_INT8);
    for (size_t i = 0; i < log->types; i++) {
        pg_array_int8(&counts, log->counts[i]);
    }
    struct pg_args args;
    pg_args_init(&args, arena);
    pg_arg_int8(&args, log->size);
    pg_arg_array(&args, &counts);
    return pg_queue(pg, SQL_SAVE_LOG_HEAD, &args, reterr);
}

enum pd_fate audit_store_findings(struct pg *pg, struct pd_arena *arena, const struct audit_finding *findings,
                                  size_t count, struct pd_err *reterr) {
    if (count == 0) {
        return PD_OK;
    }
    static const enum pg_type types[] = {PG_TEXT, PG_INT8, PG_UUID, PG_UUID, PG_TEXT};
    enum { COUNT = sizeof types / sizeof types[0] };
    struct pg_array arrays[COUNT];
    for (size_t c = 0; c < COUNT; c++) {
        pg_array_init(&arrays[c], arena, types[c]);
    }
    for (size_t i = 0; i < count; i++) {
        pg_array_text(&arrays[0], findings[i].kind);
        pg_array_int8(&arrays[1], findings[i].event->seq);
        pg_array_uuid(&arrays[2], findings[i].event->request_id);
        pg_array_uuid(&arrays[3], findings[i].event->aggregate_id);
        pg_array_text(&arrays[4], findings[i].detail);
    }
    struct pg_args args;
    pg_args_init(&args, arena);
    for (size_t c = 0; c < COUNT; c++) {
        pg_arg_array(&args, &arrays[c]);
    }
    return pg_queue(pg, SQL_INSERT_FINDINGS, &args, reterr);
}
