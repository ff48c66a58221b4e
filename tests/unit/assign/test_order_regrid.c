/* order_regrid: open orders around which the map changed */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "assign/core/order_regrid.h"

static const int64_t now_us = 1764000000000000, then_us = 1763990000000000;
#define RECORD "442000003005001"
#define OTHER  "442000003010001"

static struct order order_in(enum wo_state state) {
    static const uint8_t id[16] = {1}, request_id[16] = {2};
    struct order order = order_accept(id, request_id, then_us, then_us);
    order.state = state;
    order.version = 4;
    order.grid = RECORD;
    order.grid_version = 3;
    order.retry_at_us = now_us;
    if (state != WO_ACCEPTED) {
        order.worker_id = "W000001";
        order.dispatch_seq = 1;
        order.dispatched_at_us = order.signed_at_us = order.started_at_us = then_us + 1;
    }
    return order;
}

static void an_order_is_displaced_when_its_grid_was_redrawn_ended_or_left_before(void **state) {
    (void)state;
    struct order order = order_in(WO_SIGNED);
    assert_false(order_is_displaced(&order, 3));
    assert_true(order_is_displaced(&order, 4));
    assert_true(order_is_displaced(&order, 0));
    order.grid_now = OTHER;
    assert_true(order_is_displaced(&order, 3));
    order.grid = order.grid_now = "";
    order.grid_version = 0;
    assert_false(order_is_displaced(&order, 0));
}

static void a_regrid_keeps_the_grid_of_record_the_state_and_the_worker(void **state) {
    (void)state;
    static const enum wo_state states[] = {WO_ACCEPTED, WO_DISPATCHED, WO_SIGNED, WO_IN_PROGRESS};
    for (size_t i = 0; i < 4; i++) {
        struct order before = order_in(states[i]);
        struct order_plan plan;
        uint32_t missing = 0;
        assert_int_equal(order_regrid(&before, OTHER, now_us, &plan, &missing), WO_OK);
        assert_string_equal(plan.after.grid, RECORD);
        assert_int_equal(plan.after.grid_version, 3);
        assert_string_equal(plan.after.grid_now, OTHER);
        assert_string_equal(order_grid(&plan.after), OTHER);
        assert_int_equal(plan.after.state, states[i]);
        assert_string_equal(plan.after.worker_id, before.worker_id);
        assert_int_equal(plan.after.version, before.version + 1);
        assert_true(plan.says && plan.opened_seq == 0 && plan.ended_seq == 0);
        assert_int_equal(plan.after.retry_at_us, now_us);
    }
}

static void back_in_its_grid_of_record_an_order_has_no_other(void **state) {
    (void)state;
    struct order before = order_in(WO_SIGNED);
    struct order_plan plan;
    uint32_t missing = 0;
    before.grid_now = OTHER;
    assert_int_equal(order_regrid(&before, RECORD, now_us, &plan, &missing), WO_OK);
    assert_string_equal(plan.after.grid_now, "");
    assert_string_equal(order_grid(&plan.after), RECORD);
}

static void a_reassignment_ends_one_assignment_and_begins_the_next(void **state) {
    (void)state;
    static const enum wo_state states[] = {WO_DISPATCHED, WO_SIGNED, WO_IN_PROGRESS};
    for (size_t i = 0; i < 3; i++) {
        struct order before = order_in(states[i]);
        struct order_target target = {.grid = OTHER, .grid_version = 1, .worker_id = "W000002"};
        struct order_plan plan;
        uint32_t missing = 0;
        before.held = true;
        assert_int_equal(order_reassign(&before, &target, now_us, &plan, &missing), WO_OK);
        assert_int_equal(plan.ended_seq, 1);
        assert_int_equal(plan.opened_seq, 2);
        assert_int_equal(plan.after.dispatch_seq, 2);
        assert_int_equal(plan.after.state, WO_DISPATCHED);
        assert_string_equal(plan.after.worker_id, "W000002");
        assert_string_equal(plan.after.grid, RECORD);
        assert_int_equal(plan.after.signed_at_us + plan.after.started_at_us + plan.after.retry_at_us, 0);
        assert_false(plan.after.held);
    }
}

static void what_is_fed_back_or_over_is_not_moved(void **state) {
    (void)state;
    static const enum wo_state states[] = {WO_FED_BACK, WO_VISITING, WO_CLOSED, WO_ARCHIVED, WO_CANCELLED};
    for (size_t i = 0; i < 5; i++) {
        struct order before = order_in(states[i]);
        struct order_target target = {.grid = OTHER, .worker_id = "W000002"};
        struct order_plan plan;
        uint32_t missing = 0;
        assert_int_equal(order_regrid(&before, OTHER, now_us, &plan, &missing), WO_WRONG_STATE);
        assert_int_equal(order_reassign(&before, &target, now_us, &plan, &missing), WO_WRONG_STATE);
    }
}

static void signing_does_not_forget_that_a_move_waits(void **state) {
    (void)state;
    struct order before = order_in(WO_DISPATCHED);
    struct order_act act = {.event = WO_EV_SIGN, .role = WO_ROLE_WORKER, .worker_id = "W000001"};
    struct order_plan plan;
    uint32_t missing = 0;
    assert_int_equal(order_step(&before, &act, now_us, &plan, &missing), WO_OK);
    assert_int_equal(plan.after.retry_at_us, now_us);
    before = order_in(WO_FED_BACK);
    before.retry_at_us = 0;
    act = (struct order_act){.event = WO_EV_REVIEW_FAIL, .role = WO_ROLE_DISPATCHER, .worker_id = "", .has_text = true};
    assert_int_equal(order_step(&before, &act, now_us, &plan, &missing), WO_OK);
    assert_int_equal(plan.after.retry_at_us, now_us); /* the map may have changed while it was reviewed */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_displaced_when_its_grid_was_redrawn_ended_or_left_before),
        cmocka_unit_test(a_regrid_keeps_the_grid_of_record_the_state_and_the_worker),
        cmocka_unit_test(back_in_its_grid_of_record_an_order_has_no_other),
        cmocka_unit_test(a_reassignment_ends_one_assignment_and_begins_the_next),
        cmocka_unit_test(what_is_fed_back_or_over_is_not_moved),
        cmocka_unit_test(signing_does_not_forget_that_a_move_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
