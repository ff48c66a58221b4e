/* The other half of address_batch.c: reading before, writing after. */
#include <string.h>

#include "assign/shell/address_inner.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/assign_work.h"
#include "sql/assign_sql.h"

enum { ALIAS_LEARNT = 2 };

static enum pd_fate no_memory(struct pd_err *reterr) {
    return pd_fail(reterr, PD_RETRY, "ARENA", "the batch is out of memory");
}

static enum pd_fate queue_arrays(struct pg *pg, struct pd_arena *arena, const char *sql, struct pg_array *arrays,
                                 size_t count, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, arena);
    for (size_t i = 0; i < count; i++) {
        pg_arg_array(&args, &arrays[i]);
    }
    return pg_queue(pg, sql, &args, reterr);
}

/* ---- before */

enum pd_fate address_ask(struct batch *batch, struct assign_addresses *addresses, struct pg *pg,
                         struct pd_err *reterr) {
    struct pg_array places, orders;
    uint8_t id[16];
    pg_array_init(&places, batch_arena(batch), PG_UUID);
    pg_array_init(&orders, batch_arena(batch), PG_UUID);
    for (size_t i = 0; i < batch_count(batch); i++) {
        const struct input *input = batch_input(batch, i);
        if (input->kind != INPUT_COMMAND || strcmp(input->name, "place") != 0) {
            continue;
        }
        addresses->any = true;
        if (address_command_id(input, id)) {
            pg_array_uuid(&orders, id);
        }
        if (assign_id(((const Paidan__Assign__V1__PlaceRequest *)input->message)->place_id, id)) {
            pg_array_uuid(&places, id);
        }
    }
    if (!addresses->any) {
        return PD_OK;
    }
    enum pd_fate fate = queue_arrays(pg, batch_arena(batch), SQL_READ_PLACES, &places, 1, reterr);
    return fate == PD_OK ? queue_arrays(pg, batch_arena(batch), SQL_READ_ORDER_WORDS, &orders, 1, reterr) : fate;
}

enum pd_fate address_read(struct batch *batch, struct assign_addresses *addresses, struct pg *pg,
                          struct pd_err *reterr) {
    if (!addresses->any) {
        return PD_OK;
    }
    const struct pg_result *places = pg_take(pg), *words = pg_take(pg);
    struct pd_arena *arena = batch_arena(batch);
    addresses->known_count = (size_t)pg_rows(places);
    addresses->words_count = (size_t)pg_rows(words);
    addresses->known = pd_alloc_array(arena, addresses->known_count, sizeof *addresses->known);
    addresses->words = pd_alloc_array(arena, addresses->words_count, sizeof *addresses->words);
    if (addresses->known == NULL || addresses->words == NULL) {
        return no_memory(reterr);
    }
    for (int row = 0; row < pg_rows(places); row++) {
        struct address_known *known = &addresses->known[row];
        pg_uuid(places, row, 0, known->id);
        known->lat = pg_float8(places, row, 4);
        known->lng = pg_float8(places, row, 5);
    }
    for (int row = 0; row < pg_rows(words); row++) {
        pg_uuid(words, row, 0, addresses->words[row].order_id);
        addresses->words[row].text = pd_strdup(arena, pg_text(words, row, 1));
    }
    return arena->full ? no_memory(reterr) : PD_OK;
}

/* ---- after */

static enum pd_fate save_awaiting(struct batch *batch, const struct assign_addresses *addresses, struct pg *pg,
                                  struct pd_err *reterr) {
    struct pg_array orders, requests;
    struct pg_args args;
    pg_array_init(&orders, batch_arena(batch), PG_UUID);
    pg_array_init(&requests, batch_arena(batch), PG_UUID);
    for (const struct address_note *n = addresses->notes; n != NULL; n = n->next) {
        if (n->awaits) {
            pg_array_uuid(&orders, n->slot->order.id);
            pg_array_uuid(&requests, n->slot->order.request_id);
        }
    }
    if (orders.count == 0) {
        return PD_OK;
    }
    pg_args_init(&args, batch_arena(batch));
    pg_arg_array(&args, &orders);
    pg_arg_array(&args, &requests);
    pg_arg_time(&args, batch_now_us(batch));
    return pg_queue(pg, SQL_INSERT_ORDER_ADDRESSES, &args, reterr);
}

/* Of several notes of one order in a batch the last counts; they stand newest first. */
static bool is_last(const struct assign_addresses *addresses, const struct address_note *note) {
    const struct address_note *n = addresses->notes;
    while (n != note && (n->slot != note->slot || n->awaits)) {
        n = n->next;
    }
    return n == note;
}

/* What the notes of a batch are to the tables. */
struct note_rows {
    struct pg_array notes[5], points[3], counts[2], candidates[4];
};

