#include "assign/shell/recipient_query.h"

#include <string.h>

#include "assign/core/code_rule.h"
#include "assign/shell/assign_context.h"
#include "assign/shell/assign_query.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/recipient_act.h"
#include "assign/shell/recipient_words.h"
#include "common/base/borrow.h"
#include "sql/assign_sql.h"

enum { COUNTS_MAX = 1000, TEXTS_MAX = 2000, TEXTS_BYTES_MAX = 700000 /* the bus takes 1 MB a message */ };

/* false: refused already. */
static bool may(struct query *query, enum recipient_act act, const struct recipient_facts *facts) {
    switch (recipient_check(act, query_actor(query)->role, facts)) {
    case RECIPIENT_OK:
        return true;
    case RECIPIENT_NOT_FOUND:
        query_refuse(query, 404, "not-found",
                     act == RECIPIENT_COUNT ? "There is no such grid, or it is not yours (any more)."
                                            : "There is no such recipient.");
        break;
    case RECIPIENT_FORBIDDEN:
    case RECIPIENT_OVER:
    case RECIPIENT_NEEDS_PURPOSE:
        query_refuse(query, 403, "forbidden", "This is not for your role.");
        break;
    }
    return false;
}

/* ---- counts */

static Paidan__Assign__V1__RecipientCount *count_words(struct pd_arena *arena, const struct pg_result *rows, int row) {
    Paidan__Assign__V1__RecipientCount *words = pd_alloc(arena, sizeof *words);
    char *text = pd_alloc(arena, RECIPIENT_COUNT_TEXT), *grid = pd_strdup(arena, pg_text(rows, row, 0));
    if (words == NULL || text == NULL || grid == NULL) {
        return NULL;
    }
    paidan__assign__v1__recipient_count__init(words);
    words->grid = grid;
    words->category = (Paidan__Assign__V1__RecipientCategory)pg_int2(rows, row, 1);
    words->count = recipient_count_text(pg_int8(rows, row, 2), text);
    return words;
}

void assign_answer_recipient_counts(struct query *query) {
    const Paidan__Assign__V1__RecipientCountsRequest *request =
        (const Paidan__Assign__V1__RecipientCountsRequest *)query_request(query);
    struct pd_arena *arena = query_arena(query);
    struct city *city = assign_context_of_query(query)->city;
    struct pg_result *rows = NULL;
    struct pg_args args;
    bool community = division_level(request->grid) == DIVISION_COMMUNITY;
    if (!community && !grid_code_is_valid(request->grid)) {
        query_refuse(query, 400, "malformed", "grid: the 15 digits of a grid, or the 12 of a community");
        return;
    }
    if (!assign_freshen(query, city)) {
        return;
    }
    struct recipient_facts facts = {.there = true,
                                    .has_post = recipient_has_post(city, request->grid, query_actor(query))};
    if (!may(query, RECIPIENT_COUNT, &facts)) {
        return;
    }
    pg_args_init(&args, arena);
    pg_arg_text(&args, community ? pd_format(arena, "%s000", request->grid) : request->grid);
    pg_arg_text(&args, community ? pd_format(arena, "%s999", request->grid) : request->grid);
    pg_arg_int4(&args, COUNTS_MAX);
    if (!assign_ask_rows(query, SQL_COUNT_RECIPIENTS, &args, &rows)) {
        return;
    }
    Paidan__Assign__V1__RecipientCountsResponse response = PAIDAN__ASSIGN__V1__RECIPIENT_COUNTS_RESPONSE__INIT;
    response.counts = pd_alloc_array(arena, (size_t)pg_rows(rows) + 1, sizeof *response.counts);
    for (int row = 0; response.counts != NULL && row < pg_rows(rows); row++) {
        response.counts[response.n_counts++] = count_words(arena, rows, row);
    }
    if (arena->full) {
        assign_no_memory(query);
        return;
    }
    query_reply(query, &response.base);
}

/* ---- words of the trace */

static struct recipient_bytes bytes_of(const struct pg_result *rows, int row, int column) {
    struct recipient_bytes bytes = {NULL, 0};
    if (!pg_is_null(rows, row, column)) {
        bytes.data = pg_bytea(rows, row, column, &bytes.length);
    }
    return bytes;
}

/* The words of one event; NULL: erased, or no memory. */
static Paidan__Assign__V1__EventText *text_words(struct query *query, const uint8_t id[16],
                                                 const struct pg_result *rows, int row) {
    struct pd_arena *arena = query_arena(query);
    const char *text = NULL;
    uint8_t event_id[16];
    if (recipient_text_open(arena, assign_context_of_query(query)->kek, id, bytes_of(rows, row, 0),
                            bytes_of(rows, row, 2), &text) != RECIPIENT_OPEN) {
        return NULL;
    }
    Paidan__Assign__V1__EventText *words = pd_alloc(arena, sizeof *words);
    if (words != NULL) {
        paidan__assign__v1__event_text__init(words);
        pg_uuid(rows, row, 1, event_id);
        words->event_id = recipient_id_text(arena, event_id);
        words->text = pd_borrow(text);
    }
    return words;
}

static void add_texts(struct query *query, const uint8_t id[16], const struct pg_result *rows,
                      Paidan__Assign__V1__GetTextsResponse *response) {
    size_t bytes = 0;
    for (int row = 0; row < pg_rows(rows) && bytes < TEXTS_BYTES_MAX; row++) {
        Paidan__Assign__V1__EventText *words = pg_is_null(rows, row, 1) ? NULL : text_words(query, id, rows, row);
        if (words != NULL) {
            response->texts[response->n_texts++] = words;
            bytes += strlen(words->text) + 64;
        }
    }
}

void assign_answer_recipient_texts(struct query *query) {
    const Paidan__Assign__V1__RecipientTextsRequest *request =
        (const Paidan__Assign__V1__RecipientTextsRequest *)query_request(query);
    struct pd_arena *arena = query_arena(query);
    struct pg_result *rows = NULL;
    struct pg_args args;
    uint8_t id[16];
    struct recipient_facts facts = {.there = true};
    if (!assign_id(request->id, id)) {
        query_refuse(query, 400, "malformed", "id: must be the UUID of a recipient");
        return;
    }
    if (!may(query, RECIPIENT_TRACE, &facts)) {
        return;
    }
    pg_args_init(&args, arena);
    pg_arg_uuid(&args, id);
    pg_arg_int4(&args, TEXTS_MAX);
    if (!assign_ask_rows(query, SQL_READ_RECIPIENT_TEXTS, &args, &rows)) {
        return;
    }
    facts.there = pg_rows(rows) > 0;
    if (!may(query, RECIPIENT_TRACE, &facts)) {
        return;
    }
    Paidan__Assign__V1__GetTextsResponse response = PAIDAN__ASSIGN__V1__GET_TEXTS_RESPONSE__INIT;
    response.texts = pd_alloc_array(arena, (size_t)pg_rows(rows) + 1, sizeof *response.texts);
    if (response.texts != NULL) {
        add_texts(query, id, rows, &response);
    }
    if (arena->full) {
        assign_no_memory(query);
        return;
    }
    query_reply(query, &response.base);
}
