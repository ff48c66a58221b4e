#include "intake/shell/intake_held.h"

#include <assert.h>
#include <string.h>

#include "common/io/pg.h"

struct intake_set *intake_set_new(struct pd_arena *arena, size_t rows_max, size_t texts_max) {
    size_t places = 16;
    while (places < 2 * rows_max) {
        places *= 2;
    }
    struct intake_set *set = pd_alloc(arena, sizeof *set);
    if (set == NULL) {
        return NULL;
    }
    set->arena = arena;
    set->capacity = rows_max;
    set->text_capacity = texts_max;
    set->mask = places - 1;
    set->list = pd_alloc_array(arena, rows_max + 1, sizeof(struct held *));
    set->by_id = pd_alloc_array(arena, places, sizeof(struct held *));
    set->by_number = pd_alloc_array(arena, places, sizeof(struct held *));
    set->texts = pd_alloc_array(arena, texts_max + 1, sizeof *set->texts);
    bool whole = set->list != NULL && set->by_id != NULL && set->by_number != NULL && set->texts != NULL;
    return whole ? set : NULL;
}

/* The last bytes of a UUIDv7 are random. */
static size_t hash_id(const uint8_t id[16]) {
    uint64_t hash;
    memcpy(&hash, id + 8, sizeof hash);
    return (size_t)(hash ^ (hash >> 32));
}

/* FNV-1a. */
static size_t hash_number(const char *number) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const char *p = number; *p != '\0'; p++) {
        hash = (hash ^ (uint8_t)*p) * UINT64_C(1099511628211);
    }
    return (size_t)(hash ^ (hash >> 32));
}

/* The place where the row is or could be put. The set is never more than half full. */
static struct held **place_of_id(const struct intake_set *set, const uint8_t id[16]) {
    size_t i = hash_id(id) & set->mask;
    while (set->by_id[i] != NULL && memcmp(set->by_id[i]->row.id, id, 16) != 0) {
        i = (i + 1) & set->mask;
    }
    return &set->by_id[i];
}

static struct held **place_of_number(const struct intake_set *set, const char *number) {
    size_t i = hash_number(number) & set->mask;
    while (set->by_number[i] != NULL && strcmp(set->by_number[i]->row.number, number) != 0) {
        i = (i + 1) & set->mask;
    }
    return &set->by_number[i];
}

struct held *intake_set_add(struct intake_set *set, const struct intake_row *row) {
    struct held **place = place_of_id(set, row->id);
    if (*place != NULL) {
        return *place;
    }
    assert(set->count < set->capacity);
    struct held *held = pd_alloc(set->arena, sizeof *held);
    if (held == NULL) {
        return NULL;
    }
    held->row = *row;
    *place = held;
    *place_of_number(set, row->number) = held;
    set->list[set->count++] = held;
    return held;
}

struct held *intake_set_find(const struct intake_set *set, const uint8_t id[16]) {
    return *place_of_id(set, id);
}

struct held *intake_set_find_number(const struct intake_set *set, const char *number) {
    return *place_of_number(set, number);
}

struct held_text *intake_set_text(struct intake_set *set) {
    return set->text_count < set->text_capacity ? &set->texts[set->text_count++] : NULL;
}

/* ---- columns */

enum column {
    COL_ID,
    COL_NUMBER,
    COL_VERSION,
    COL_STATE,
    COL_CHANNEL,
    COL_URGENCY,
    COL_SERVICE_CODE,
    COL_LAT,
    COL_LONG,
    COL_REQUESTED_AT,
    COL_REGISTERED_AT,
    COL_ACCEPTED_AT,
    COL_CLOSED_AT,
    COL_UPDATED_AT,
    COL_REQUESTER_ACCOUNT,
    COL_ORDER_ID,
    COL_ORDER_VERSION,
    COL_GRID,
    COL_WORKER_ID,
    COL_DISPATCH_SEQ,
    COL_RESULT,
    COL_SATISFACTION,
    COL_REJECT_REASON,
    COL_REOPEN_COUNT,
    COL_ORIGINAL_LAT,
    COL_ORIGINAL_LONG,
    COL_ORIGINAL_SYSTEM,
    COL_WRAPPED_KEY,
    COL_SEALED
};

static void word(char *ret, size_t size, const char *text) {
    size_t length = strnlen(text, size - 1);
    memcpy(ret, text, length);
    ret[length] = '\0';
}

void intake_row_of(const struct pg_result *result, int i, struct intake_row *ret_row,
                   struct intake_secret *ret_secret) {
    *ret_row = (struct intake_row){
        .version = pg_int8(result, i, COL_VERSION),
        .state = (enum wo_state)pg_int2(result, i, COL_STATE),
        .channel = pg_int2(result, i, COL_CHANNEL),
        .urgency = pg_int2(result, i, COL_URGENCY),
        .has_point = !pg_is_null(result, i, COL_LAT),
        .requested_at_us = pg_time(result, i, COL_REQUESTED_AT),
        .registered_at_us = pg_time(result, i, COL_REGISTERED_AT),
        .accepted_at_us = pg_time(result, i, COL_ACCEPTED_AT),
        .closed_at_us = pg_time(result, i, COL_CLOSED_AT),
        .updated_at_us = pg_time(result, i, COL_UPDATED_AT),
        .has_order = !pg_is_null(result, i, COL_ORDER_ID),
        .order_version = pg_int8(result, i, COL_ORDER_VERSION),
        .dispatch_seq = pg_int4(result, i, COL_DISPATCH_SEQ),
        .result = pg_int2(result, i, COL_RESULT),
        .satisfaction = pg_int2(result, i, COL_SATISFACTION),
        .reject_reason = pg_int2(result, i, COL_REJECT_REASON),
        .reopen_count = pg_int4(result, i, COL_REOPEN_COUNT),
    };
    pg_uuid(result, i, COL_ID, ret_row->id);
    pg_uuid(result, i, COL_ORDER_ID, ret_row->order_id);
    word(ret_row->number, sizeof ret_row->number, pg_text(result, i, COL_NUMBER));
    word(ret_row->service_code, sizeof ret_row->service_code, pg_text(result, i, COL_SERVICE_CODE));
    word(ret_row->requester_account, sizeof ret_row->requester_account, pg_text(result, i, COL_REQUESTER_ACCOUNT));
    word(ret_row->grid, sizeof ret_row->grid, pg_text(result, i, COL_GRID));
    word(ret_row->worker_id, sizeof ret_row->worker_id, pg_text(result, i, COL_WORKER_ID));
    if (ret_row->has_point) {
        ret_row->lat = pg_float8(result, i, COL_LAT);
        ret_row->lon = pg_float8(result, i, COL_LONG);
    }
    if (!pg_is_null(result, i, COL_ORIGINAL_SYSTEM)) {
        ret_row->original =
            (struct intake_original){pg_int2(result, i, COL_ORIGINAL_SYSTEM), pg_float8(result, i, COL_ORIGINAL_LAT),
                                     pg_float8(result, i, COL_ORIGINAL_LONG)};
    }
    *ret_secret = (struct intake_secret){0};
    if (!pg_is_null(result, i, COL_WRAPPED_KEY)) {
        ret_secret->wrapped = pg_bytea(result, i, COL_WRAPPED_KEY, &ret_secret->wrapped_length);
    }
    if (!pg_is_null(result, i, COL_SEALED)) {
        ret_secret->sealed = pg_bytea(result, i, COL_SEALED, &ret_secret->sealed_length);
    }
}
