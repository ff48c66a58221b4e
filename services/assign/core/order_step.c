#include "assign/core/order_step.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

enum effect {
    OPENS = 1 << 0,      /* an assignment begins; the order has left the manual queue */
    ENDS = 1 << 1,       /* the assignment that runs ends */
    TAKES_BACK = 1 << 2, /* nobody is accountable any more */
    REDO = 1 << 3,       /* the work was not good enough */
    QUEUES = 1 << 4,     /* waits for a dispatcher */
    RESULT = 1 << 5,     /* carries the result */
    RESTARTS = 1 << 6,   /* whoever gets it has not signed nor started */
    MOVES = 1 << 7,      /* the people of another grid answer */
    HOLDS = 1 << 8,      /* the worker is away */
    RELEASES = 1 << 9,   /* he is back */
    WAITS_ON = 1 << 10,  /* what the order waits for stays as it is */
    LOOKS = 1 << 11      /* in the works again: the map may have changed meanwhile */
};

/* The last of paidan.common.v1.ResultCode. */
enum { RESULT_LAST = 7 };

/* What an event does to the fields besides the state; stamp: which time it sets. */
static const struct {
    unsigned effects;
    size_t stamp;
} table[WO_EVENT_COUNT] = {
    [WO_EV_DISPATCH] = {OPENS, offsetof(struct order, dispatched_at_us)},
    [WO_EV_QUEUE_MANUALLY] = {QUEUES, 0},
    [WO_EV_REASSIGN] = {ENDS | OPENS | RESTARTS, offsetof(struct order, dispatched_at_us)},
    [WO_EV_REGRID] = {MOVES | WAITS_ON, 0},
    [WO_EV_DUTY_END] = {HOLDS | WAITS_ON, 0},
    [WO_EV_DUTY_BEGIN] = {RELEASES | WAITS_ON, 0},
    [WO_EV_SIGN] = {WAITS_ON, offsetof(struct order, signed_at_us)},
    [WO_EV_START] = {WAITS_ON, offsetof(struct order, started_at_us)},
    [WO_EV_FEED_BACK] = {RESULT | RELEASES, offsetof(struct order, fed_back_at_us)},
    [WO_EV_REVIEW_PASS] = {0, 0},
    [WO_EV_REVIEW_FAIL] = {REDO | LOOKS, 0},
    [WO_EV_WITHDRAW] = {ENDS, 0},
    [WO_EV_VISIT_CLOSE] = {ENDS, 0},
    [WO_EV_VISIT_REDO] = {ENDS | TAKES_BACK | REDO, 0},
    [WO_EV_REOPEN] = {TAKES_BACK | REDO, 0},
    [WO_EV_ARCHIVE] = {0, 0},
};

struct order order_accept(const uint8_t id[16], const uint8_t request_id[16], int64_t accepted_at_us, int64_t now_us) {
    struct order order = {.request_number = "",
                          .service_code = "",
                          .grid = "",
                          .grid_now = "",
                          .worker_id = "",
                          .feedback = "",
                          .state = WO_ACCEPTED,
                          .accepted_at_us = accepted_at_us,
                          .updated_at_us = now_us};
    memcpy(order.id, id, sizeof order.id);
    memcpy(order.request_id, request_id, sizeof order.request_id);
    return order;
}

bool order_is_assigned(const struct order *order) {
    return order->worker_id[0] != '\0' && order->state >= WO_DISPATCHED && order->state <= WO_VISITING;
}

bool order_is_of(const struct order *order, const char *worker_id) {
    return worker_id[0] != '\0' && strcmp(order->worker_id, worker_id) == 0;
}

enum order_time order_time_check(const struct order *order, int64_t occurred_at_us, int64_t now_us) {
    if (occurred_at_us > now_us + ORDER_CLOCK_SKEW_US) {
        return ORDER_TIME_FUTURE;
    }
    return occurred_at_us < order->accepted_at_us ? ORDER_TIME_BEFORE_ACCEPTANCE : ORDER_TIME_OK;
}

static uint32_t facts(const struct order *order, const struct order_act *act) {
    uint32_t holds = 0;
    holds |= order_is_of(order, act->worker_id) ? WO_GUARD_ASSIGNED : 0;
    holds |= act->seen_seq == 0 || act->seen_seq == order->dispatch_seq ? WO_GUARD_CURRENT_SEQ : 0;
    holds |= act->has_text ? WO_GUARD_HAS_TEXT : 0;
    holds |= act->result >= 1 && act->result <= RESULT_LAST ? WO_GUARD_HAS_RESULT : 0;
    holds |= act->target.worker_id != NULL && act->target.worker_id[0] != '\0' ? WO_GUARD_HAS_WORKER : 0;
    return holds;
}

