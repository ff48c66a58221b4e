#include "assign/shell/assign_move.h"

#include <string.h>

#include "assign/shell/assign_batch.h"

enum worker_status assign_status_of(struct batch *batch, const struct order *order) {
    const struct worker *worker = city_worker(assign_city(batch), order->worker_id);
    return worker == NULL ? WORKER_OFF_DUTY : people_status(worker, batch_now_us(batch));
}

bool assign_follow(struct batch *batch, struct input *input, struct order_slot *slot) {
    static const struct order_target nobody = {.grid = "", .worker_id = ""};
    struct order_target target = nobody;
    const struct order *order = &slot->order;
    enum worker_status status = assign_status_of(batch, order);
    if (status != WORKER_ON_DUTY) {
        if (assign_lacks_map(assign_city(batch), order)) {
            city_follow(assign_city(batch))->adrift = true; /* a tick comes back to it when the map is there */
            batch_hurry_timer(batch, ASSIGN_TICK_SOON_MS);
            return false;
        }
        target = assign_target(batch, order, assign_grid_of(assign_city(batch), order));
    }
    struct order_follow follow = order_move(order, status, &target);
    if (follow.event == WO_EV_NONE) {
        return false;
    }
    struct order_act act = {.event = follow.event, .role = WO_ROLE_SYSTEM, .worker_id = "", .target = target};
    struct order_plan plan;
    uint32_t missing = 0;
    if (order_step(order, &act, batch_now_us(batch), &plan, &missing) != WO_OK) {
        return false;
    }
    struct assign_words_said words = {.reason = (int)follow.reason};
    assign_record(batch, input, slot, &plan, &words);
    return true;
}

int assign_follow_worker(struct batch *batch, struct input *input, const struct worker *worker) {
    struct assign_work *work = batch_view(batch);
    int moved = 0;
    for (size_t i = 0; i < work->view.count; i++) {
        struct order_slot *slot = &work->view.slots[i];
        if (strcmp(slot->order.worker_id, worker->id) == 0 && assign_follow(batch, input, slot)) {
            moved++;
        }
    }
    return moved;
}
