/* order_step: every event in every state by every role with every guard missing, against the table of the state machine */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "assign/core/order_step.h"

static const int64_t now_us = 1764000000000000, accepted_us = 1763990000000000;

/* What assign is ever asked. */
static const enum wo_event own[] = {WO_EV_DISPATCH,    WO_EV_SIGN,        WO_EV_START,    WO_EV_FEED_BACK,
                                    WO_EV_REVIEW_PASS, WO_EV_REVIEW_FAIL, WO_EV_WITHDRAW, WO_EV_QUEUE_MANUALLY,
                                    WO_EV_REASSIGN,    WO_EV_REGRID,      WO_EV_DUTY_END, WO_EV_DUTY_BEGIN};
static const enum wo_event mirrored[] = {WO_EV_VISIT_CLOSE, WO_EV_VISIT_REDO, WO_EV_REOPEN, WO_EV_ARCHIVE};

static const uint32_t roles[] = {WO_ROLE_OPERATOR, WO_ROLE_DISPATCHER, WO_ROLE_WORKER, WO_ROLE_SUPERVISOR,
                                 WO_ROLE_ADMIN,    WO_ROLE_REQUESTER,  WO_ROLE_SYSTEM};

static struct order order_in(enum wo_state state) {
    static const uint8_t id[16] = {1}, request_id[16] = {2};
    struct order order = order_accept(id, request_id, accepted_us, accepted_us);
    order.state = state;
    order.version = 7;
    order.dispatch_seq = 3;
    if (state != WO_ACCEPTED) {
        order.worker_id = "W000001";
        order.grid = "442000001001001";
        order.grid_version = 4;
        order.dispatched_at_us = order.signed_at_us = order.started_at_us = order.fed_back_at_us = accepted_us + 1;
    }
    return order;
}

/* The act for which all guards hold. */
static struct order_act act_of(enum wo_event event, uint32_t role) {
    return (struct order_act){.event = event,
                              .role = role,
                              .worker_id = "W000001",
                              .seen_seq = 3,
                              .has_text = true,
                              .result = 1,
                              .target = {.grid = "442000001001009",
                                         .grid_version = 2,
                                         .worker_id = "W000009",
                                         .reason = QUEUE_NOBODY_ON_DUTY,
                                         .retry_at_us = now_us + 5}};
}

static enum wo_verdict step(const struct order *order, const struct order_act *act, struct order_plan *plan,
                            uint32_t *missing) {
    *missing = 0;
    return order_step(order, act, now_us, plan, missing);
}

static void own_events_follow_the_table_for_every_state_and_role(void **context) {
    (void)context;
    size_t happened = 0;
    for (size_t e = 0; e < sizeof own / sizeof own[0]; e++) {
        for (int s = 0; s < WO_STATE_COUNT; s++) {
            for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++) {
                struct order before = order_in((enum wo_state)s);
                struct order_act act = act_of(own[e], roles[r]);
                struct order_plan plan;
                uint32_t missing;
                const struct wo_rule *rule = wo_fsm_rule(own[e], (enum wo_state)s);
                enum wo_verdict verdict = step(&before, &act, &plan, &missing);
                if (rule == NULL) {
                    assert_int_equal(verdict, WO_WRONG_STATE);
                } else if ((rule->actors & roles[r]) == 0) {
                    assert_int_equal(verdict, WO_WRONG_ACTOR);
                } else if ((rule->guards & WO_GUARD_ASSIGNED) != 0 && s == WO_ACCEPTED) {
                    assert_int_equal(verdict, WO_GUARD_FAILED);
                } else {
                    assert_int_equal(verdict, WO_OK);
                    assert_true(plan.says);
                    assert_int_equal(plan.event, own[e]);
                    assert_int_equal(plan.after.version, 8);
                    assert_int_equal(plan.after.state, (int)rule->to == WO_STATE_COUNT ? s : (int)rule->to);
                    assert_int_equal(plan.after.updated_at_us, now_us);
                    happened++;
                }
            }
        }
    }
    assert_true(happened > 15);
}

static void what_happens_to_a_recipient_happens_to_no_order(void **context) {
    (void)context;
    static const enum wo_event of_recipients[] = {WO_EV_RECIPIENT_MARK, WO_EV_RECIPIENT_READ, WO_EV_RECIPIENT_UNMARK,
                                                  WO_EV_RECIPIENT_ERASE};
    for (size_t e = 0; e < sizeof of_recipients / sizeof of_recipients[0]; e++) {
        for (int s = WO_NONE + 1; s < WO_STATE_COUNT; s++) {
            for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++) {
                struct order before = order_in((enum wo_state)s);
                struct order_act act = act_of(of_recipients[e], roles[r]);
                struct order_plan plan;
                uint32_t missing;
                assert_int_equal(step(&before, &act, &plan, &missing), WO_WRONG_STATE);
            }
        }
    }
}