static void take_target(struct order *order, const struct order_target *target) {
    if (order->grid[0] == '\0' && target->grid != NULL) {
        order->grid = target->grid;
        order->grid_version = target->grid_version;
    }
}

static void apply(const struct order *before, const struct order_act *act, int64_t now_us, struct order_plan *plan) {
    struct order *after = &plan->after;
    unsigned effects = table[act->event].effects;
    if ((effects & ENDS) != 0 && order_is_assigned(before)) {
        plan->ended_seq = before->dispatch_seq;
    }
    if ((effects & TAKES_BACK) != 0) {
        after->worker_id = "";
        after->dispatched_at_us = after->fed_back_at_us = 0;
    }
    if ((effects & (TAKES_BACK | RESTARTS)) != 0) {
        after->signed_at_us = after->started_at_us = 0;
    }
    if ((effects & MOVES) != 0) {
        after->grid_now = act->target.grid;
    }
    if ((effects & (HOLDS | RELEASES | OPENS | ENDS)) != 0) {
        after->held = (effects & HOLDS) != 0;
    }
    if ((effects & REDO) != 0) {
        after->redo_count++;
    }
    if ((effects & RESULT) != 0) {
        after->result = act->result;
    }
    if ((effects & (OPENS | QUEUES)) != 0) {
        take_target(after, &act->target);
    }
    if ((effects & OPENS) != 0) {
        after->worker_id = act->target.worker_id;
        plan->opened_seq = ++after->dispatch_seq;
    }
    if ((effects & WAITS_ON) == 0) {
        after->queue_reason = (effects & QUEUES) != 0 ? act->target.reason : QUEUE_NONE;
        after->retry_at_us = (effects & QUEUES) != 0 ? act->target.retry_at_us : (effects & LOOKS) != 0 ? now_us : 0;
    }
    if (table[act->event].stamp != 0) {
        memcpy((char *)after + table[act->event].stamp, &plan->at_us, sizeof plan->at_us);
    }
}

enum wo_verdict order_step(const struct order *before, const struct order_act *act, int64_t now_us,
                           struct order_plan *ret_plan, uint32_t *ret_missing) {
    assert(act->event > WO_EV_NONE && act->event < WO_EVENT_COUNT);
    assert(before->version >= 0 && before->dispatch_seq >= 0);
    bool own = wo_event_owner(act->event) == WO_OWNER_ASSIGN;
    struct order_plan plan = {.after = *before, .says = own, .event = act->event};
    plan.at_us = act->occurred_at_us == 0 ? now_us : act->occurred_at_us;
    if (own) {
        enum wo_verdict verdict =
            wo_fsm_check(act->event, before->state, act->role, facts(before, act), &plan.after.state, ret_missing);
        if (verdict != WO_OK) {
            return verdict;
        }
    } else {
        /* intake has decided it, with its own guards; here only the state must fit. */
        const struct wo_rule *rule = wo_fsm_rule(act->event, before->state);
        if (rule == NULL) {
            return WO_WRONG_STATE;
        }
        plan.after.state = rule->to;
    }
    apply(before, act, now_us, &plan);
    plan.after.version += own ? 1 : 0;
    plan.after.updated_at_us = now_us;
    assert(plan.after.state < WO_STATE_COUNT);
    assert(order_is_assigned(&plan.after) || plan.opened_seq == 0);
    *ret_plan = plan;
    return WO_OK;
}

enum wo_verdict order_place(const struct order *before, const struct order_target *target, int64_t now_us,
                            struct order_plan *ret_plan, uint32_t *ret_missing) {
    bool found = target->worker_id[0] != '\0';
    assert(found || target->reason != QUEUE_NONE);
    if (!found && before->state == WO_ACCEPTED && before->queue_reason == target->reason) {
        *ret_plan = (struct order_plan){.after = *before};
        ret_plan->after.retry_at_us = target->retry_at_us;
        return WO_OK;
    }
    struct order_act act = {.event = found ? WO_EV_DISPATCH : WO_EV_QUEUE_MANUALLY,
                            .role = WO_ROLE_SYSTEM,
                            .worker_id = "",
                            .target = *target};
    return order_step(before, &act, now_us, ret_plan, ret_missing);
}

size_t order_allowed(const struct order *order, uint32_t role, const char *worker_id, enum wo_event *ret_events,
                     size_t max) {
    enum wo_event events[WO_EVENT_COUNT];
    size_t n = 0, count = wo_fsm_allowed(order->state, role, events, WO_EVENT_COUNT);
    for (size_t i = 0; i < count && n < max; i++) {
        const struct wo_rule *rule = wo_fsm_rule(events[i], order->state);
        bool his = (rule->guards & WO_GUARD_ASSIGNED) == 0 || order_is_of(order, worker_id);
        if (wo_event_owner(events[i]) == WO_OWNER_ASSIGN && his) {
            ret_events[n++] = events[i];
        }
    }
    return n;
}
