#include "assign/shell/people_query.h"

#include <string.h>

#include "assign/core/code_rule.h"
#include "assign/shell/assign_context.h"
#include "assign/shell/assign_query.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/city.h"
#include "assign/shell/people_words.h"
#include "sql/assign_sql.h"

enum {
    PAGE = 50,
    PAGE_MAX = 200,
    AHEAD_MAX = 200, /* shifts and leaves shown of one worker */
    STAFF = WO_ROLE_OPERATOR | WO_ROLE_DISPATCHER | WO_ROLE_SUPERVISOR | WO_ROLE_ADMIN | WO_ROLE_SYSTEM
};

static const int64_t time_min_us = INT64_C(-62135596800000000), time_max_us = INT64_C(253402300799000000);

/* How many rows are wanted; 0: refused already. */
static int32_t page_of(struct query *query, int32_t limit) {
    if (limit < 0 || limit > PAGE_MAX) {
        query_refuse(query, 400, "malformed", "limit: 1 to 200");
        return 0;
    }
    return limit == 0 ? PAGE : limit;
}

static bool is_staff(struct query *query) {
    if ((query_actor(query)->role & STAFF) == 0) {
        query_refuse(query, 403, "forbidden", "the people of the city are for its staff: a worker may read himself");
        return false;
    }
    return true;
}

static bool is_text(struct query *query, const char *text) {
    if (text_length(text) < 0) {
        query_refuse(query, 400, "malformed", "a parameter is not UTF-8");
        return false;
    }
    return true;
}

/* ---- workers */

/* The last parameters of list_workers: whom on_duty leaves. */
static bool add_duty(struct query *query, const Paidan__Assign__V1__ListWorkersRequest *request, struct pg_args *args,
                     struct pg_array *on_duty) {
    struct people *people = city_people(assign_context_of_query(query)->city);
    bool asked = request->on_duty_presence_case == PAIDAN__ASSIGN__V1__LIST_WORKERS_REQUEST__ON_DUTY_PRESENCE_ON_DUTY;
    pg_array_init(on_duty, query_arena(query), PG_TEXT);
    for (size_t i = 0; asked && i < people_count(people); i++) {
        const struct worker *worker = people_worker_at(people, i);
        if (people_on_duty(worker, query_now_us(query))) {
            pg_array_text(on_duty, worker->id);
        }
    }
    pg_arg_bool(args, asked);
    pg_arg_bool(args, asked && request->on_duty);
    pg_arg_array(args, on_duty);
    return !on_duty->failed;
}

void people_answer_list_workers(struct query *query) {
    const Paidan__Assign__V1__ListWorkersRequest *request =
        (const Paidan__Assign__V1__ListWorkersRequest *)query_request(query);
    struct city *city = assign_context_of_query(query)->city;
    struct pd_arena *arena = query_arena(query);
    struct pg_result *rows = NULL;
    struct pg_array on_duty;
    struct pg_args args;
    int32_t limit = is_staff(query) ? page_of(query, request->limit) : 0;
    if (limit == 0 || !is_text(query, request->grid) || !is_text(query, request->cursor) ||
        !assign_freshen(query, city)) {
        return;
    }
    pg_args_init(&args, arena);
    pg_arg_text(&args, request->cursor);
    pg_arg_text(&args, request->grid);
    bool good = add_duty(query, request, &args, &on_duty);
    pg_arg_int4(&args, limit + 1);
    if (!good || !assign_ask_rows(query, SQL_LIST_WORKERS, &args, &rows)) {
        return;
    }
    Paidan__Assign__V1__ListWorkersResponse response = PAIDAN__ASSIGN__V1__LIST_WORKERS_RESPONSE__INIT;
    response.workers = pd_alloc_array(arena, (size_t)limit, sizeof(Paidan__Assign__V1__WorkerNow *));
    for (int row = 0; response.workers != NULL && row < pg_rows(rows) && row < limit; row++) {
        response.workers[row] =
            people_worker_words(arena, rows, row, city_worker(city, pg_text(rows, row, 0)), query_now_us(query));
        response.n_workers++;
    }
    if (response.workers != NULL && !arena->full && pg_rows(rows) > limit) {
        response.next_cursor = response.workers[limit - 1]->id;
    }
    if (arena->full) {
        assign_no_memory(query);
        return;
    }
    query_reply(query, &response.base);
}

