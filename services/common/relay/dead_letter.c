/* dead_letter.c - the query that every service answers about what it set aside */
#include "common/base/arena.h"
#include "common/base/borrow.h"
#include "common/relay/writer.h"
#include "paidan/gateway/v1/gateway.pb-c.h"
#include "sql/common_sql.h"

enum { LIST_MAX = 200 };

static Paidan__Gateway__V1__DeadLetter *one(const struct pg_result *result, int row, struct pd_arena *arena) {
    Paidan__Gateway__V1__DeadLetter *letter = pd_alloc(arena, sizeof *letter);
    Google__Protobuf__Timestamp *at = pd_alloc(arena, 2 * sizeof *at);
    if (letter == NULL || at == NULL) {
        return NULL;
    }
    paidan__gateway__v1__dead_letter__init(letter);
    google__protobuf__timestamp__init(&at[0]);
    google__protobuf__timestamp__init(&at[1]);
    letter->id = pg_int8(result, row, 0);
    letter->source = pd_borrow(pg_text(result, row, 1));
    letter->reason = pd_borrow(pg_text(result, row, 2));
    size_t length;
    letter->body.data = pd_borrow(pg_bytea(result, row, 3, &length));
    letter->body.len = length;
    at[0].seconds = pg_time(result, row, 4) / 1000000;
    letter->at = &at[0];
    if (!pg_is_null(result, row, 5)) {
        at[1].seconds = pg_time(result, row, 5) / 1000000;
        letter->replayed_at = &at[1];
    }
    return letter;
}

static void list_dead_letters(struct query *query) {
    const Paidan__Gateway__V1__ListDeadLettersRequest *request = (const void *)query_request(query);
    uint32_t role = query_actor(query)->role;
    if (role != WO_ROLE_ADMIN && role != WO_ROLE_SUPERVISOR) {
        query_refuse(query, 403, "forbidden", "Dead letters are for administrators and supervisors.");
        return;
    }
    struct pg_args args;
    struct pg_result *result = NULL;
    struct pd_err err;
    pg_args_init(&args, query_arena(query));
    pg_arg_int8(&args, request->after);
    pg_arg_int4(&args, request->limit > 0 && request->limit < LIST_MAX ? request->limit : LIST_MAX);
    enum pd_fate fate = pg_query(query_pg(query), SQL_LIST_DEAD_LETTERS, &args, &result, &err);
    if (fate != PD_OK) {
        query_fail(query, fate, &err);
        return;
    }
    Paidan__Gateway__V1__ListDeadLettersResponse response = PAIDAN__GATEWAY__V1__LIST_DEAD_LETTERS_RESPONSE__INIT;
    response.dead_letters = pd_alloc_array(query_arena(query), LIST_MAX, sizeof response.dead_letters[0]);
    for (int row = 0; response.dead_letters != NULL && row < pg_rows(result) && row < LIST_MAX; row++) {
        Paidan__Gateway__V1__DeadLetter *letter = one(result, row, query_arena(query));
        if (letter != NULL) {
            response.dead_letters[response.n_dead_letters++] = letter;
        }
    }
    query_reply(query, &response.base);
}

const struct query_def dead_letter_queries[] = {
    {"dead_letters", &paidan__gateway__v1__list_dead_letters_request__descriptor, list_dead_letters},
    {NULL, NULL, NULL},
};
