#include "assign/shell/place_finder.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "assign/shell/place_asking.h"
#include "assign/shell/place_match.h"
#include "common/base/id.h"
#include "common/io/metrics.h"
#include "common/io/pg.h"
#include "common/wire/alloc.h"
#include "paidan/assign/v1/assign.pb-c.h"
#include "paidan/intake/v1/intake.pb-c.h"
#include "sql/assign_sql.h"

enum {
    ROUND_MAX = 100,
    PERIOD_MS = 500,
    BACK_OFF_FIRST_MS = 1000,
    BACK_OFF_MAX_MS = 10000,
    TIMEOUT_MS = 2000,
    ARENA_FIRST = 64 * 1024,
    ARENA_MAX = 16 * 1024 * 1024
};

struct place_finder {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping; /* under the lock */
    struct gazetteer_live *live;
    struct pg *pg;
    struct place_asking asking;
    struct gazetteer_scratch *scratch; /* made at the first address */
    struct pd_arena arena;             /* of a round */
};

/* An order of a round. */
struct sought {
    char id[PD_ID_TEXT], request_id[PD_ID_TEXT];
    Paidan__Assign__V1__PlaceOrderRequest message;
    Paidan__Assign__V1__PlaceFound found[GAZETTEER_CANDIDATES], *found_list[GAZETTEER_CANDIDATES];
    char found_ids[GAZETTEER_CANDIDATES][PD_ID_TEXT];
    struct place_match match;
};

struct place_round {
    struct sought *list;
    size_t count;
    int64_t last_due_us; /* where the next round goes on */
    uint8_t last_id[16];
};

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void text_of(const struct pg_result *rows, int row, int column, char text[PD_ID_TEXT]) {
    struct pd_id id;
    pg_uuid(rows, row, column, id.b);
    pd_id_text(&id, text);
}

/* ---- the steps of a round; false: not this time */

static bool read_due(struct place_finder *finder, struct place_round *round) {
    struct pg_result *rows = NULL;
    struct pg_args args;
    struct pd_err err;
    pg_args_init(&args, &finder->arena);
    pg_arg_time(&args, now_us());
    pg_arg_time(&args, round->last_due_us);
    pg_arg_uuid(&args, round->last_id);
    pg_arg_int4(&args, ROUND_MAX);
    round->count = 0;
    if (pg_ensure(finder->pg, &err) != PD_OK ||
        pg_query(finder->pg, SQL_READ_ADDRESSES_DUE, &args, &rows, &err) != PD_OK) {
        return false;
    }
    round->list = pd_alloc_array(&finder->arena, (size_t)pg_rows(rows) + 1, sizeof *round->list);
    for (int row = 0; round->list != NULL && row < pg_rows(rows); row++) {
        struct sought *sought = &round->list[round->count++];
        text_of(rows, row, 0, sought->id);
        text_of(rows, row, 1, sought->request_id);
        pg_uuid(rows, row, 0, round->last_id);
        round->last_due_us = pg_time(rows, row, 2);
    }
    pg_release(finder->pg);
    return round->list != NULL;
}

static Paidan__Intake__V1__GetAddressesResponse *ask_addresses(struct place_finder *finder,
                                                               const struct place_round *round) {
    Paidan__Intake__V1__GetAddressesRequest request = PAIDAN__INTAKE__V1__GET_ADDRESSES_REQUEST__INIT;
    const ProtobufCMessage *messages[] = {&request.base};
    request.request_ids = pd_alloc_array(&finder->arena, round->count, sizeof *request.request_ids);
    for (size_t i = 0; request.request_ids != NULL && i < round->count; i++) {
        request.request_ids[request.n_request_ids++] = round->list[i].request_id;
    }
    Paidan__Common__V1__ReplyBatch *replies =
        place_ask(&finder->asking, &finder->arena, "pd.qry.intake.get_addresses", messages, 1, TIMEOUT_MS);
    if (replies == NULL || replies->replies[0]->status != 200) {
        return NULL;
    }
    ProtobufCAllocator allocator = wire_alloc(&finder->arena);
    ProtobufCBinaryData payload = replies->replies[0]->payload;
    Paidan__Intake__V1__GetAddressesResponse *response =
        paidan__intake__v1__get_addresses_response__unpack(&allocator, payload.len, payload.data);
    sodium_memzero(payload.data, payload.len);
    return response != NULL && response->n_addresses == round->count ? response : NULL;
}