/* The lists of one worker; false: refused already, or the arena is full. */
static bool add_lists(struct query *query, Paidan__Assign__V1__WorkerNow *words) {
    struct pd_arena *arena = query_arena(query);
    struct pg_result *posts = NULL, *shifts = NULL, *leaves = NULL;
    struct pg_args args;
    pg_args_init(&args, arena);
    pg_arg_text(&args, words->id);
    if (!assign_ask_rows(query, SQL_GET_WORKER_POSTS, &args, &posts)) {
        return false;
    }
    words->posts = pd_alloc_array(arena, (size_t)pg_rows(posts) + 1, sizeof(Paidan__Assign__V1__Post *));
    for (int row = 0; words->posts != NULL && row < pg_rows(posts); row++) {
        words->posts[words->n_posts++] = people_post_words(arena, posts, row);
    }
    pg_arg_time(&args, query_now_us(query));
    pg_arg_int4(&args, AHEAD_MAX);
    if (!assign_ask_rows(query, SQL_GET_WORKER_SHIFTS, &args, &shifts)) {
        return false;
    }
    words->shifts = pd_alloc_array(arena, (size_t)pg_rows(shifts) + 1, sizeof(Paidan__Assign__V1__Shift *));
    for (int row = 0; words->shifts != NULL && row < pg_rows(shifts); row++) {
        words->shifts[words->n_shifts++] = people_shift_words(arena, shifts, row, words->id);
    }
    if (!assign_ask_rows(query, SQL_GET_WORKER_LEAVES, &args, &leaves)) {
        return false;
    }
    words->leaves = pd_alloc_array(arena, (size_t)pg_rows(leaves) + 1, sizeof(Paidan__Assign__V1__Leave *));
    for (int row = 0; words->leaves != NULL && row < pg_rows(leaves); row++) {
        words->leaves[words->n_leaves++] = people_leave_words(arena, leaves, row, words->id);
    }
    if (arena->full) {
        assign_no_memory(query);
    }
    return !arena->full;
}

void people_answer_get_worker(struct query *query) {
    const Paidan__Assign__V1__GetWorkerRequest *request =
        (const Paidan__Assign__V1__GetWorkerRequest *)query_request(query);
    const struct wo_actor *actor = query_actor(query);
    struct city *city = assign_context_of_query(query)->city;
    struct pg_result *rows = NULL;
    struct pg_args args;
    bool himself =
        actor->role == WO_ROLE_WORKER && actor->worker_id[0] != '\0' && strcmp(actor->worker_id, request->id) == 0;
    if ((!himself && !is_staff(query)) || !is_text(query, request->id) || !assign_freshen(query, city)) {
        return;
    }
    pg_args_init(&args, query_arena(query));
    pg_arg_text(&args, request->id);
    if (!assign_ask_rows(query, SQL_GET_WORKER, &args, &rows)) {
        return;
    }
    if (pg_rows(rows) == 0) {
        query_refuse(query, 404, "not-found", "no worker has this id: GET /v1/workers lists them");
        return;
    }
    Paidan__Assign__V1__WorkerNow *words =
        people_worker_words(query_arena(query), rows, 0, city_worker(city, request->id), query_now_us(query));
    if (words == NULL) {
        assign_no_memory(query);
    } else if (add_lists(query, words)) {
        query_reply(query, &words->base);
    }
}

/* ---- grids without anybody */

