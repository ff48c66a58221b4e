#include "assign/shell/place_query.h"

#include <stdio.h>
#include <string.h>

#include "assign/core/code_rule.h"
#include "assign/shell/assign_context.h"
#include "assign/shell/assign_query.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/place_match.h"
#include "assign/shell/place_rows.h"
#include "common/base/id.h"
#include "sql/assign_sql.h"

enum {
    PAGE = 50,
    PAGE_MAX = 200,
    TEXT_MAX = 500,
    STAFF = WO_ROLE_OPERATOR | WO_ROLE_DISPATCHER | WO_ROLE_SUPERVISOR | WO_ROLE_ADMIN | WO_ROLE_SYSTEM,
    SHOWN_CANDIDATES = WO_ROLE_DISPATCHER | WO_ROLE_SUPERVISOR
};

static bool is_staff(struct query *query) {
    bool staff = (query_actor(query)->role & STAFF) != 0;
    if (!staff) {
        query_refuse(query, 403, "forbidden", "places are for the staff of the platform");
    }
    return staff;
}

/* ---- list; the cursor is the last row's id and name */

static bool read_cursor(const char *text, uint8_t ret_id[16], const char **ret_name) {
    enum { ID_LENGTH = PD_ID_TEXT - 1 };
    char id[PD_ID_TEXT];
    if (strlen(text) < ID_LENGTH || text_length(text) < 0) {
        return false;
    }
    memcpy(id, text, ID_LENGTH);
    id[ID_LENGTH] = '\0';
    *ret_name = text + ID_LENGTH;
    return assign_id(id, ret_id);
}

/* What begins with the text, as a pattern of LIKE. */
static const char *pattern(struct pd_arena *arena, const char *text) {
    char *made = pd_alloc(arena, 2 * strlen(text) + 2), *to = made;
    for (; made != NULL && *text != '\0'; text++) {
        if (*text == '%' || *text == '_' || *text == '\\') {
            *to++ = '\\';
        }
        *to++ = *text;
    }
    if (made != NULL) {
        *to = '%';
    }
    return made;
}

static bool list_args(struct query *query, struct pg_args *args, int32_t limit) {
    const Paidan__Assign__V1__ListPlacesRequest *request = (const void *)query_request(query);
    uint8_t after_id[16] = {0};
    const char *after_name = "";
    long text = text_length(request->text);
    if (text < 0 || text > NAME_MAX_CHARS || text_length(request->community) < 0) {
        query_refuse(query, 400, "malformed", "text: UTF-8, at most 100 characters");
        return false;
    }
    if (request->cursor[0] != '\0' && !read_cursor(request->cursor, after_id, &after_name)) {
        query_refuse(query, 400, "malformed", "cursor: take it from next_cursor of the page before");
        return false;
    }
    pg_args_init(args, query_arena(query));
    pg_arg_text(args, pattern(query_arena(query), request->text));
    pg_arg_text(args, pattern(query_arena(query), request->community));
    pg_arg_text(args, after_name);
    pg_arg_uuid(args, after_id);
    pg_arg_int4(args, limit + 1); /* one more tells whether there is a next page */
    return true;
}

void place_answer_list_places(struct query *query) {
    const Paidan__Assign__V1__ListPlacesRequest *request = (const void *)query_request(query);
    struct pd_arena *arena = query_arena(query);
    struct pg_result *rows = NULL;
    struct pg_args args;
    if (!is_staff(query)) {
        return;
    }
    if (request->limit < 0 || request->limit > PAGE_MAX) {
        query_refuse(query, 400, "malformed", "limit: 1 to 200");
        return;
    }
    int32_t limit = request->limit == 0 ? PAGE : request->limit;
    if (!list_args(query, &args, limit) || !assign_ask_rows(query, SQL_LIST_PLACES, &args, &rows)) {
        return;
    }
    Paidan__Assign__V1__ListPlacesResponse response = PAIDAN__ASSIGN__V1__LIST_PLACES_RESPONSE__INIT;
    response.places = pd_alloc_array(arena, (size_t)limit, sizeof(Paidan__Assign__V1__Place *));
    for (int row = 0; response.places != NULL && !arena->full && row < pg_rows(rows) && row < limit; row++) {
        response.places[response.n_places++] = place_row(arena, rows, row, 0);
    }
    if (response.places != NULL && !arena->full && pg_rows(rows) > limit) {
        const Paidan__Assign__V1__Place *last = response.places[limit - 1];
        response.next_cursor = pd_format(arena, "%s%s", last->id, last->name);
    }
    if (arena->full) {
        assign_no_memory(query);
        return;
    }
    query_reply(query, &response.base);
}

/* ---- match */

/* A candidate with the grid of its place; the place's own words come later. */
static Paidan__Assign__V1__AddressCandidate *candidate(struct pd_arena *arena, struct city *city,
                                                       Paidan__Assign__V1__Place *place, double confidence) {
    Paidan__Assign__V1__AddressCandidate *made = pd_alloc(arena, sizeof *made);
    if (made == NULL || place == NULL) {
        return NULL;
    }
    paidan__assign__v1__address_candidate__init(made);
    made->place = place;
    made->confidence = confidence;
    const struct map_grid *grid = city_locate(city, place->lat, place->long_);
    if (grid != NULL) {
        made->grid = assign_text(grid->code);
        made->community = assign_text(grid->community);
    }
    return made;
}