static void match_one(struct place_finder *finder, const struct gazetteer_view *view, const char *address,
                      struct sought *sought) {
    static const struct address_near anywhere = {.community = ""};
    struct place_match *match = &sought->match;
    if (!place_match(view, finder->scratch, address, &anywhere, match)) {
        *match = (struct place_match){.count = 0};
    }
    paidan__assign__v1__place_order_request__init(&sought->message);
    sought->message.id = sought->id;
    sought->message.words = match->words;
    sought->message.found = sought->found_list;
    for (size_t i = 0; i < match->count; i++) {
        Paidan__Assign__V1__PlaceFound *found = &sought->found[i];
        const struct gazetteer_candidate *candidate = &match->candidates[i];
        struct pd_id id;
        memcpy(id.b, candidate->id, sizeof id.b);
        paidan__assign__v1__place_found__init(found);
        found->place_id = pd_id_text(&id, sought->found_ids[i]);
        found->confidence = candidate->confidence;
        found->lat = candidate->place->lat;
        found->long_ = candidate->place->lng;
        sought->found_list[sought->message.n_found++] = found;
    }
}

static bool match_all(struct place_finder *finder, struct place_round *round,
                      const Paidan__Intake__V1__GetAddressesResponse *addresses) {
    struct gazetteer_view view;
    finder->scratch = finder->scratch == NULL ? gazetteer_scratch_new() : finder->scratch;
    if (finder->scratch == NULL || !gazetteer_live_ref(finder->live, &view)) {
        return false;
    }
    for (size_t i = 0; i < round->count; i++) {
        match_one(finder, &view, addresses->addresses[i]->address, &round->list[i]);
        sodium_memzero(addresses->addresses[i]->address, strlen(addresses->addresses[i]->address));
    }
    gazetteer_live_unref(finder->live, &view);
    return true;
}

static void count_outcome(struct place_finder *finder, const struct sought *sought,
                          const Paidan__Common__V1__Reply *reply) {
    ProtobufCAllocator allocator = wire_alloc(&finder->arena);
    static const uint8_t nothing[1] = {0};
    const Paidan__Assign__V1__PlaceOrderResponse *response = paidan__assign__v1__place_order_response__unpack(
        &allocator, reply->payload.len, reply->payload.data == NULL ? nothing : reply->payload.data);
    if (reply->status != 200 || response == NULL) {
        metric_add(METRIC_ADDRESS_FAILED, 1);
    } else if (response->placed) {
        metric_add(METRIC_ADDRESS_SURE, 1);
    } else if (sought->message.n_found > 0) {
        metric_add(METRIC_ADDRESS_UNSURE, 1);
    } else {
        metric_add(METRIC_ADDRESS_UNKNOWN, 1);
    }
}

/* The writer decides each by itself; true when all of them are done. */
static bool tell_writer(struct place_finder *finder, const struct place_round *round) {
    const ProtobufCMessage **messages = pd_alloc_array(&finder->arena, round->count, sizeof *messages);
    for (size_t i = 0; messages != NULL && i < round->count; i++) {
        messages[i] = &round->list[i].message.base;
    }
    if (messages == NULL) {
        return false;
    }
    Paidan__Common__V1__ReplyBatch *replies =
        place_ask(&finder->asking, &finder->arena, "pd.cmd.assign.place_order", messages, round->count, TIMEOUT_MS);
    bool good = replies != NULL;
    for (size_t i = 0; replies != NULL && i < round->count; i++) {
        good = good && replies->replies[i]->status == 200;
        count_outcome(finder, &round->list[i], replies->replies[i]);
    }
    return good;
}

