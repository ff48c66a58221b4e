#include "assign/shell/change_query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assign/shell/assign_context.h"
#include "assign/shell/assign_query.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/change_difference.h"
#include "assign/shell/change_store.h"
#include "assign/shell/change_words.h"
#include "common/base/id.h"
#include "sql/assign_sql.h"

enum {
    FAULTS_PAGE = 100,
    PAGE = 50,
    PAGE_MAX = 200,
    READERS = WO_ROLE_OPERATOR | WO_ROLE_DISPATCHER | WO_ROLE_SUPERVISOR | WO_ROLE_ADMIN | WO_ROLE_SYSTEM
};

/* Later than any change. */
static const int64_t time_max_us = INT64_C(253402300799000000);

static bool may_read(struct query *query) {
    bool may = (query_actor(query)->role & READERS) != 0;
    if (!may) {
        query_refuse(query, 403, "forbidden", "grid changes are for the staff of the platform");
    }
    return may;
}

static bool map_version(struct query *query, int64_t *ret_version) {
    struct pg_result *row = NULL;
    if (!assign_ask_rows(query, SQL_READ_CITY_VERSION, NULL, &row)) {
        return false;
    }
    *ret_version = pg_int8(row, 0, 0);
    return true;
}

/* ---- one */

static bool add_faults(struct query *query, Paidan__Assign__V1__GridChange *words, const uint8_t id[16],
                       int32_t after) {
    struct pd_arena *arena = query_arena(query);
    struct pg_result *rows = NULL;
    struct pg_args args;
    pg_args_init(&args, arena);
    pg_arg_uuid(&args, id);
    pg_arg_int4(&args, after);
    pg_arg_int4(&args, FAULTS_PAGE + 1);
    if (!assign_ask_rows(query, SQL_LIST_CHANGE_FAULTS, &args, &rows)) {
        return false;
    }
    int count = pg_rows(rows) > FAULTS_PAGE ? FAULTS_PAGE : pg_rows(rows);
    words->faults = pd_alloc_array(arena, (size_t)count + 1, sizeof(Paidan__Assign__V1__ChangeFault *));
    for (int row = 0; words->faults != NULL && row < count; row++) {
        Paidan__Assign__V1__ChangeFault *fault = pd_alloc(arena, sizeof *fault);
        if (fault == NULL) {
            break;
        }
        paidan__assign__v1__change_fault__init(fault);
        fault->number = pg_int4(rows, row, 0);
        fault->feature = pg_int4(rows, row, 1);
        fault->code = pd_strdup(arena, pg_text(rows, row, 2));
        fault->other = pd_strdup(arena, pg_text(rows, row, 3));
        fault->kind = (Paidan__Assign__V1__ChangeFaultKind)pg_int2(rows, row, 4);
        fault->detail = pd_strdup(arena, pg_text(rows, row, 5));
        fault->lat = pg_float8(rows, row, 6);
        fault->long_ = pg_float8(rows, row, 7);
        fault->area_m2 = pg_float8(rows, row, 8);
        words->faults[words->n_faults++] = fault;
    }
    words->next_faults_after = pg_rows(rows) > FAULTS_PAGE ? pg_int4(rows, FAULTS_PAGE - 1, 0) : 0;
    return true;
}

static bool add_communities(struct query *query, Paidan__Assign__V1__ChangePreview *preview, const uint8_t id[16]) {
    struct pd_arena *arena = query_arena(query);
    struct pg_result *rows = NULL;
    struct pg_args args;
    pg_args_init(&args, arena);
    pg_arg_uuid(&args, id);
    if (!assign_ask_rows(query, SQL_LIST_CHANGE_COMMUNITIES, &args, &rows)) {
        return false;
    }
    size_t count = (size_t)pg_rows(rows);
    preview->communities = pd_alloc_array(arena, count + 1, sizeof(Paidan__Assign__V1__ChangeCommunity *));
    for (int row = 0; preview->communities != NULL && row < (int)count; row++) {
        Paidan__Assign__V1__ChangeCommunity *one = pd_alloc(arena, sizeof *one);
        if (one == NULL) {
            break;
        }
        paidan__assign__v1__change_community__init(one);
        one->code = pd_strdup(arena, pg_text(rows, row, 0));
        one->name = pd_strdup(arena, pg_text(rows, row, 1));
        one->grids = pg_int4(rows, row, 2);
        one->households = pg_int4(rows, row, 3);
        one->workers = pg_int4(rows, row, 4);
        one->open_orders = pg_int4(rows, row, 5);
        one->recipients = pg_int4(rows, row, 6);
        preview->communities[preview->n_communities++] = one;
    }
    return true;
}

