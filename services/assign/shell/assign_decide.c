#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "assign/shell/assign_batch.h"
#include "assign/shell/assign_move.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/assign_work.h"
#include "paidan/intake/v1/intake.pb-c.h"

/* When nobody is known to come on duty, look again after so long all the same. */
static const int64_t retry_blind_us = INT64_C(3600) * 1000000;

/* ---- who gets it */

static const char *pick(struct assign_work *work, const struct posts *posts, const char *skill, int64_t now_us) {
    struct pick_candidate candidates[POSTS_MAX];
    size_t count = people_candidates(posts, now_us, skill, candidates);
    for (size_t i = 0; i < count; i++) {
        candidates[i].open_orders = loads_of(&work->loads, posts->list[i].worker);
    }
    int chosen = pick_worker(candidates, count);
    if (chosen >= 0 && posts->list[chosen].worker->index < work->loads.count) {
        work->loads.open[posts->list[chosen].worker->index]++;
    }
    return chosen < 0 ? "" : candidates[chosen].worker_id;
}

struct order_target assign_target(struct batch *batch, const struct order *order, const struct map_grid *grid) {
    if (grid == NULL) {
        return (struct order_target){
            .grid = "", .worker_id = "", .reason = order->has_place ? QUEUE_OUTSIDE_EVERY_GRID : QUEUE_NO_LOCATION};
    }
    int64_t now_us = batch_now_us(batch);
    const struct people *people = city_people(assign_city(batch));
    const char *skill = people == NULL ? NULL : people_skill_of(people, order->service_code);
    const struct posts *posts = city_posts(assign_city(batch), grid);
    struct order_target target = {
        .grid = grid->code, .grid_version = grid->version, .worker_id = pick(batch_view(batch), posts, skill, now_us)};
    if (target.worker_id[0] == '\0') {
        int64_t next_us = people_next_duty(posts, now_us, NULL);
        target.reason = QUEUE_NOBODY_ON_DUTY;
        target.retry_at_us = next_us == 0 || next_us > now_us + retry_blind_us ? now_us + retry_blind_us : next_us;
    }
    return target;
}

/* ---- recording */

static void note_assignment(struct batch *batch, struct order_slot *slot, int32_t seq, bool begins) {
    struct assign_work *work = batch_view(batch);
    int64_t now_us = batch_now_us(batch);
    for (struct assignment *a = work->assignments; !begins && a != NULL; a = a->next) {
        if (a->slot == slot && a->dispatch_seq == seq) {
            a->ended_at_us = now_us;
            return;
        }
    }
    struct assignment *made = batch_alloc(batch, sizeof *made);
    if (made != NULL) {
        *made = (struct assignment){.slot = slot,
                                    .dispatch_seq = seq,
                                    .worker_id = slot->order.worker_id,
                                    .started_at_us = begins ? now_us : 0,
                                    .ended_at_us = begins ? 0 : now_us,
                                    .next = work->assignments};
        work->assignments = made;
    }
}

/* The commitment to a text: SHA-256(salt || text). */
static void digest_text(struct said *said, uint8_t ret_digest[32]) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, said->salt, sizeof said->salt);
    crypto_hash_sha256_update(&state, (const uint8_t *)said->text, strlen(said->text));
    crypto_hash_sha256_final(&state, ret_digest);
}