static Paidan__Assign__V1__VacantGrid *vacant_words(struct query *query, const struct pg_result *rows, int row) {
    struct pd_arena *arena = query_arena(query);
    struct city *city = assign_context_of_query(query)->city;
    Paidan__Assign__V1__VacantGrid *words = pd_alloc(arena, sizeof *words);
    if (words == NULL) {
        return NULL;
    }
    paidan__assign__v1__vacant_grid__init(words);
    const struct map_grid *grid = city_grid(city, pg_text(rows, row, 0));
    const struct worker *next = NULL;
    int64_t next_us =
        people_next_duty(people_posts(city_people(city), pg_text(rows, row, 0)), query_now_us(query), &next);
    words->grid = pd_strdup(arena, pg_text(rows, row, 0));
    words->name = assign_text(grid == NULL ? "" : grid->name);
    words->since = people_time_words(arena, pg_time(rows, row, 1));
    words->next_worker_id = assign_text(next == NULL ? "" : next->id);
    words->next_at = people_time_words(arena, next_us);
    return words->grid == NULL ? NULL : words;
}

void people_answer_list_vacant(struct query *query) {
    const Paidan__Assign__V1__ListVacantRequest *request =
        (const Paidan__Assign__V1__ListVacantRequest *)query_request(query);
    struct pd_arena *arena = query_arena(query);
    struct pg_result *rows = NULL;
    struct pg_args args;
    int32_t limit = is_staff(query) ? page_of(query, request->limit) : 0;
    if (limit == 0 || !is_text(query, request->cursor) ||
        !assign_freshen(query, assign_context_of_query(query)->city)) {
        return;
    }
    pg_args_init(&args, arena);
    pg_arg_text(&args, request->cursor);
    pg_arg_time(&args, query_now_us(query));
    pg_arg_int4(&args, limit + 1);
    if (!assign_ask_rows(query, SQL_LIST_VACANT, &args, &rows)) {
        return;
    }
    Paidan__Assign__V1__ListVacantResponse response = PAIDAN__ASSIGN__V1__LIST_VACANT_RESPONSE__INIT;
    response.grids = pd_alloc_array(arena, (size_t)limit, sizeof(Paidan__Assign__V1__VacantGrid *));
    for (int row = 0; response.grids != NULL && row < pg_rows(rows) && row < limit; row++) {
        response.grids[response.n_grids++] = vacant_words(query, rows, row);
    }
    if (response.grids != NULL && !arena->full && pg_rows(rows) > limit) {
        response.next_cursor = response.grids[limit - 1]->grid;
    }
    if (arena->full) {
        assign_no_memory(query);
        return;
    }
    query_reply(query, &response.base);
}

void people_answer_list_accountable(struct query *query) {
    const Paidan__Assign__V1__ListAccountableRequest *request =
        (const Paidan__Assign__V1__ListAccountableRequest *)query_request(query);
    struct pd_arena *arena = query_arena(query);
    struct pg_result *rows = NULL;
    struct pg_args args;
    int32_t limit = is_staff(query) ? page_of(query, request->limit) : 0;
    if (limit == 0 || !is_text(query, request->code)) {
        return;
    }
    pg_args_init(&args, arena);
    pg_arg_text(&args, request->code);
    pg_arg_time(&args, request->from == NULL ? time_min_us : assign_time_us(request->from));
    pg_arg_time(&args, request->to == NULL ? time_max_us : assign_time_us(request->to));
    pg_arg_int4(&args, limit);
    if (!assign_ask_rows(query, SQL_LIST_ACCOUNTABLE, &args, &rows)) {
        return;
    }
    if (pg_rows(rows) == 0) {
        query_refuse(query, 404, "not-found", "no grid with this code was known in this time");
        return;
    }
    Paidan__Assign__V1__ListAccountableResponse response = PAIDAN__ASSIGN__V1__LIST_ACCOUNTABLE_RESPONSE__INIT;
    response.spans = pd_alloc_array(arena, (size_t)pg_rows(rows), sizeof(Paidan__Assign__V1__AccountableSpan *));
    for (int row = 0; response.spans != NULL && row < pg_rows(rows); row++) {
        response.spans[response.n_spans++] = people_span_words(arena, rows, row);
    }
    if (arena->full) {
        assign_no_memory(query);
        return;
    }
    query_reply(query, &response.base);
}