static struct address_near near_of(const Paidan__Assign__V1__MatchAddressRequest *request) {
    return (struct address_near){
        .has_place = request->lat_presence_case == PAIDAN__ASSIGN__V1__MATCH_ADDRESS_REQUEST__LAT_PRESENCE_LAT &&
                     request->long_presence_case == PAIDAN__ASSIGN__V1__MATCH_ADDRESS_REQUEST__LONG_PRESENCE_LONG,
        .lat = request->lat,
        .lng = request->long_,
        .community = request->community};
}

/* Reads the rows of what was found; a place that has just gone is left out. */
static bool fill(struct query *query, const struct place_match *match,
                 Paidan__Assign__V1__MatchAddressResponse *response) {
    struct pd_arena *arena = query_arena(query);
    struct pg_result *rows = NULL;
    struct pg_array ids;
    struct pg_args args;
    pg_array_init(&ids, arena, PG_UUID);
    for (size_t i = 0; i < match->count; i++) {
        pg_array_uuid(&ids, match->candidates[i].id);
    }
    pg_args_init(&args, arena);
    pg_arg_array(&args, &ids);
    response->candidates = pd_alloc_array(arena, match->count + 1, sizeof(Paidan__Assign__V1__AddressCandidate *));
    if (response->candidates == NULL || (match->count > 0 && !assign_ask_rows(query, SQL_READ_PLACES, &args, &rows))) {
        return false;
    }
    struct address_choice choices[GAZETTEER_CANDIDATES];
    for (size_t i = 0; i < match->count; i++) {
        for (int row = 0; row < pg_rows(rows); row++) {
            uint8_t id[16];
            pg_uuid(rows, row, 0, id);
            if (memcmp(id, match->candidates[i].id, sizeof id) == 0) {
                Paidan__Assign__V1__AddressCandidate *made =
                    candidate(arena, assign_context_of_query(query)->city, place_row(arena, rows, row, 0),
                              match->candidates[i].confidence);
                if (made == NULL) {
                    return false;
                }
                choices[response->n_candidates] =
                    (struct address_choice){made->confidence, made->grid[0] == '\0' ? NULL : made->grid};
                response->candidates[response->n_candidates++] = made;
            }
        }
    }
    response->sure = address_sure(choices, response->n_candidates);
    return true;
}

void place_answer_match_address(struct query *query) {
    const Paidan__Assign__V1__MatchAddressRequest *request = (const void *)query_request(query);
    struct assign_context *context = assign_context_of_query(query);
    struct gazetteer_view view;
    struct place_match match = {.count = 0};
    if (!is_staff(query)) {
        return;
    }
    long length = text_length(request->text);
    if (length < 1 || length > TEXT_MAX) {
        query_refuse(query, 400, "malformed", "text: the address, 1 to 500 characters");
        return;
    }
    context->scratch = context->scratch == NULL ? gazetteer_scratch_new() : context->scratch;
    if (context->scratch == NULL || !gazetteer_live_ref(context->shared->places, &view)) {
        query_refuse(query, 503, "busy", "the known places are being loaded: try again in a moment");
        return;
    }
    struct address_near near = near_of(request);
    place_match(&view, context->scratch, request->text, &near, &match);
    gazetteer_live_unref(context->shared->places, &view);
    Paidan__Assign__V1__MatchAddressResponse response = PAIDAN__ASSIGN__V1__MATCH_ADDRESS_RESPONSE__INIT;
    response.understood = match.words;
    if (assign_freshen(query, assign_context_of_query(query)->city) && fill(query, &match, &response)) {
        query_reply(query, &response.base);
    } else if (query_arena(query)->full) {
        assign_no_memory(query);
    }
}

/* ---- an order's */

bool place_show(struct query *query, const struct order *order, Paidan__Assign__V1__WorkOrder *words) {
    struct pd_arena *arena = query_arena(query);
    struct pg_result *rows = NULL;
    struct pg_args args;
    if ((query_actor(query)->role & SHOWN_CANDIDATES) == 0) {
        return true;
    }
    pg_args_init(&args, arena);
    pg_arg_uuid(&args, order->id);
    if (!assign_ask_rows(query, SQL_GET_ORDER_ADDRESS, &args, &rows)) {
        return false;
    }
    if (pg_rows(rows) == 0) {
        return true;
    }
    words->place_source = (Paidan__Assign__V1__PlaceSource)pg_int2(rows, 0, 0);
    if (!pg_is_null(rows, 0, 1)) {
        struct pd_id id;
        char *text = pd_alloc(arena, PD_ID_TEXT);
        pg_uuid(rows, 0, 1, id.b);
        words->place_id = text == NULL ? words->place_id : pd_id_text(&id, text);
    }
    if (pg_is_null(rows, 0, 2)) {
        return true;
    }
    words->candidates = pd_alloc_array(arena, (size_t)pg_rows(rows), sizeof(Paidan__Assign__V1__AddressCandidate *));
    if (!assign_freshen(query, assign_context_of_query(query)->city)) {
        return false;
    }
    for (int row = 0; words->candidates != NULL && row < pg_rows(rows); row++) {
        Paidan__Assign__V1__AddressCandidate *made = candidate(
            arena, assign_context_of_query(query)->city, place_row(arena, rows, row, 2), pg_float8(rows, row, 12));
        words->candidates[words->n_candidates] = made;
        words->n_candidates += made != NULL ? 1 : 0;
    }
    if (arena->full) {
        assign_no_memory(query);
    }
    return !arena->full;
}
