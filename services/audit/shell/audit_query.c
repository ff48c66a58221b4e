#include "audit/shell/audit_query.h"

#include <string.h>

#include "audit/core/audit_log.h"
#include "audit/shell/audit_words.h"
#include "common/base/id.h"
#include "common/relay/engine.h"
#include "sql/audit_sql.h"

/* About 700 kB; the bus takes 1 MB a message. */
enum { TRACE_MAX = 2000 };

enum {
    MAY_TRACE = WO_ROLE_OPERATOR | WO_ROLE_DISPATCHER | WO_ROLE_SUPERVISOR | WO_ROLE_ADMIN,
    MAY_COUNT = WO_ROLE_SUPERVISOR | WO_ROLE_ADMIN
};

/* Columns of read_trace.sql. */
enum column {
    SEQ,
    EVENT_ID,
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
    PRODUCER_SEQ,
    DIGEST,
    EVENT
};

static void row_of(const struct pg_result *result, int row, struct audit_event *ret_event) {
    size_t digest_length = 0;
    *ret_event = (struct audit_event){.seq = pg_int8(result, row, SEQ),
                                      .aggregate_version = pg_int8(result, row, AGGREGATE_VERSION),
                                      .type = pg_int4(result, row, TYPE),
                                      .from_state = pg_int4(result, row, FROM_STATE),
                                      .to_state = pg_int4(result, row, TO_STATE),
                                      .occurred_at_us = pg_time(result, row, OCCURRED_AT),
                                      .recorded_at_us = pg_time(result, row, RECORDED_AT),
                                      .actor_role = pg_int2(result, row, ACTOR_ROLE),
                                      .actor_id = pg_text(result, row, ACTOR_ID),
                                      .worker_id = pg_text(result, row, WORKER_ID),
                                      .producer = (enum audit_producer)pg_int2(result, row, PRODUCER),
                                      .producer_seq = pg_int8(result, row, PRODUCER_SEQ)};
    pg_uuid(result, row, EVENT_ID, ret_event->event_id);
    pg_uuid(result, row, AGGREGATE_ID, ret_event->aggregate_id);
    ret_event->bytes = pg_bytea(result, row, EVENT, &ret_event->length);
    const uint8_t *digest = pg_bytea(result, row, DIGEST, &digest_length);
    memcpy(ret_event->digest, digest, digest_length < AUDIT_DIGEST ? digest_length : AUDIT_DIGEST);
}

static void busy(struct query *query) {
    query_refuse(query, 503, "busy", "too much is asked for at once: try again in a moment");
}

void audit_answer_trace(struct query *query) {
    const Paidan__Audit__V1__TraceRequest *request = (const Paidan__Audit__V1__TraceRequest *)query_request(query);
    struct pd_arena *arena = query_arena(query);
    struct pd_id id;
    if ((query_actor(query)->role & MAY_TRACE) == 0) {
        query_refuse(query, 403, "forbidden", "only operators, dispatchers, supervisors and admins may read traces");
        return;
    }
    if (!pd_id_parse(request->request_id, strlen(request->request_id), &id)) {
        query_refuse(query, 400, "malformed", "request_id must be a UUID");
        return;
    }
    struct pg_args args;
    pg_args_init(&args, arena);
    pg_arg_uuid(&args, id.b);
    pg_arg_int4(&args, TRACE_MAX);
    struct pg_result *result = NULL;
    struct pd_err err;
    enum pd_fate fate = pg_query(query_pg(query), SQL_READ_TRACE, &args, &result, &err);
    if (fate != PD_OK) {
        query_fail(query, fate, &err);
        return;
    }
    size_t count = (size_t)pg_rows(result);
    if (count == 0) {
        pg_release(query_pg(query));
        query_refuse(query, 404, "not-found",
                     "the trace has nothing of this request; if it is new, ask again in a moment");
        return;
    }
    Paidan__Audit__V1__TraceResponse response = PAIDAN__AUDIT__V1__TRACE_RESPONSE__INIT;
    char text[PD_ID_TEXT];
    response.request_id = pd_id_text(&id, text);
    response.events = pd_alloc_array(arena, count, sizeof *response.events);
    for (size_t i = 0; response.events != NULL && i < count; i++) {
        struct audit_event event;
        row_of(result, (int)i, &event);
        response.events[response.n_events++] = audit_event_words(arena, &event);
    }
    if (arena->full) {
        busy(query);
    } else {
        query_reply(query, &response.base);
    }
    pg_release(query_pg(query));
}

/* The three statements of the counts are three views of a log that grows; each is true for its own moment. */
static enum pd_fate read_counts(struct query *query, struct pg_result *results[3], struct pd_err *reterr) {
    static const char *const statements[] = {SQL_READ_LOG_HEAD, SQL_READ_PRODUCERS, SQL_COUNT_FINDINGS};
    for (int i = 0; i < 3; i++) {
        enum pd_fate fate = pg_query(query_pg(query), statements[i], NULL, &results[i], reterr);
        if (fate != PD_OK) {
            return fate;
        }
    }
    return PD_OK;
}

void audit_answer_counts(struct query *query) {
    if ((query_actor(query)->role & MAY_COUNT) == 0) {
        query_refuse(query, 403, "forbidden", "only supervisors and admins may read the counts");
        return;
    }
    struct pg_result *results[3] = {NULL};
    struct pd_err err;
    enum pd_fate fate = read_counts(query, results, &err);
    if (fate != PD_OK) {
        query_fail(query, fate, &err);
        return;
    }
    Paidan__Audit__V1__CountsResponse response = PAIDAN__AUDIT__V1__COUNTS_RESPONSE__INIT;
    struct pd_arena *arena = query_arena(query);
    audit_counts_words(arena, results[0], &response);
    audit_positions_words(arena, results[1], &response);
    audit_findings_words(arena, results[2], &response);
    if (arena->full) {
        busy(query);
    } else {
        query_reply(query, &response.base);
    }
    pg_release(query_pg(query));
}
