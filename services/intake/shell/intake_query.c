#include "intake/shell/intake_query.h"

#include <string.h>

#include "common/base/borrow.h"
#include "common/base/id.h"
#include "intake/core/intake_sight.h"
#include "intake/shell/intake_addresses.h"
#include "intake/shell/intake_context.h"
#include "intake/shell/intake_held.h"
#include "intake/shell/intake_list.h"
#include "intake/shell/intake_view.h"
#include "intake/shell/intake_wish.h"
#include "sql/intake_sql.h"

static void not_found(struct query *query) {
    query_refuse(query, 404, "not-found", "There is no such request, or it is not yours to see.");
}

/* The request with this UUID or number, if the asker may see it; false: answered. */
static bool find(struct query *query, const char *id, struct intake_row *ret_row, struct intake_secret *ret_secret) {
    struct intake_job job = {.number = NULL};
    intake_job_name(id, &job);
    struct pg_args args;
    pg_args_init(&args, query_arena(query));
    if (job.has_id) {
        pg_arg_uuid(&args, job.id);
    } else if (job.number != NULL) {
        pg_arg_text(&args, job.number);
    } else {
        not_found(query);
        return false;
    }
    struct pg_result *result = NULL;
    struct pd_err err;
    enum pd_fate fate =
        pg_query(query_pg(query), job.has_id ? SQL_READ_REQUEST : SQL_READ_REQUEST_BY_NUMBER, &args, &result, &err);
    if (fate != PD_OK) {
        query_fail(query, fate, &err);
        return false;
    }
    struct intake_actor actor = intake_actor_of(query_actor(query));
    if (pg_rows(result) == 1) {
        intake_row_of(result, 0, ret_row, ret_secret);
    }
    if (pg_rows(result) != 1 || !intake_may_see(ret_row, &actor)) {
        not_found(query);
        return false;
    }
    return true;
}

/* Opened if it opens. */
static const struct intake_personal *personal_of(struct query *query, const struct intake_row *row,
                                                 struct intake_secret *secret) {
    const struct intake_context *context = query_context(query);
    enum secret_status status = intake_secret_open(secret, query_arena(query), context->kek, row->id);
    return status == SECRET_OPEN ? &secret->personal : NULL;
}

static void too_large(struct query *query) {
    query_refuse(query, 503, "busy", "The answer is too large; ask for less.");
}

static void get_request(struct query *query) {
    const Paidan__Intake__V1__GetRequestRequest *request = (const void *)query_request(query);
    struct intake_row row;
    struct intake_secret secret;
    if (!find(query, request->id, &row, &secret)) {
        return;
    }
    struct intake_actor actor = intake_actor_of(query_actor(query));
    Paidan__Intake__V1__ServiceRequest *view =
        intake_view_of(query_arena(query), &row, personal_of(query, &row, &secret), &actor);
    if (view == NULL) {
        too_large(query);
        return;
    }
    query_reply(query, &view->base);
}

/* ---- get_texts */

static Paidan__Intake__V1__EventText *text_of(struct query *query, const struct intake_row *row,
                                              const struct intake_secret *secret, const struct pg_result *result,
                                              int i) {
    struct {
        Paidan__Intake__V1__EventText message;
        char id[PD_ID_TEXT];
    } *text = pd_alloc(query_arena(query), sizeof *text);
    size_t length;
    const uint8_t *sealed = pg_bytea(result, i, 1, &length);
    const char *opened = intake_text_open(query_arena(query), secret->key, row->id, sealed, length);
    if (text == NULL || opened == NULL) {
        return NULL;
    }
    struct pd_id event_id;
    pg_uuid(result, i, 0, event_id.b);
    paidan__intake__v1__event_text__init(&text->message);
    text->message.event_id = pd_id_text(&event_id, text->id);
    text->message.text = pd_borrow(opened);
    return &text->message;
}

static void answer_texts(struct query *query, const struct intake_row *row, struct intake_secret *secret) {
    struct pg_args args;
    pg_args_init(&args, query_arena(query));
    pg_arg_uuid(&args, row->id);
    struct pg_result *result = NULL;
    struct pd_err err;
    enum pd_fate fate = pg_query(query_pg(query), SQL_READ_TEXTS, &args, &result, &err);
    if (fate != PD_OK) {
        query_fail(query, fate, &err);
        return;
    }
    Paidan__Intake__V1__GetTextsResponse response = PAIDAN__INTAKE__V1__GET_TEXTS_RESPONSE__INIT;
    size_t count = (size_t)pg_rows(result);
    response.texts = pd_alloc_array(query_arena(query), count + 1, sizeof(void *));
    if (response.texts == NULL) {
        too_large(query);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        response.texts[response.n_texts] = text_of(query, row, secret, result, (int)i);
        response.n_texts += response.texts[response.n_texts] != NULL ? 1 : 0;
    }
    query_reply(query, &response.base);
}