static void say(struct batch *batch, struct input *input, struct order_slot *slot, const struct order_plan *plan,
                const struct order *before, const struct assign_words_said *words) {
    struct assign_work *work = batch_view(batch);
    const struct order *order = &slot->order;
    struct said *said = words->text == NULL ? NULL : batch_alloc(batch, sizeof *said);
    uint8_t digest[32], event_id[16] = {0};
    Paidan__Assign__V1__OrderEvent payload = PAIDAN__ASSIGN__V1__ORDER_EVENT__INIT;
    payload.number = assign_text(order->request_number);
    payload.dispatch_seq = order->dispatch_seq;
    payload.grid = assign_text(order->grid);
    payload.grid_version = order->grid_version;
    payload.worker_id = assign_text(order->worker_id);
    payload.queue_reason = (Paidan__Assign__V1__QueueReason)order->queue_reason;
    payload.result = (Paidan__Common__V1__ResultCode)order->result;
    payload.contacted_requester = words->contacted_requester;
    payload.redo_count = order->redo_count;
    payload.urgency = (Paidan__Common__V1__Urgency)order->urgency;
    payload.service_code = assign_text(order->service_code);
    payload.grid_now = assign_text(order->grid_now);
    payload.reason = (Paidan__Assign__V1__ChangeReason)words->reason;
    payload.grid_change = assign_text(words->grid_change == NULL ? "" : words->grid_change);
    payload.worker_before = assign_text(plan->event == WO_EV_REASSIGN ? before->worker_id : "");
    payload.worker_away = (plan->event == WO_EV_REASSIGN || plan->event == WO_EV_WITHDRAW) &&
                          before->worker_id[0] != '\0' && city_people(assign_city(batch)) != NULL &&
                          assign_status_of(batch, before) != WORKER_ON_DUTY;
    if (said != NULL) {
        said->text = words->text;
        batch_random(batch, said->salt, sizeof said->salt);
        digest_text(said, digest);
        payload.text_digest = (ProtobufCBinaryData){sizeof digest, digest};
    }
    struct event_draft draft = {.aggregate_version = order->version,
                                .type = plan->event,
                                .from = before->state,
                                .to = order->state,
                                .occurred_at_us = plan->at_us,
                                .payload = &payload.base};
    memcpy(draft.aggregate_id, order->id, sizeof draft.aggregate_id);
    memcpy(draft.request_id, order->request_id, sizeof draft.request_id);
    batch_emit(batch, input, &draft, event_id);
    if (said != NULL) {
        memcpy(said->event_id, event_id, sizeof said->event_id);
        memcpy(said->request_id, order->request_id, sizeof said->request_id);
        said->next = work->said;
        work->said = said;
    }
    if (said != NULL && plan->event == WO_EV_FEED_BACK) {
        memcpy(slot->order.feedback_event, event_id, sizeof event_id);
        slot->order.feedback = words->text;
    }
}

void assign_record(struct batch *batch, struct input *input, struct order_slot *slot, const struct order_plan *plan,
                   const struct assign_words_said *words) {
    struct order before = slot->order;
    if (plan->ended_seq != 0) {
        note_assignment(batch, slot, plan->ended_seq, false);
    }
    slot->order = plan->after;
    slot->changed = true;
    if (plan->opened_seq != 0) {
        note_assignment(batch, slot, plan->opened_seq, true);
    }
    if (plan->says) {
        say(batch, input, slot, plan, &before, words);
    }
}

/* ---- events of intake */

static const struct assign_words_said nothing = {0};

/* The map is being read: nothing is said of the order until it is there, then a tick places it. */
static void wait_for_map(struct batch *batch, struct order_slot *slot) {
    if (slot->order.retry_at_us == 0) {
        slot->order.retry_at_us = batch_now_us(batch);
        slot->changed = true;
    }
    batch_hurry_timer(batch, ASSIGN_TICK_SOON_MS);
}

static void place(struct batch *batch, struct input *input, struct order_slot *slot, const struct map_grid *grid) {
    if (assign_lacks_map(assign_city(batch), &slot->order)) {
        wait_for_map(batch, slot);
        return;
    }
    struct order_target target = assign_target(batch, &slot->order, grid);
    struct order_plan plan;
    uint32_t missing = 0;
    if (order_place(&slot->order, &target, batch_now_us(batch), &plan, &missing) == WO_OK) {
        assign_record(batch, input, slot, &plan, &nothing);
    }
}

