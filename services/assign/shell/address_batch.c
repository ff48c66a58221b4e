#include "assign/shell/address_batch.h"

#include <string.h>

#include "assign/core/address_score.h"
#include "assign/core/code_rule.h"
#include "assign/shell/address_inner.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/assign_work.h"

enum { WORDS_MAX = 40 };

static bool is_place(const struct input *input) {
    return strcmp(input->name, "place") == 0;
}

bool address_is_mine(const struct input *input) {
    return is_place(input) || strcmp(input->name, "place_order") == 0;
}

static const Paidan__Assign__V1__PlaceRequest *place_of(const struct input *input) {
    return (const Paidan__Assign__V1__PlaceRequest *)input->message;
}

static const Paidan__Assign__V1__PlaceOrderRequest *found_of(const struct input *input) {
    return (const Paidan__Assign__V1__PlaceOrderRequest *)input->message;
}

bool address_command_id(const struct input *input, uint8_t ret_id[16]) {
    return address_is_mine(input) && assign_id(is_place(input) ? place_of(input)->id : found_of(input)->id, ret_id);
}

/* ---- which place, which grid */

static bool on_earth(double lat, double lng) {
    return lat >= -90 && lat <= 90 && lng >= -180 && lng <= 180;
}

static const struct address_known *known_place(const struct assign_addresses *addresses, const char *text) {
    uint8_t id[16];
    for (size_t i = 0; assign_id(text, id) && i < addresses->known_count; i++) {
        if (memcmp(addresses->known[i].id, id, sizeof id) == 0) {
            return &addresses->known[i];
        }
    }
    return NULL;
}

static bool has_point(const Paidan__Assign__V1__PlaceRequest *request) {
    return request->lat_presence_case == PAIDAN__ASSIGN__V1__PLACE_REQUEST__LAT_PRESENCE_LAT &&
           request->long_presence_case == PAIDAN__ASSIGN__V1__PLACE_REQUEST__LONG_PRESENCE_LONG;
}

/* Is the first of what was found sure? The grids are those of now. */
static bool is_sure(struct city *city, const Paidan__Assign__V1__PlaceOrderRequest *found) {
    struct address_choice choices[ADDRESS_FOUND_MAX];
    size_t count = found->n_found < ADDRESS_FOUND_MAX ? found->n_found : ADDRESS_FOUND_MAX;
    for (size_t i = 0; i < count; i++) {
        const Paidan__Assign__V1__PlaceFound *place = found->found[i];
        const struct map_grid *grid =
            on_earth(place->lat, place->long_) ? city_locate(city, place->lat, place->long_) : NULL;
        choices[i] = (struct address_choice){place->confidence, grid == NULL ? NULL : grid->code};
    }
    return address_sure(choices, count);
}

const struct map_grid *address_grid(struct batch *batch, const struct input *input) {
    const struct assign_work *work = batch_view(batch);
    struct city *city = assign_city(batch);
    if (is_place(input)) {
        const Paidan__Assign__V1__PlaceRequest *request = place_of(input);
        const struct address_known *known = known_place(&work->addresses, request->place_id);
        bool point = known == NULL && has_point(request) && on_earth(request->lat, request->long_);
        return known != NULL ? city_locate(city, known->lat, known->lng)
               : point       ? city_locate(city, request->lat, request->long_)
                             : NULL;
    }
    const Paidan__Assign__V1__PlaceOrderRequest *found = found_of(input);
    return is_sure(city, found) ? city_locate(city, found->found[0]->lat, found->found[0]->long_) : NULL;
}

/* ---- notes */

static struct address_note *note(struct batch *batch, const struct order_slot *slot) {
    struct assign_work *work = batch_view(batch);
    struct address_note *made = batch_alloc(batch, sizeof *made);
    if (made != NULL) {
        made->slot = slot;
        made->next = work->addresses.notes;
        work->addresses.notes = made;
    }
    return made;
}