static void mirrored_events_follow_the_table_and_say_nothing(void **context) {
    (void)context;
    for (size_t e = 0; e < sizeof mirrored / sizeof mirrored[0]; e++) {
        for (int s = 0; s < WO_STATE_COUNT; s++) {
            struct order before = order_in((enum wo_state)s);
            struct order_act act = act_of(mirrored[e], WO_ROLE_SYSTEM);
            struct order_plan plan;
            uint32_t missing;
            const struct wo_rule *rule = wo_fsm_rule(mirrored[e], (enum wo_state)s);
            enum wo_verdict verdict = step(&before, &act, &plan, &missing);
            assert_int_equal(verdict, rule == NULL ? WO_WRONG_STATE : WO_OK);
            if (rule != NULL) {
                assert_false(plan.says);
                assert_int_equal(plan.after.version, 7);
                assert_int_equal(plan.after.state, rule->to);
            }
        }
    }
}

static void each_guard_that_a_rule_names_is_demanded(void **context) {
    (void)context;
    static const uint32_t guards[] = {WO_GUARD_ASSIGNED, WO_GUARD_CURRENT_SEQ, WO_GUARD_HAS_TEXT, WO_GUARD_HAS_RESULT,
                                      WO_GUARD_HAS_WORKER};
    size_t count, demanded = 0;
    const struct wo_rule *rules = wo_fsm_rules(&count);
    for (size_t i = 0; i < count; i++) {
        if (wo_event_owner(rules[i].event) != WO_OWNER_ASSIGN) {
            continue;
        }
        for (size_t g = 0; g < sizeof guards / sizeof guards[0]; g++) {
            struct order before = order_in(rules[i].from);
            struct order_act act = act_of(rules[i].event, rules[i].actors & ~(rules[i].actors - 1));
            struct order_plan plan;
            uint32_t missing;
            act.worker_id = guards[g] == WO_GUARD_ASSIGNED ? "W000002" : act.worker_id;
            act.seen_seq = guards[g] == WO_GUARD_CURRENT_SEQ ? 2 : act.seen_seq;
            act.has_text = guards[g] != WO_GUARD_HAS_TEXT;
            act.result = guards[g] == WO_GUARD_HAS_RESULT ? 0 : 1;
            act.target.worker_id = guards[g] == WO_GUARD_HAS_WORKER ? "" : act.target.worker_id;
            enum wo_verdict verdict = step(&before, &act, &plan, &missing);
            if ((rules[i].guards & guards[g]) != 0) {
                assert_int_equal(verdict, WO_GUARD_FAILED);
                assert_int_equal(missing, guards[g]);
                demanded++;
            } else {
                assert_int_equal(verdict, WO_OK);
            }
        }
    }
    assert_true(demanded >= 10);
}

static void no_seq_means_the_current_one(void **context) {
    (void)context;
    struct order before = order_in(WO_DISPATCHED);
    struct order_act act = act_of(WO_EV_SIGN, WO_ROLE_WORKER);
    struct order_plan plan;
    uint32_t missing;
    act.seen_seq = 0;
    assert_int_equal(step(&before, &act, &plan, &missing), WO_OK);
    assert_int_equal(plan.after.signed_at_us, now_us);
}

static void dispatch_opens_the_next_assignment_and_keeps_the_grid_of_record(void **context) {
    (void)context;
    struct order before = order_in(WO_ACCEPTED);
    struct order_act act = act_of(WO_EV_DISPATCH, WO_ROLE_SYSTEM);
    struct order_plan plan;
    uint32_t missing;
    before.queue_reason = QUEUE_NOBODY_ON_DUTY;
    before.retry_at_us = 1;
    assert_int_equal(step(&before, &act, &plan, &missing), WO_OK);
    assert_int_equal(plan.opened_seq, 4);
    assert_int_equal(plan.ended_seq, 0);
    assert_int_equal(plan.after.dispatch_seq, 4);
    assert_string_equal(plan.after.worker_id, "W000009");
    assert_string_equal(plan.after.grid, "442000001001009");
    assert_int_equal(plan.after.queue_reason, QUEUE_NONE);
    assert_int_equal(plan.after.retry_at_us, 0);
    assert_true(order_is_assigned(&plan.after));
    before.grid = "442000001001001";
    before.grid_version = 4;
    assert_int_equal(step(&before, &act, &plan, &missing), WO_OK);
    assert_string_equal(plan.after.grid, "442000001001001");
    assert_int_equal(plan.after.grid_version, 4);
}

