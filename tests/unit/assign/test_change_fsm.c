/* change_fsm: the whole table of a grid change's procedure */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "assign/core/change_fsm.h"

static const uint32_t roles[] = {WO_ROLE_OPERATOR, WO_ROLE_DISPATCHER, WO_ROLE_WORKER, WO_ROLE_SUPERVISOR,
                                 WO_ROLE_ADMIN,    WO_ROLE_REQUESTER,  WO_ROLE_SYSTEM};

static enum change_answer ask(enum change_act act, enum change_kind kind, enum change_state state,
                              enum change_verdict verdict, uint32_t role, enum change_state *ret_to) {
    struct change_facts facts = {kind, state, verdict, role};
    return change_check(act, &facts, ret_to);
}

/* Does anybody reach `wanted` with this kind? */
static bool reaches(enum change_kind kind, enum change_state wanted) {
    bool reached[CHANGE_STATE_END] = {[CHANGE_DRAFT] = true};
    for (int round = 0; round < CHANGE_STATE_END; round++) {
        for (int state = CHANGE_DRAFT; state < CHANGE_STATE_END; state++) {
            for (int act = 0; reached[state] && act < CHANGE_ACT_COUNT; act++) {
                for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++) {
                    enum change_state to = CHANGE_DRAFT;
                    if (ask((enum change_act)act, kind, (enum change_state)state, CHECK_CLEAN, roles[r], &to) ==
                        CHANGE_OK) {
                        reached[to] = true;
                    }
                }
            }
        }
    }
    return reached[wanted];
}

static void every_kind_can_be_applied_and_withdrawn(void **state) {
    (void)state;
    for (int kind = CHANGE_IMPORT; kind < CHANGE_KIND_END; kind++) {
        assert_true(reaches((enum change_kind)kind, CHANGE_APPLIED));
        assert_true(reaches((enum change_kind)kind, CHANGE_WITHDRAWN));
        assert_true(reaches((enum change_kind)kind, CHANGE_FAULTY));
        assert_int_equal(reaches((enum change_kind)kind, CHANGE_VOTED), kind != CHANGE_IMPORT);
    }
}

static void what_is_over_stays_over(void **state) {
    (void)state;
    for (int kind = CHANGE_IMPORT; kind < CHANGE_KIND_END; kind++) {
        for (int act = 0; act < CHANGE_ACT_COUNT; act++) {
            for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++) {
                enum change_state to;
                assert_int_equal(
                    ask((enum change_act)act, (enum change_kind)kind, CHANGE_APPLIED, CHECK_CLEAN, roles[r], &to),
                    CHANGE_WRONG_STATE);
                assert_int_equal(
                    ask((enum change_act)act, (enum change_kind)kind, CHANGE_WITHDRAWN, CHECK_CLEAN, roles[r], &to),
                    CHANGE_WRONG_STATE);
            }
        }
    }
}

static void a_split_takes_each_step_of_its_procedure_in_order(void **state) {
    (void)state;
    static const enum change_act steps[] = {ACT_CONSULT, ACT_VOTE, ACT_SUBMIT, ACT_APPROVE, ACT_APPLY};
    enum change_state at = CHANGE_CHECKED;
    for (size_t i = 0; i < 5; i++) {
        for (size_t other = 0; other < 5; other++) {
            enum change_state to = at;
            enum change_answer answer = ask(steps[other], CHANGE_SPLIT, at, CHECK_CLEAN, WO_ROLE_SUPERVISOR, &to);
            assert_int_equal(answer == CHANGE_OK, other == i);
        }
        assert_int_equal(ask(steps[i], CHANGE_SPLIT, at, CHECK_CLEAN, WO_ROLE_SUPERVISOR, &at), CHANGE_OK);
    }
    assert_int_equal(at, CHANGE_APPLIED);
}

static void nothing_is_applied_without_a_clean_check(void **state) {
    (void)state;
    static const enum change_verdict verdicts[] = {CHECK_NONE, CHECK_RUNNING, CHECK_FAULTY};
    for (size_t i = 0; i < 3; i++) {
        enum change_state to = CHANGE_DRAFT;
        assert_int_equal(ask(ACT_APPLY, CHANGE_MERGE, CHANGE_APPROVED, verdicts[i], WO_ROLE_ADMIN, &to),
                         CHANGE_UNCHECKED);
        assert_int_equal(ask(ACT_APPLY, CHANGE_IMPORT, CHANGE_CHECKED, verdicts[i], WO_ROLE_ADMIN, &to),
                         CHANGE_UNCHECKED);
        assert_int_equal(to, CHANGE_DRAFT);
    }
}