void address_await(struct batch *batch, struct order_slot *slot) {
    struct address_note *made = note(batch, slot);
    if (made != NULL) {
        made->awaits = true;
        slot->order.retry_at_us = batch_now_us(batch) + ADDRESS_PATIENCE_US;
    }
}

static void dispatch(struct batch *batch, struct input *input, struct order_slot *slot,
                     const struct order_target *target, int reason) {
    struct order_plan plan;
    uint32_t missing = 0;
    struct assign_words_said words = {.reason = reason};
    if (order_place(&slot->order, target, batch_now_us(batch), &plan, &missing) == WO_OK) {
        assign_record(batch, input, slot, &plan, &words);
    }
}

static void set_place(struct order_slot *slot, double lat, double lng) {
    slot->order.has_place = true;
    slot->order.lat = lat;
    slot->order.lng = lng;
}

/* Open to be placed: accepted, and in no grid yet. */
static bool is_unplaced(const struct order *order) {
    return order->state == WO_ACCEPTED && order->grid[0] == '\0';
}

/* ---- place_order */

static void take_found(struct batch *batch, struct input *input, struct order_slot *slot) {
    const Paidan__Assign__V1__PlaceOrderRequest *found = found_of(input);
    struct address_note *made = note(batch, slot);
    if (made == NULL) {
        return; /* out of memory: the batch is tried again in halves */
    }
    bool sure = is_sure(assign_city(batch), found) && assign_id(found->found[0]->place_id, made->place_id);
    made->of = found;
    if (sure) {
        made->source = (int)PAIDAN__ASSIGN__V1__PLACE_SOURCE__PLACE_SOURCE_ADDRESS;
        made->has_place_id = true;
        set_place(slot, found->found[0]->lat, found->found[0]->long_);
        struct order_target target = assign_target(batch, &slot->order, input->work);
        dispatch(batch, input, slot, &target, PAIDAN__ASSIGN__V1__CHANGE_REASON__CHANGE_REASON_ADDRESS);
        return;
    }
    long length = text_length(found->words);
    made->words = length >= ADDRESS_NAME_MIN && length <= WORDS_MAX ? found->words : NULL;
    struct order_target target = {
        .grid = "", .worker_id = "", .reason = found->n_found == 0 ? QUEUE_NO_LOCATION : QUEUE_ADDRESS_UNSURE};
    dispatch(batch, input, slot, &target, PAIDAN__ASSIGN__V1__CHANGE_REASON__CHANGE_REASON_UNSPECIFIED);
}

static void decide_found(struct batch *batch, struct input *input, struct order_slot *slot) {
    if (input->actor.role != WO_ROLE_SYSTEM) {
        batch_refuse(batch, input, 403, "forbidden", "only the service itself places orders so: use place");
        return;
    }
    if (is_unplaced(&slot->order) && !slot->order.has_place) {
        take_found(batch, input, slot);
    } else {
        note(batch, slot); /* somebody was faster: nothing is due any more */
    }
    Paidan__Assign__V1__PlaceOrderResponse response = PAIDAN__ASSIGN__V1__PLACE_ORDER_RESPONSE__INIT;
    response.placed = slot->order.has_place;
    batch_reply(batch, input, 200, &response.base);
}

/* ---- place */

static const char *words_of(const struct assign_addresses *addresses, const struct order *order) {
    for (size_t i = 0; i < addresses->words_count; i++) {
        if (memcmp(addresses->words[i].order_id, order->id, sizeof order->id) == 0) {
            return addresses->words[i].text;
        }
    }
    return NULL;
}

static bool learn(struct batch *batch, struct assign_addresses *addresses, const struct address_known *known,
                  const char *alias) {
    struct address_learnt *made = batch_alloc(batch, sizeof *made);
    if (made != NULL) {
        *made = (struct address_learnt){.alias = alias, .next = addresses->learnt};
        memcpy(made->place_id, known->id, sizeof made->place_id);
        addresses->learnt = made;
    }
    return made != NULL;
}