static void a_redo_takes_the_order_back_and_ends_its_assignment(void **context) {
    (void)context;
    struct order before = order_in(WO_VISITING);
    struct order_act act = act_of(WO_EV_VISIT_REDO, WO_ROLE_SYSTEM);
    struct order_plan plan;
    uint32_t missing;
    assert_int_equal(step(&before, &act, &plan, &missing), WO_OK);
    assert_int_equal(plan.ended_seq, 3);
    assert_string_equal(plan.after.worker_id, "");
    assert_int_equal(plan.after.redo_count, 1);
    assert_int_equal(plan.after.dispatched_at_us, 0);
    assert_int_equal(plan.after.fed_back_at_us, 0);
    before = order_in(WO_CLOSED);
    act = act_of(WO_EV_REOPEN, WO_ROLE_SYSTEM);
    assert_int_equal(step(&before, &act, &plan, &missing), WO_OK);
    assert_int_equal(plan.ended_seq, 0); /* it ended when the order was closed */
    assert_int_equal(plan.after.state, WO_ACCEPTED);
}

static void withdrawal_ends_the_assignment_if_one_runs(void **context) {
    (void)context;
    for (int s = WO_ACCEPTED; s <= WO_VISITING; s++) {
        struct order before = order_in((enum wo_state)s);
        struct order_act act = act_of(WO_EV_WITHDRAW, WO_ROLE_SYSTEM);
        struct order_plan plan;
        uint32_t missing;
        assert_int_equal(step(&before, &act, &plan, &missing), WO_OK);
        assert_int_equal(plan.ended_seq, s == WO_ACCEPTED ? 0 : 3);
        assert_string_equal(plan.after.worker_id, before.worker_id);
        assert_int_equal(plan.after.state, WO_CANCELLED);
    }
}

static void a_reassignment_fences_the_one_before_and_begins_unsigned(void **context) {
    (void)context;
    for (int s = WO_DISPATCHED; s <= WO_IN_PROGRESS; s++) {
        struct order before = order_in((enum wo_state)s);
        struct order_act act = act_of(WO_EV_REASSIGN, WO_ROLE_SYSTEM);
        struct order_plan plan;
        uint32_t missing;
        before.held = true;
        assert_int_equal(step(&before, &act, &plan, &missing), WO_OK);
        assert_int_equal(plan.ended_seq, 3);
        assert_int_equal(plan.opened_seq, 4);
        assert_int_equal(plan.after.state, WO_DISPATCHED);
        assert_string_equal(plan.after.worker_id, "W000009");
        assert_string_equal(plan.after.grid, "442000001001001"); /* of record */
        assert_int_equal(plan.after.signed_at_us, 0);
        assert_int_equal(plan.after.started_at_us, 0);
        assert_int_equal(plan.after.dispatched_at_us, now_us);
        assert_false(plan.after.held);
    }
}

static void overlays_move_the_grid_and_hold_the_order_and_nothing_else(void **context) {
    (void)context;
    struct order before = order_in(WO_SIGNED);
    struct order_act act = act_of(WO_EV_REGRID, WO_ROLE_SYSTEM);
    struct order_plan plan;
    uint32_t missing;
    assert_int_equal(step(&before, &act, &plan, &missing), WO_OK);
    assert_string_equal(plan.after.grid_now, "442000001001009");
    assert_string_equal(plan.after.grid, before.grid);
    assert_string_equal(plan.after.worker_id, before.worker_id);
    assert_int_equal(plan.opened_seq, 0);
    struct order waiting = order_in(WO_ACCEPTED);
    waiting.queue_reason = QUEUE_NOBODY_ON_DUTY;
    waiting.retry_at_us = 9;
    assert_int_equal(step(&waiting, &act, &plan, &missing), WO_OK);
    assert_int_equal(plan.after.queue_reason, QUEUE_NOBODY_ON_DUTY);
    assert_int_equal(plan.after.retry_at_us, 9);
    act = act_of(WO_EV_DUTY_END, WO_ROLE_SYSTEM);
    assert_int_equal(step(&before, &act, &plan, &missing), WO_OK);
    assert_true(plan.after.held);
    before.held = true;
    act = act_of(WO_EV_DUTY_BEGIN, WO_ROLE_SYSTEM);
    assert_int_equal(step(&before, &act, &plan, &missing), WO_OK);
    assert_false(plan.after.held);
    assert_int_equal(plan.after.state, WO_SIGNED);
}

static void what_is_fed_back_is_held_no_longer_wherever_its_worker_is(void **context) {
    (void)context;
    struct order before = order_in(WO_IN_PROGRESS);
    before.held = true;
    struct order_act act = act_of(WO_EV_FEED_BACK, WO_ROLE_WORKER);
    struct order_plan plan;
    uint32_t missing;
    assert_int_equal(step(&before, &act, &plan, &missing), WO_OK);
    assert_false(plan.after.held);
    act = act_of(WO_EV_SIGN, WO_ROLE_WORKER);
    before.state = WO_DISPATCHED;
    assert_int_equal(step(&before, &act, &plan, &missing), WO_OK);
    assert_true(plan.after.held);
}