static void init_rows(struct note_rows *rows, struct pd_arena *arena) {
    static const enum pg_type notes[] = {PG_UUID, PG_UUID, PG_INT2, PG_UUID, PG_TEXT},
                              points[] = {PG_UUID, PG_FLOAT8, PG_FLOAT8}, counts[] = {PG_UUID, PG_INT2},
                              candidates[] = {PG_UUID, PG_INT2, PG_UUID, PG_FLOAT8};
    for (size_t i = 0; i < 5; i++) {
        pg_array_init(&rows->notes[i], arena, notes[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        pg_array_init(&rows->points[i], arena, points[i]);
    }
    for (size_t i = 0; i < 4; i++) {
        pg_array_init(&rows->candidates[i], arena, candidates[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        pg_array_init(&rows->counts[i], arena, counts[i]);
    }
}

static void add_candidates(struct note_rows *rows, const struct address_note *note) {
    const uint8_t *order_id = note->slot->order.id;
    int16_t count = 0;
    for (size_t i = 0; i < note->of->n_found && count < ADDRESS_FOUND_MAX; i++) {
        const Paidan__Assign__V1__PlaceFound *found = note->of->found[i];
        uint8_t id[16];
        if (assign_id(found->place_id, id) && found->confidence >= 0 && found->confidence <= 1) {
            pg_array_uuid(&rows->candidates[0], order_id);
            pg_array_int2(&rows->candidates[1], ++count);
            pg_array_uuid(&rows->candidates[2], id);
            pg_array_float8(&rows->candidates[3], found->confidence);
        }
    }
    pg_array_uuid(&rows->counts[0], order_id);
    pg_array_int2(&rows->counts[1], count);
}

static void add_note(struct note_rows *rows, const struct address_note *note) {
    const struct order *order = &note->slot->order;
    pg_array_uuid(&rows->notes[0], order->id);
    pg_array_uuid(&rows->notes[1], order->request_id);
    pg_array_int2(&rows->notes[2], (int16_t)note->source);
    pg_array_uuid(&rows->notes[3], note->has_place_id ? note->place_id : NULL);
    pg_array_text(&rows->notes[4], note->words);
    if (note->source != 0) {
        pg_array_uuid(&rows->points[0], order->id);
        pg_array_float8(&rows->points[1], order->lat);
        pg_array_float8(&rows->points[2], order->lng);
    }
    if (note->of != NULL) {
        add_candidates(rows, note);
    }
}

static enum pd_fate save_notes(struct batch *batch, const struct assign_addresses *addresses, struct pg *pg,
                               struct pd_err *reterr) {
    struct pd_arena *arena = batch_arena(batch);
    struct note_rows rows;
    init_rows(&rows, arena);
    for (const struct address_note *n = addresses->notes; n != NULL; n = n->next) {
        if (!n->awaits && is_last(addresses, n)) {
            add_note(&rows, n);
        }
    }
    const struct {
        const char *sql;
        struct pg_array *arrays;
        size_t count;
    } statements[] = {{SQL_UPSERT_ORDER_ADDRESSES, rows.notes, 5},
                      {SQL_SET_ORDER_PLACES, rows.points, 3},
                      {SQL_SET_ORDER_CANDIDATES, rows.counts, 2},
                      {SQL_UPSERT_ORDER_CANDIDATES, rows.candidates, 4}};
    enum pd_fate fate = PD_OK;
    for (size_t i = 0; fate == PD_OK && i < sizeof statements / sizeof statements[0]; i++) {
        if (statements[i].arrays[0].count > 0) {
            fate = queue_arrays(pg, arena, statements[i].sql, statements[i].arrays, statements[i].count, reterr);
        }
    }
    return fate;
}

static enum pd_fate save_learnt(struct batch *batch, const struct assign_addresses *addresses, struct pg *pg,
                                struct pd_err *reterr) {
    struct pg_array places, aliases;
    struct pg_args args;
    if (addresses->learnt == NULL) {
        return PD_OK;
    }
    pg_array_init(&places, batch_arena(batch), PG_UUID);
    pg_array_init(&aliases, batch_arena(batch), PG_TEXT);
    for (const struct address_learnt *l = addresses->learnt; l != NULL; l = l->next) {
        pg_array_uuid(&places, l->place_id);
        pg_array_text(&aliases, l->alias);
    }
    enum pd_fate fate = pg_queue(pg, SQL_RAISE_GAZETTEER_VERSION, NULL, reterr);
    pg_args_init(&args, batch_arena(batch));
    pg_arg_array(&args, &places);
    pg_arg_array(&args, &aliases);
    pg_arg_int2(&args, ALIAS_LEARNT);
    pg_arg_time(&args, batch_now_us(batch));
    return fate == PD_OK ? pg_queue(pg, SQL_ADD_PLACE_ALIASES, &args, reterr) : fate;
}

/* Whoever left the state ACCEPTED without a place does not need his words any more. */
static enum pd_fate forget(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    const struct assign_work *work = batch_view(batch);
    struct pg_array orders;
    pg_array_init(&orders, batch_arena(batch), PG_UUID);
    for (size_t i = 0; i < work->view.count; i++) {
        const struct order_slot *slot = &work->view.slots[i];
        if (slot->changed && !slot->order.has_place && slot->order.state != WO_ACCEPTED) {
            pg_array_uuid(&orders, slot->order.id);
        }
    }
    return orders.count == 0 ? PD_OK : queue_arrays(pg, batch_arena(batch), SQL_FORGET_ORDER_WORDS, &orders, 1, reterr);
}

enum pd_fate address_save(struct batch *batch, const struct assign_addresses *addresses, struct pg *pg,
                          struct pd_err *reterr) {
    enum pd_fate fate = save_awaiting(batch, addresses, pg, reterr);
    fate = fate == PD_OK ? save_notes(batch, addresses, pg, reterr) : fate;
    fate = fate == PD_OK ? save_learnt(batch, addresses, pg, reterr) : fate;
    return fate == PD_OK ? forget(batch, pg, reterr) : fate;
}
