#include "intake/shell/intake_addresses.h"

#include <string.h>

#include "common/base/borrow.h"
#include "common/base/id.h"
#include "intake/shell/intake_context.h"
#include "intake/shell/intake_personal.h"
#include "paidan/intake/v1/intake.pb-c.h"
#include "sql/intake_sql.h"

enum { REQUESTS_MAX = 200 };

/* The address in this row; "" when it does not open. */
static const char *address_in(struct query *query, const struct pg_result *rows, int row, const uint8_t id[16]) {
    const struct intake_context *context = query_context(query);
    struct intake_secret secret = {.status = SECRET_CLOSED};
    if (!pg_is_null(rows, row, 1)) {
        secret.wrapped = pg_bytea(rows, row, 1, &secret.wrapped_length);
    }
    secret.sealed = pg_bytea(rows, row, 2, &secret.sealed_length);
    bool open = intake_secret_open(&secret, query_arena(query), context->kek, id) == SECRET_OPEN;
    return open ? secret.personal.address : "";
}

static void fill(struct query *query, const struct pg_result *rows, Paidan__Intake__V1__RequestAddress *list,
                 const uint8_t (*ids)[16], size_t count) {
    for (int row = 0; row < pg_rows(rows); row++) {
        uint8_t id[16];
        const char *address = NULL;
        pg_uuid(rows, row, 0, id);
        for (size_t i = 0; i < count; i++) {
            if (memcmp(ids[i], id, sizeof id) == 0) {
                address = address == NULL ? address_in(query, rows, row, id) : address;
                list[i].address = pd_borrow(address);
            }
        }
    }
}

void intake_answer_get_addresses(struct query *query) {
    const Paidan__Intake__V1__GetAddressesRequest *request = (const void *)query_request(query);
    struct pd_arena *arena = query_arena(query);
    size_t count = request->n_request_ids;
    if (query_actor(query)->role != WO_ROLE_SYSTEM) {
        query_refuse(query, 403, "forbidden", "Only the platform itself asks for addresses.");
        return;
    }
    if (count == 0 || count > REQUESTS_MAX) {
        query_refuse(query, 400, "malformed", "request_ids: 1 to 200 of them.");
        return;
    }
    Paidan__Intake__V1__GetAddressesResponse response = PAIDAN__INTAKE__V1__GET_ADDRESSES_RESPONSE__INIT;
    Paidan__Intake__V1__RequestAddress *list = pd_alloc_array(arena, count, sizeof *list);
    uint8_t(*ids)[16] = pd_alloc_array(arena, count, sizeof *ids);
    response.addresses = pd_alloc_array(arena, count, sizeof *response.addresses);
    struct pg_array asked;
    struct pg_args args;
    pg_array_init(&asked, arena, PG_UUID);
    for (size_t i = 0; !arena->full && i < count; i++) {
        struct pd_id id = {.b = {0}};
        paidan__intake__v1__request_address__init(&list[i]);
        list[i].request_id = request->request_ids[i];
        response.addresses[response.n_addresses++] = &list[i];
        if (pd_id_parse(request->request_ids[i], strlen(request->request_ids[i]), &id)) {
            memcpy(ids[i], id.b, sizeof id.b);
            pg_array_uuid(&asked, id.b);
        }
    }
    pg_args_init(&args, arena);
    pg_arg_array(&args, &asked);
    struct pg_result *rows = NULL;
    struct pd_err err;
    enum pd_fate fate = arena->full ? pd_fail(&err, PD_RETRY, "ARENA", "the query is out of memory")
                                    : pg_query(query_pg(query), SQL_READ_ADDRESSES, &args, &rows, &err);
    if (fate != PD_OK) {
        query_fail(query, fate, &err);
        return;
    }
    fill(query, rows, list, (const uint8_t(*)[16])ids, count);
    query_reply(query, &response.base);
}
