#include "assign/core/order_move.h"

#include <assert.h>
#include <string.h>

static const struct order_follow nothing = {WO_EV_NONE, CHANGE_NO_REASON};

static bool can_change_hands(const struct order *order) {
    return wo_fsm_rule(WO_EV_REASSIGN, order->state) != NULL;
}

struct order_follow order_move(const struct order *order, enum worker_status status,
                               const struct order_target *target) {
    assert(target->worker_id != NULL);
    if (!can_change_hands(order)) {
        return nothing;
    }
    bool another = target->worker_id[0] != '\0' && strcmp(target->worker_id, order->worker_id) != 0;
    if (status == WORKER_ON_DUTY) {
        return order->held ? (struct order_follow){WO_EV_DUTY_BEGIN, CHANGE_NO_REASON} : nothing;
    }
    enum change_reason reason = status == WORKER_ON_LEAVE ? CHANGE_LEAVE : CHANGE_OFF_DUTY;
    bool keeps = status == WORKER_OFF_DUTY && order->state != WO_DISPATCHED;
    if (keeps) {
        return nothing;
    }
    if (another) {
        return (struct order_follow){WO_EV_REASSIGN, reason};
    }
    return order->held ? nothing : (struct order_follow){WO_EV_DUTY_END, reason};
}