static void set_place(struct order *order, const Paidan__Common__V1__Location *location) {
    if (location != NULL && location->lat_presence_case == PAIDAN__COMMON__V1__LOCATION__LAT_PRESENCE_LAT &&
        location->long_presence_case == PAIDAN__COMMON__V1__LOCATION__LONG_PRESENCE_LONG) {
        order->has_place = true;
        order->lat = location->lat;
        order->lng = location->long_;
    }
}

static void decide_accept(struct batch *batch, struct input *input) {
    struct assign_work *work = batch_view(batch);
    const Paidan__Intake__V1__AcceptEvent *accept = (const Paidan__Intake__V1__AcceptEvent *)input->message;
    uint8_t id[16];
    batch_new_id(batch, id);
    struct order order = order_accept(id, input->event.request_id, input->event.occurred_at_us, batch_now_us(batch));
    order.request_number = accept->number;
    order.service_code = accept->service_code;
    order.urgency = (int32_t)accept->urgency;
    set_place(&order, accept->location);
    struct order_slot *slot = order_view_put(&work->view, &order);
    if (slot != NULL) {
        slot->is_new = true;
        if (order.has_place) {
            place(batch, input, slot, input->work);
        } else {
            address_await(batch, slot);
        }
    }
}

/* What intake decided about the request, taken over into its order. */
static void decide_mirrored(struct batch *batch, struct input *input, struct order_slot *slot, enum wo_event event) {
    struct order_act act = {.event = event,
                            .role = WO_ROLE_SYSTEM,
                            .worker_id = "",
                            .occurred_at_us = event == WO_EV_WITHDRAW ? 0 : input->event.occurred_at_us};
    struct order_plan plan;
    uint32_t missing = 0;
    if (order_step(&slot->order, &act, batch_now_us(batch), &plan, &missing) != WO_OK) {
        char reason[128];
        snprintf(reason, sizeof reason, "%s does not fit an order in state %s", wo_event_text(input->event.type),
                 wo_state_text(slot->order.state));
        batch_poison(batch, input, reason);
        return;
    }
    assign_record(batch, input, slot, &plan, &nothing);
    if (plan.after.state == WO_ACCEPTED) {
        place(batch, input, slot, assign_grid_of(assign_city(batch), &slot->order));
    }
}

void assign_decide_event(struct batch *batch, struct input *input) {
    struct assign_work *work = batch_view(batch);
    struct order_slot *slot = order_view_by_request(&work->view, input->event.request_id);
    enum wo_event event = input->event.type;
    if (input->message == NULL) {
        batch_poison(batch, input, "the event's payload cannot be read");
    } else if (event == WO_EV_ACCEPT) {
        if (slot == NULL) { /* else it is known already: replayed by hand */
            decide_accept(batch, input);
        }
    } else if (slot == NULL) {
        /* A request that ended without an order. */
    } else if (event == WO_EV_CANCEL) {
        if (slot->order.state != WO_CANCELLED) {
            decide_mirrored(batch, input, slot, WO_EV_WITHDRAW);
        }
    } else {
        decide_mirrored(batch, input, slot, event);
    }
}

/* ---- timer */

static void follow_map(struct batch *batch, struct input *input, struct order_slot *slot) {
    if (assign_lacks_map(assign_city(batch), &slot->order)) {
        wait_for_map(batch, slot);
        return;
    }
    regrid_order(batch, input, slot);
    if (slot->order.state == WO_ACCEPTED) {
        place(batch, input, slot, assign_grid_of(assign_city(batch), &slot->order));
    }
}

void assign_decide_tick(struct batch *batch, struct input *input) {
    struct assign_work *work = batch_view(batch);
    for (size_t i = 0; i < work->view.count; i++) {
        struct order_slot *slot = &work->view.slots[i];
        if (slot->due && slot->order.retry_at_us != 0) {
            slot->due = false;
            follow_map(batch, input, slot);
        }
        if (slot->adrift) {
            slot->adrift = false;
            assign_follow(batch, input, slot);
        }
    }
}
