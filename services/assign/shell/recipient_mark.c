#include <assert.h>
#include <string.h>

#include "assign/shell/assign_context.h"
#include "assign/shell/assign_work.h"
#include "assign/shell/recipient_act.h"
#include "assign/shell/recipient_words.h"
#include "common/base/borrow.h"
#include "common/domain/geo.h"

static bool seal_words(struct batch *batch, const struct recipient_words *words, struct recipient *row,
                       uint8_t ret_digest[SEAL_DIGEST]) {
    uint8_t random[RECIPIENT_NEW_RANDOM];
    Paidan__Assign__V1__RecipientPersonal personal = PAIDAN__ASSIGN__V1__RECIPIENT_PERSONAL__INIT;
    Paidan__Common__V1__OriginalPoint original = PAIDAN__COMMON__V1__ORIGINAL_POINT__INIT;
    personal.name = pd_borrow(words->name);
    personal.phone = pd_borrow(words->phone);
    personal.address = pd_borrow(words->address);
    personal.note = pd_borrow(words->note);
    if (words->system != GEO_UNSPECIFIED && words->system != GEO_WGS84) {
        original.coordinate_system = (Paidan__Common__V1__CoordinateSystem)words->system;
        original.lat = words->lat;
        original.long_ = words->lng;
        personal.original = &original;
    }
    batch_random(batch, random, sizeof random);
    return recipient_seal_new(batch_arena(batch), assign_context_of_batch(batch)->kek, row->id, random, &personal,
                              &row->secret, ret_digest);
}

/* The grid of the place, when the actor may mark there; NULL: answered. */
static const struct map_grid *grid_to_mark(struct batch *batch, struct input *input, double lat, double lng) {
    const struct city *city = assign_context_of_batch(batch)->city;
    if (!city_has_map(city)) {
        assign_refuse_without_map(batch, input);
        return NULL;
    }
    const struct map_grid *grid = city_locate(city, lat, lng);
    struct recipient_facts facts = {.there = grid != NULL,
                                    .has_post = grid != NULL && recipient_has_post(city, grid->code, &input->actor)};
    enum recipient_verdict verdict = recipient_check(RECIPIENT_MARK, input->actor.role, &facts);
    if (verdict != RECIPIENT_OK) {
        recipient_refuse(batch, input, RECIPIENT_MARK, verdict);
        return NULL;
    }
    if (grid == NULL) {
        batch_refuse(batch, input, 422, "guard",
                     "location: no grid holds this place; check the coordinates and their coordinate_system");
    }
    return grid;
}

void recipient_decide_mark(struct batch *batch, struct recipient_work *work, struct input *input) {
    static const struct recipient_facts somewhere = {.has_post = true};
    struct recipient_words words;
    enum recipient_verdict verdict = recipient_check(RECIPIENT_MARK, input->actor.role, &somewhere);
    if (verdict != RECIPIENT_OK) {
        recipient_refuse(batch, input, RECIPIENT_MARK, verdict);
        return;
    }
    recipient_words_of((const Paidan__Assign__V1__RecipientMarkRequest *)input->message, &words);
    const char *detail = recipient_admit(&words);
    if (detail != NULL) {
        batch_refuse(batch, input, 400, "malformed", detail);
        return;
    }
    struct recipient row = {.category = words.category, .marked_at_us = batch_now_us(batch)};
    bool converted = geo_to_wgs84(words.system, words.lat, words.lng, &row.lat, &row.lng);
    assert(converted); /* admitted */
    const struct map_grid *grid = converted ? grid_to_mark(batch, input, row.lat, row.lng) : NULL;
    if (grid == NULL) {
        return;
    }
    uint8_t digest[SEAL_DIGEST];
    row.grid = grid->code;
    batch_new_id(batch, row.id);
    struct recipient_slot *slot = seal_words(batch, &words, &row, digest) ? recipient_put(work, &row) : NULL;
    if (slot == NULL) {
        recipient_out_of_memory(batch);
        return;
    }
    slot->is_new = true;
    recipient_emit(batch, input, RECIPIENT_MARK, &slot->row, digest, NULL);
    recipient_reply_mark(batch, input, 201, &slot->row);
}