/* ---- */

static bool is_stopping(struct place_finder *finder) {
    pthread_mutex_lock(&finder->lock);
    bool stopping = finder->stopping;
    pthread_mutex_unlock(&finder->lock);
    return stopping;
}

/* Everything that is due, round by round. false: something is to be tried again. */
static bool find_all(struct place_finder *finder) {
    struct place_round round = {.last_due_us = 0};
    bool good = true, more = true;
    while (more && !is_stopping(finder)) {
        bool known = read_due(finder, &round);
        good = good && known;
        more = known && round.count == ROUND_MAX;
        if (known && round.count > 0) {
            const Paidan__Intake__V1__GetAddressesResponse *addresses = ask_addresses(finder, &round);
            bool done = addresses != NULL && match_all(finder, &round, addresses) && tell_writer(finder, &round);
            more = more && (done || addresses != NULL); /* whoever does not answer is not asked on and on */
            good = good && done;
        }
        pd_arena_reset(&finder->arena);
    }
    return good;
}

/* false: the thread ends. */
static bool sleep_ms(struct place_finder *finder, int64_t ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms % 1000 * 1000000;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&finder->lock);
    while (!finder->stopping && pthread_cond_timedwait(&finder->wake, &finder->lock, &until) == 0) {
    }
    bool stopping = finder->stopping;
    pthread_mutex_unlock(&finder->lock);
    return !stopping;
}

static void *run(void *context) {
    struct place_finder *finder = context;
    int64_t back_off_ms = 0;
    do {
        if (find_all(finder)) {
            back_off_ms = 0;
        } else {
            back_off_ms = back_off_ms == 0 ? BACK_OFF_FIRST_MS : back_off_ms * 2;
            back_off_ms = back_off_ms > BACK_OFF_MAX_MS ? BACK_OFF_MAX_MS : back_off_ms;
        }
    } while (sleep_ms(finder, back_off_ms == 0 ? PERIOD_MS : back_off_ms));
    return NULL;
}

static void close_all(struct place_finder *finder) {
    gazetteer_scratch_free(finder->scratch);
    place_asking_fini(&finder->asking);
    pd_arena_fini(&finder->arena);
    pg_free(finder->pg);
    pthread_cond_destroy(&finder->wake);
    pthread_mutex_destroy(&finder->lock);
    free(finder);
}

enum pd_fate place_finder_start(const char *conninfo, struct bus *bus, struct gazetteer_live *live,
                                struct place_finder **ret_finder, struct pd_err *reterr) {
    struct place_finder *finder = calloc(1, sizeof *finder);
    pthread_condattr_t attributes;
    if (finder == NULL) {
        return pd_fail(reterr, PD_RETRY, "ENOMEM", "start the place finder: out of memory");
    }
    finder->live = live;
    pthread_mutex_init(&finder->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&finder->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    place_asking_init(&finder->asking, bus);
    pd_arena_init(&finder->arena, ARENA_FIRST, ARENA_MAX);
    finder->pg = pg_new(conninfo, "assign place finder");
    if (finder->pg == NULL || pthread_create(&finder->thread, NULL, run, finder) != 0) {
        close_all(finder);
        return pd_fail(reterr, PD_RETRY, "THREAD", "start the place finder's thread");
    }
    *ret_finder = finder;
    return PD_OK;
}

void place_finder_stop(struct place_finder *finder) {
    if (finder == NULL) {
        return;
    }
    pthread_mutex_lock(&finder->lock);
    finder->stopping = true;
    pthread_cond_signal(&finder->wake);
    pthread_mutex_unlock(&finder->lock);
    pg_cancel_any(finder->pg);
    pthread_join(finder->thread, NULL);
    close_all(finder);
}