static void waiting_for_the_same_reason_is_said_once(void **context) {
    (void)context;
    struct order before = order_in(WO_ACCEPTED);
    struct order_target nobody = {.grid = "442000001001009",
                                  .grid_version = 2,
                                  .worker_id = "",
                                  .reason = QUEUE_NOBODY_ON_DUTY,
                                  .retry_at_us = 9};
    struct order_plan plan;
    uint32_t missing = 0;
    assert_int_equal(order_place(&before, &nobody, now_us, &plan, &missing), WO_OK);
    assert_true(plan.says);
    assert_int_equal(plan.event, WO_EV_QUEUE_MANUALLY);
    assert_int_equal(plan.after.version, 8);
    assert_string_equal(plan.after.grid, "442000001001009");
    struct order waiting = plan.after;
    nobody.retry_at_us = 77;
    assert_int_equal(order_place(&waiting, &nobody, now_us, &plan, &missing), WO_OK);
    assert_false(plan.says);
    assert_int_equal(plan.after.version, 8);
    assert_int_equal(plan.after.retry_at_us, 77);
    struct order_target somebody = {.grid = "442000001001009", .grid_version = 2, .worker_id = "W000009"};
    assert_int_equal(order_place(&waiting, &somebody, now_us, &plan, &missing), WO_OK);
    assert_int_equal(plan.event, WO_EV_DISPATCH);
    assert_int_equal(plan.after.version, 9);
    assert_int_equal(plan.after.state, WO_DISPATCHED);
}

static void times_are_bounded_by_acceptance_and_clock_skew(void **context) {
    (void)context;
    struct order order = order_in(WO_SIGNED);
    assert_int_equal(order_time_check(&order, accepted_us, now_us), ORDER_TIME_OK);
    assert_int_equal(order_time_check(&order, accepted_us - 1, now_us), ORDER_TIME_BEFORE_ACCEPTANCE);
    assert_int_equal(order_time_check(&order, now_us + ORDER_CLOCK_SKEW_US, now_us), ORDER_TIME_OK);
    assert_int_equal(order_time_check(&order, now_us + ORDER_CLOCK_SKEW_US + 1, now_us), ORDER_TIME_FUTURE);
}

static void allowed_are_own_events_and_of_a_worker_only_his(void **context) {
    (void)context;
    enum wo_event events[WO_EVENT_COUNT];
    struct order order = order_in(WO_SIGNED);
    assert_int_equal(order_allowed(&order, WO_ROLE_WORKER, "W000001", events, WO_EVENT_COUNT), 2);
    assert_int_equal(events[0], WO_EV_START);
    assert_int_equal(events[1], WO_EV_FEED_BACK);
    assert_int_equal(order_allowed(&order, WO_ROLE_WORKER, "W000002", events, WO_EVENT_COUNT), 0);
    assert_int_equal(order_allowed(&order, WO_ROLE_WORKER, "", events, WO_EVENT_COUNT), 0);
    assert_int_equal(order_allowed(&order, WO_ROLE_OPERATOR, "", events, WO_EVENT_COUNT), 0);
    order = order_in(WO_FED_BACK);
    assert_int_equal(order_allowed(&order, WO_ROLE_DISPATCHER, "", events, WO_EVENT_COUNT), 2);
    assert_int_equal(order_allowed(&order, WO_ROLE_DISPATCHER, "", events, 1), 1);
    order = order_in(WO_ARCHIVED);
    for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++) {
        assert_int_equal(order_allowed(&order, roles[r], "W000001", events, WO_EVENT_COUNT), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_events_follow_the_table_for_every_state_and_role),
        cmocka_unit_test(what_happens_to_a_recipient_happens_to_no_order),
        cmocka_unit_test(mirrored_events_follow_the_table_and_say_nothing),
        cmocka_unit_test(each_guard_that_a_rule_names_is_demanded),
        cmocka_unit_test(no_seq_means_the_current_one),
        cmocka_unit_test(dispatch_opens_the_next_assignment_and_keeps_the_grid_of_record),
        cmocka_unit_test(a_redo_takes_the_order_back_and_ends_its_assignment),
        cmocka_unit_test(withdrawal_ends_the_assignment_if_one_runs),
        cmocka_unit_test(a_reassignment_fences_the_one_before_and_begins_unsigned),
        cmocka_unit_test(overlays_move_the_grid_and_hold_the_order_and_nothing_else),
        cmocka_unit_test(what_is_fed_back_is_held_no_longer_wherever_its_worker_is),
        cmocka_unit_test(waiting_for_the_same_reason_is_said_once),
        cmocka_unit_test(times_are_bounded_by_acceptance_and_clock_skew),
        cmocka_unit_test(allowed_are_own_events_and_of_a_worker_only_his),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