static void approving_and_applying_are_not_for_dispatchers(void **state) {
    (void)state;
    for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++) {
        bool decides = (roles[r] & (WO_ROLE_SUPERVISOR | WO_ROLE_ADMIN)) != 0;
        bool drafts = decides || roles[r] == WO_ROLE_DISPATCHER;
        enum change_state to;
        assert_int_equal(ask(ACT_APPROVE, CHANGE_SPLIT, CHANGE_SUBMITTED, CHECK_CLEAN, roles[r], &to) == CHANGE_OK,
                         decides);
        assert_int_equal(ask(ACT_APPLY, CHANGE_SPLIT, CHANGE_APPROVED, CHECK_CLEAN, roles[r], &to) == CHANGE_OK,
                         decides);
        assert_int_equal(ask(ACT_CONSULT, CHANGE_SPLIT, CHANGE_CHECKED, CHECK_CLEAN, roles[r], &to) == CHANGE_OK,
                         drafts);
        assert_int_equal(ask(ACT_PASS, CHANGE_SPLIT, CHANGE_DRAFT, CHECK_RUNNING, roles[r], &to) == CHANGE_OK,
                         roles[r] == WO_ROLE_SYSTEM);
    }
}

static void once_consulted_the_features_stand_still_but_may_be_checked_again(void **state) {
    (void)state;
    for (int at = CHANGE_CONSULTED; at <= CHANGE_APPROVED; at++) {
        enum change_state to = CHANGE_DRAFT;
        assert_int_equal(ask(ACT_FEATURES, CHANGE_BOUNDARY, (enum change_state)at, CHECK_CLEAN, WO_ROLE_ADMIN, &to),
                         CHANGE_WRONG_STATE);
        assert_int_equal(ask(ACT_CHECK, CHANGE_BOUNDARY, (enum change_state)at, CHECK_CLEAN, WO_ROLE_ADMIN, &to),
                         CHANGE_OK);
        assert_int_equal(to, at);
        assert_int_equal(ask(ACT_FAIL, CHANGE_BOUNDARY, (enum change_state)at, CHECK_RUNNING, WO_ROLE_SYSTEM, &to),
                         CHANGE_OK);
        assert_int_equal(to, at);
    }
}

static void events_are_the_procedure_s_and_named_like_the_acts(void **state) {
    (void)state;
    for (int act = 0; act < CHANGE_ACT_COUNT; act++) {
        enum wo_event event = change_event((enum change_act)act);
        if (event != WO_EV_NONE) {
            assert_string_equal(wo_event_text(event) + strlen("change_"), change_act_text((enum change_act)act));
            enum wo_state to = WO_CLOSED;
            uint32_t missing = 0;
            assert_int_equal(wo_fsm_check(event, WO_NONE, WO_ROLE_ADMIN, 0, &to, &missing), WO_OK);
            assert_int_equal(to, WO_NONE);
        }
    }
    const char *names[CHANGE_ACT_COUNT];
    struct change_facts facts = {CHANGE_IMPORT, CHANGE_CHECKED, CHECK_CLEAN, WO_ROLE_ADMIN};
    assert_int_equal(change_allowed(&facts, names), 4);
    assert_string_equal(names[2], "apply");
    assert_string_equal(change_state_text(CHANGE_VOTED), "voted");
    assert_string_equal(change_state_text(CHANGE_STATE_END), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_can_be_applied_and_withdrawn),
        cmocka_unit_test(what_is_over_stays_over),
        cmocka_unit_test(a_split_takes_each_step_of_its_procedure_in_order),
        cmocka_unit_test(nothing_is_applied_without_a_clean_check),
        cmocka_unit_test(approving_and_applying_are_not_for_dispatchers),
        cmocka_unit_test(once_consulted_the_features_stand_still_but_may_be_checked_again),
        cmocka_unit_test(events_are_the_procedure_s_and_named_like_the_acts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