/* false: refused. */
static bool may_place(struct batch *batch, struct input *input, const struct order *order,
                      const struct address_known *known) {
    const Paidan__Assign__V1__PlaceRequest *request = place_of(input);
    bool named = request->place_id[0] != '\0', point = has_point(request);
    if ((input->actor.role & (WO_ROLE_DISPATCHER | WO_ROLE_SUPERVISOR)) == 0) {
        batch_refuse(batch, input, 403, "forbidden", "a dispatcher or a supervisor says where an order is");
    } else if (named == point) {
        batch_refuse(batch, input, 422, "guard", "name either a place_id or lat and long");
    } else if (point && !on_earth(request->lat, request->long_)) {
        batch_refuse(batch, input, 400, "malformed", "lat: -90 to 90, long: -180 to 180");
    } else if (named && known == NULL) {
        batch_refuse(batch, input, 422, "guard", "place_id: no place has this id now; look one up with GET /v1/places");
    } else if (order->state != WO_ACCEPTED) {
        batch_refuse_verdict(batch, input, WO_WRONG_STATE, WO_EV_DISPATCH, order->state, 0);
    } else if (order->grid[0] != '\0') {
        batch_refuse(batch, input, 409, "wrong-state",
                     "the order is in a grid already and waits for its people: use dispatch to choose others");
    } else {
        return true;
    }
    return false;
}

static void decide_place(struct batch *batch, struct input *input, struct order_slot *slot) {
    struct assign_work *work = batch_view(batch);
    const Paidan__Assign__V1__PlaceRequest *request = place_of(input);
    const struct address_known *known = known_place(&work->addresses, request->place_id);
    if (!may_place(batch, input, &slot->order, known)) {
        return;
    }
    struct address_note *made = note(batch, slot);
    const char *words = words_of(&work->addresses, &slot->order);
    if (made == NULL || (known != NULL && words != NULL && !learn(batch, &work->addresses, known, words))) {
        return; /* out of memory: the batch is tried again in halves */
    }
    made->source = (int)PAIDAN__ASSIGN__V1__PLACE_SOURCE__PLACE_SOURCE_POINT;
    if (known != NULL) {
        made->source = (int)PAIDAN__ASSIGN__V1__PLACE_SOURCE__PLACE_SOURCE_DISPATCHER;
        made->has_place_id = true;
        memcpy(made->place_id, known->id, sizeof made->place_id);
    }
    set_place(slot, known != NULL ? known->lat : request->lat, known != NULL ? known->lng : request->long_);
    struct order_target target = assign_target(batch, &slot->order, input->work);
    dispatch(batch, input, slot, &target, PAIDAN__ASSIGN__V1__CHANGE_REASON__CHANGE_REASON_DISPATCHER);
    Paidan__Assign__V1__WorkOrder *reply = assign_order_words(batch_arena(batch), &slot->order, &input->actor);
    if (reply != NULL) {
        reply->place_source = (Paidan__Assign__V1__PlaceSource)made->source;
        reply->place_id = assign_text(request->place_id);
        batch_reply(batch, input, 200, &reply->base);
    }
}

void address_decide(struct batch *batch, struct input *input) {
    struct assign_work *work = batch_view(batch);
    uint8_t id[16];
    if (!address_command_id(input, id)) {
        batch_refuse(batch, input, 400, "malformed", "id: must be the UUID of an order");
        return;
    }
    struct order_slot *slot = order_view_by_id(&work->view, id);
    if (slot == NULL) {
        batch_refuse(batch, input, 404, "not-found", "no such order");
    } else if (!city_has_map(assign_city(batch))) {
        assign_refuse_without_map(batch, input);
    } else if (is_place(input)) {
        decide_place(batch, input, slot);
    } else {
        decide_found(batch, input, slot);
    }
}
