/* order_move: every state, every place where a worker may be, held or not, somebody there or not */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "assign/core/order_move.h"

static struct order order_in(enum wo_state state, bool held) {
    static const uint8_t id[16] = {1}, request_id[16] = {2};
    struct order order = order_accept(id, request_id, 1, 1);
    order.state = state;
    order.worker_id = state == WO_ACCEPTED ? "" : "W1";
    order.dispatch_seq = 1;
    order.held = held;
    return order;
}

static const struct order_target nobody = {.grid = "", .worker_id = ""}, himself = {.grid = "g", .worker_id = "W1"},
                                 another = {.grid = "g", .worker_id = "W2"};

struct row {
    enum worker_status status;
    bool unsigned_only, held;
    const struct order_target *target;
    enum wo_event event;
    enum change_reason reason;
};

/* Of an order that is dispatched; unsigned_only: nothing happens once it is signed. */
static const struct row rows[] = {
    {WORKER_ON_DUTY, false, false, &nobody, WO_EV_NONE, CHANGE_NO_REASON},
    {WORKER_ON_DUTY, false, false, &another, WO_EV_NONE, CHANGE_NO_REASON},
    {WORKER_ON_DUTY, false, true, &nobody, WO_EV_DUTY_BEGIN, CHANGE_NO_REASON},
    {WORKER_ON_DUTY, false, true, &another, WO_EV_DUTY_BEGIN, CHANGE_NO_REASON},
    {WORKER_OFF_DUTY, true, false, &nobody, WO_EV_DUTY_END, CHANGE_OFF_DUTY},
    {WORKER_OFF_DUTY, true, false, &himself, WO_EV_DUTY_END, CHANGE_OFF_DUTY},
    {WORKER_OFF_DUTY, true, false, &another, WO_EV_REASSIGN, CHANGE_OFF_DUTY},
    {WORKER_OFF_DUTY, true, true, &nobody, WO_EV_NONE, CHANGE_NO_REASON},
    {WORKER_OFF_DUTY, true, true, &another, WO_EV_REASSIGN, CHANGE_OFF_DUTY},
    {WORKER_ON_LEAVE, false, false, &nobody, WO_EV_DUTY_END, CHANGE_LEAVE},
    {WORKER_ON_LEAVE, false, false, &another, WO_EV_REASSIGN, CHANGE_LEAVE},
    {WORKER_ON_LEAVE, false, true, &nobody, WO_EV_NONE, CHANGE_NO_REASON},
    {WORKER_ON_LEAVE, false, true, &another, WO_EV_REASSIGN, CHANGE_LEAVE},
};

static void an_order_follows_its_worker_as_the_table_says(void **context) {
    (void)context;
    static const enum wo_state states[] = {WO_DISPATCHED, WO_SIGNED, WO_IN_PROGRESS};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t s = 0; s < 3; s++) {
            struct order order = order_in(states[s], rows[i].held);
            struct order_follow follow = order_move(&order, rows[i].status, rows[i].target);
            bool nothing = rows[i].unsigned_only && states[s] != WO_DISPATCHED;
            assert_int_equal(follow.event, nothing ? WO_EV_NONE : rows[i].event);
            assert_int_equal(follow.reason, nothing ? CHANGE_NO_REASON : rows[i].reason);
        }
    }
}

static void orders_that_are_not_in_a_workers_hands_never_move(void **context) {
    (void)context;
    static const enum worker_status all[] = {WORKER_ON_DUTY, WORKER_OFF_DUTY, WORKER_ON_LEAVE};
    for (int state = WO_ACCEPTED; state < WO_STATE_COUNT; state++) {
        if (state >= WO_DISPATCHED && state <= WO_IN_PROGRESS) {
            continue;
        }
        for (size_t i = 0; i < 3; i++) {
            struct order order = order_in((enum wo_state)state, false);
            assert_int_equal(order_move(&order, all[i], &another).event, WO_EV_NONE);
        }
    }
}

static void what_it_says_can_be_done_and_then_there_is_nothing_left_to_do(void **context) {
    (void)context;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct order order = order_in(WO_DISPATCHED, rows[i].held);
        struct order_follow follow = order_move(&order, rows[i].status, rows[i].target);
        if (follow.event == WO_EV_NONE) {
            continue;
        }
        struct order_act act = {
            .event = follow.event, .role = WO_ROLE_SYSTEM, .worker_id = "", .target = *rows[i].target};
        struct order_plan plan;
        uint32_t missing = 0;
        assert_int_equal(order_step(&order, &act, 5, &plan, &missing), WO_OK);
        assert_true(order_is_assigned(&plan.after));
        enum worker_status after = follow.event == WO_EV_REASSIGN ? WORKER_ON_DUTY : rows[i].status;
        assert_int_equal(order_move(&plan.after, after, rows[i].target).event, WO_EV_NONE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_follows_its_worker_as_the_table_says),
        cmocka_unit_test(orders_that_are_not_in_a_workers_hands_never_move),
        cmocka_unit_test(what_it_says_can_be_done_and_then_there_is_nothing_left_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