static void get_texts(struct query *query) {
    const Paidan__Intake__V1__GetTextsRequest *request = (const void *)query_request(query);
    struct intake_row row;
    struct intake_secret secret;
    if (!find(query, request->request_id, &row, &secret)) {
        return;
    }
    const struct intake_context *context = query_context(query);
    struct intake_actor actor = intake_actor_of(query_actor(query));
    if (!intake_may_read(&row, &actor) || intake_secret_unwrap(&secret, context->kek, row.id) != SECRET_OPEN) {
        Paidan__Intake__V1__GetTextsResponse nothing = PAIDAN__INTAKE__V1__GET_TEXTS_RESPONSE__INIT;
        query_reply(query, &nothing.base);
        return;
    }
    answer_texts(query, &row, &secret);
}

/* ---- list_requests */

static enum pd_fate read_page(struct query *query, const struct intake_page *page, struct pg_result **ret_result,
                              struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, query_arena(query));
    pg_arg_uuid(&args, page->before.b);
    pg_arg_uuid(&args, page->from.b);
    pg_arg_time(&args, page->from_us);
    pg_arg_time(&args, page->to_us);
    pg_arg_int4(&args, page->limit + 1);
    pg_arg_int2(&args, (int16_t)page->state);
    pg_arg_text(&args, *page->grid == '\0' ? NULL : page->grid);
    pg_arg_text(&args, *page->worker == '\0' ? NULL : page->worker);
    const char *sql = SQL_LIST_REQUESTS;
    if (*page->worker != '\0') {
        sql = SQL_LIST_REQUESTS_BY_WORKER;
    } else if (*page->grid != '\0') {
        sql = SQL_LIST_REQUESTS_BY_GRID;
    } else if (page->state != WO_NONE) {
        sql = SQL_LIST_REQUESTS_BY_STATE;
        pg_arg_int2(&args, (int16_t)(page->state >= WO_CLOSED ? page->state : WO_NONE));
    }
    return pg_query(query_pg(query), sql, &args, ret_result, reterr);
}

static void answer_page(struct query *query, const struct intake_page *page, const struct pg_result *result) {
    struct pd_arena *arena = query_arena(query);
    struct intake_actor actor = intake_actor_of(query_actor(query));
    Paidan__Intake__V1__ListRequestsResponse response = PAIDAN__INTAKE__V1__LIST_REQUESTS_RESPONSE__INIT;
    int rows = pg_rows(result) < page->limit ? pg_rows(result) : page->limit;
    response.requests = pd_alloc_array(arena, (size_t)rows + 1, sizeof(void *));
    struct intake_row *list = pd_alloc_array(arena, (size_t)rows + 1, sizeof *list);
    struct intake_secret *secrets = pd_alloc_array(arena, (size_t)rows + 1, sizeof *secrets);
    bool whole = response.requests != NULL && list != NULL && secrets != NULL;
    for (int i = 0; whole && i < rows; i++) {
        intake_row_of(result, i, &list[i], &secrets[i]);
        Paidan__Intake__V1__ServiceRequest *view =
            intake_view_of(arena, &list[i], personal_of(query, &list[i], &secrets[i]), &actor);
        whole = view != NULL;
        response.requests[response.n_requests] = view;
        response.n_requests += whole ? 1 : 0;
    }
    if (!whole) {
        too_large(query);
        return;
    }
    char cursor[INTAKE_CURSOR_TEXT];
    if (pg_rows(result) > rows && rows > 0) {
        response.next_cursor = intake_cursor_write(list[rows - 1].id, cursor);
    }
    query_reply(query, &response.base);
}

static void list_requests(struct query *query) {
    struct intake_actor actor = intake_actor_of(query_actor(query));
    struct intake_page page;
    const char *detail = intake_page_of((const void *)query_request(query), &actor, &page);
    if (detail != NULL) {
        query_refuse(query, 400, "malformed", detail);
        return;
    }
    if (page.nobody) {
        query_refuse(query, 403, "forbidden", "Your role has no list of requests.");
        return;
    }
    struct pg_result *result = NULL;
    struct pd_err err;
    enum pd_fate fate = page.nothing ? PD_OK : read_page(query, &page, &result, &err);
    if (fate != PD_OK) {
        query_fail(query, fate, &err);
    } else if (page.nothing) {
        Paidan__Intake__V1__ListRequestsResponse empty = PAIDAN__INTAKE__V1__LIST_REQUESTS_RESPONSE__INIT;
        query_reply(query, &empty.base);
    } else {
        answer_page(query, &page, result);
    }
}

const struct query_def intake_queries[] = {
    {"get_request", &paidan__intake__v1__get_request_request__descriptor, get_request},
    {"list_requests", &paidan__intake__v1__list_requests_request__descriptor, list_requests},
    {"get_texts", &paidan__intake__v1__get_texts_request__descriptor, get_texts},
    {"get_addresses", &paidan__intake__v1__get_addresses_request__descriptor, intake_answer_get_addresses},
    {NULL, NULL, NULL},
};