/* The change that the query names; false: refused already. */
static bool find(struct query *query, const char *id_text, struct grid_change *ret_change) {
    struct pg_result *rows = NULL;
    struct pg_args args;
    uint8_t id[16];
    if (!assign_id(id_text, id)) {
        query_refuse(query, 400, "malformed", "id: must be the UUID of a grid change");
        return false;
    }
    pg_args_init(&args, query_arena(query));
    pg_arg_uuid(&args, id);
    if (!assign_ask_rows(query, SQL_GET_CHANGE, &args, &rows)) {
        return false;
    }
    if (pg_rows(rows) == 0) {
        query_refuse(query, 404, "not-found", "no such grid change; GET /v1/grid-changes lists them");
        return false;
    }
    if (!change_row(rows, 0, query_arena(query), ret_change)) {
        assign_no_memory(query);
        return false;
    }
    return true;
}

void change_answer_get(struct query *query) {
    const Paidan__Assign__V1__GetGridChangeRequest *request =
        (const Paidan__Assign__V1__GetGridChangeRequest *)query_request(query);
    struct grid_change change;
    int64_t version = 0;
    if (!may_read(query) || !find(query, request->id, &change) || !map_version(query, &version)) {
        return;
    }
    Paidan__Assign__V1__GridChange *words = change_words(query_arena(query), &change, query_actor(query), version);
    if (words == NULL) {
        assign_no_memory(query);
        return;
    }
    if (!add_faults(query, words, change.id, request->faults_after) ||
        !add_communities(query, words->preview, change.id)) {
        return;
    }
    if (query_arena(query)->full) {
        assign_no_memory(query);
        return;
    }
    query_reply(query, &words->base);
}

/* ---- list */

void change_answer_list(struct query *query) {
    const Paidan__Assign__V1__ListGridChangesRequest *request =
        (const Paidan__Assign__V1__ListGridChangesRequest *)query_request(query);
    struct pd_arena *arena = query_arena(query);
    struct pg_result *rows = NULL;
    struct pg_args args;
    uint8_t id[16];
    int64_t at_us = time_max_us, version = 0;
    int32_t limit = request->limit == 0 ? PAGE : request->limit;
    if (!may_read(query)) {
        return;
    }
    memset(id, 0xff, sizeof id);
    if (limit < 1 || limit > PAGE_MAX ||
        (request->cursor[0] != '\0' && !assign_cursor_read(request->cursor, &at_us, id))) {
        query_refuse(query, 400, "malformed", "limit: 1 to 200; cursor: next_cursor of the page before");
        return;
    }
    pg_args_init(&args, arena);
    pg_arg_int2(&args, (int16_t)request->state);
    pg_arg_time(&args, at_us);
    pg_arg_uuid(&args, id);
    pg_arg_int4(&args, limit);
    if (!map_version(query, &version) || !assign_ask_rows(query, SQL_LIST_CHANGES, &args, &rows)) {
        return;
    }
    Paidan__Assign__V1__ListGridChangesResponse response = PAIDAN__ASSIGN__V1__LIST_GRID_CHANGES_RESPONSE__INIT;
    response.changes = pd_alloc_array(arena, (size_t)pg_rows(rows) + 1, sizeof(Paidan__Assign__V1__GridChange *));
    for (int row = 0; response.changes != NULL && row < pg_rows(rows); row++) {
        struct grid_change change;
        if (!change_row(rows, row, arena, &change)) {
            break;
        }
        response.changes[response.n_changes++] = change_words(arena, &change, query_actor(query), version);
        response.next_cursor =
            row + 1 == limit ? assign_cursor_text(arena, change.created_at_us, change.id) : response.next_cursor;
    }
    if (arena->full) {
        assign_no_memory(query);
        return;
    }
    query_reply(query, &response.base);
}

/* ---- difference */

void change_answer_difference(struct query *query) {
    const Paidan__Assign__V1__ChangeDifferenceRequest *request =
        (const Paidan__Assign__V1__ChangeDifferenceRequest *)query_request(query);
    struct pg_result *rows = NULL;
    struct grid_change change;
    struct pg_args args;
    int32_t kind = 0, after = 0;
    if (!may_read(query) || !find(query, request->id, &change)) {
        return;
    }
    if (!difference_cursor_read(request->cursor, &kind, &after)) {
        query_refuse(query, 400, "malformed", "cursor: next_cursor of the page before");
        return;
    }
    pg_args_init(&args, query_arena(query));
    pg_arg_uuid(&args, change.id);
    pg_arg_int4(&args, kind);
    pg_arg_int4(&args, after);
    pg_arg_int4(&args, DIFFERENCE_ROWS);
    if (!assign_ask_rows(query, SQL_READ_CHANGE_DIFFERENCE, &args, &rows)) {
        return;
    }
    Paidan__Assign__V1__RawAnswer answer = PAIDAN__ASSIGN__V1__RAW_ANSWER__INIT;
    if (!difference_write(city_geos(assign_context_of_query(query)->city), query_arena(query), rows,
                          &answer.raw_body)) {
        assign_no_memory(query);
        return;
    }
    answer.content_type = assign_text("application/geo+json");
    query_reply(query, &answer.base);
}
