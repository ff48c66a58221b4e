/* The whole table is asked, not examples of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/wo_fsm.h"
#include "paidan/common/v1/types.pb-c.h"

static const uint32_t ALL_GUARDS = (WO_GUARD_REOPEN_WINDOW << 1) - 1;

static void each_key_is_unique(void **state) {
    (void)state;
    size_t count;
    const struct wo_rule *rules = wo_fsm_rules(&count);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            if (rules[i].event == rules[j].event && rules[i].from == rules[j].from) {
                fail_msg("two rules for %s in %s", wo_event_text(rules[i].event), wo_state_text(rules[i].from));
            }
        }
    }
}

static void final_states_are_closed(void **state) {
    (void)state;
    size_t count;
    const struct wo_rule *rules = wo_fsm_rules(&count);
    for (size_t i = 0; i < count; i++) {
        if (wo_state_is_final(rules[i].from)) {
            fail_msg("%s leads out of final %s", wo_event_text(rules[i].event), wo_state_text(rules[i].from));
        }
    }
}

/* States that rows of later issues lead into; they must stay unreachable until then, and be removed from here with them. */
static int awaits_its_rows(enum wo_state s) {
    return s == WO_PRECHECK || s == WO_SUSPENDED || s == WO_POSTCHECK || s == WO_MERGED;
}

static void every_state_is_reachable_and_can_end(void **state) {
    (void)state;
    size_t count;
    const struct wo_rule *rules = wo_fsm_rules(&count);
    int reached[WO_STATE_COUNT] = {[WO_NONE] = 1}, ends[WO_STATE_COUNT] = {0};
    for (int s = 0; s < WO_STATE_COUNT; s++) {
        ends[s] = wo_state_is_final((enum wo_state)s);
    }
    for (int round = 0; round < WO_STATE_COUNT; round++) {
        for (size_t i = 0; i < count; i++) {
            if (rules[i].to < WO_STATE_COUNT) {
                reached[rules[i].to] |= reached[rules[i].from];
                ends[rules[i].from] |= ends[rules[i].to];
            }
        }
    }
    for (int s = 0; s < WO_STATE_COUNT; s++) {
        if (awaits_its_rows((enum wo_state)s)) {
            assert_int_equal(reached[s], 0);
        } else if (!reached[s] || !ends[s]) {
            fail_msg("%s: reached %d, can end %d", wo_state_text((enum wo_state)s), reached[s], ends[s]);
        }
    }
}

static void every_event_state_role_and_missing_guard_decides_as_the_table_says(void **state) {
    (void)state;
    int asked = 0;
    for (int e = 1; e < WO_EVENT_COUNT; e++) {
        for (int s = 0; s < WO_STATE_COUNT; s++) {
            const struct wo_rule *rule = wo_fsm_rule((enum wo_event)e, (enum wo_state)s);
            for (uint32_t role = WO_ROLE_OPERATOR; role <= WO_ROLE_SYSTEM; role <<= 1) {
                enum wo_state to = WO_STATE_COUNT;
                uint32_t missing = 0;
                enum wo_verdict v = wo_fsm_check((enum wo_event)e, (enum wo_state)s, role, ALL_GUARDS, &to, &missing);
                enum wo_verdict expected = rule == NULL ? WO_WRONG_STATE : rule->actors & role ? WO_OK : WO_WRONG_ACTOR;
                assert_int_equal(v, expected);
                if (v == WO_OK) {
                    assert_true(to < WO_STATE_COUNT);
                    assert_int_equal(to, rule->to < WO_STATE_COUNT ? (int)rule->to : s);
                }
                for (uint32_t guard = 1; v == WO_OK && guard <= WO_GUARD_REOPEN_WINDOW; guard <<= 1) {
                    v = wo_fsm_check((enum wo_event)e, (enum wo_state)s, role, ALL_GUARDS & ~guard, &to, &missing);
                    assert_int_equal(v, rule->guards & guard ? WO_GUARD_FAILED : WO_OK);
                    if (v == WO_GUARD_FAILED) {
                        assert_int_equal(missing, guard);
                        v = WO_OK;
                    }
                    asked++;
                }
                asked++;
            }
        }
    }
    assert_true(asked > 2000);
}

static void allowed_lists_exactly_the_rules_of_a_role(void **state) {
    (void)state;
    for (int s = 0; s < WO_STATE_COUNT; s++) {
        enum wo_event events[WO_EVENT_COUNT];
        size_t n = wo_fsm_allowed((enum wo_state)s, WO_ROLE_WORKER, events, WO_EVENT_COUNT);
        size_t expected = 0;
        for (int e = 1; e < WO_EVENT_COUNT; e++) {
            const struct wo_rule *rule = wo_fsm_rule((enum wo_event)e, (enum wo_state)s);
            expected += rule != NULL && (rule->actors & WO_ROLE_WORKER) != 0;
        }
        assert_int_equal(n, expected);
    }
}

/* What happens to a recipient or to the map is about no request: its events know one state, NONE, and it stays. */
static void a_fact_of_the_city_knows_no_state_and_is_no_action_on_a_request(void **state) {
    (void)state;
    static const uint32_t readers = WO_ROLE_WORKER | WO_ROLE_DISPATCHER | WO_ROLE_SUPERVISOR;
    static const struct {
        enum wo_event event;
        uint32_t actors;
    } of_recipients[] = {{WO_EV_RECIPIENT_MARK, readers},
                         {WO_EV_RECIPIENT_READ, readers},
                         {WO_EV_RECIPIENT_UNMARK, readers},
                         {WO_EV_RECIPIENT_ERASE, WO_ROLE_SUPERVISOR}};
    size_t count, found = 0;
    const struct wo_rule *rules = wo_fsm_rules(&count);
    for (size_t i = 0; i < count; i++) {
        for (size_t r = 0; r < sizeof of_recipients / sizeof of_recipients[0]; r++) {
            if (rules[i].event == of_recipients[r].event) {
                assert_int_equal(rules[i].from, WO_NONE);
                enum wo_state to = WO_CLOSED;
                uint32_t missing = 0;
                assert_int_equal(wo_fsm_check(rules[i].event, WO_NONE, WO_ROLE_SUPERVISOR, 0, &to, &missing), WO_OK);
                assert_int_equal(to, WO_NONE);
                assert_int_equal(rules[i].actors, of_recipients[r].actors);
                assert_int_equal(wo_event_owner(rules[i].event), WO_OWNER_ASSIGN);
                found++;
            }
        }
    }
    assert_int_equal(found, sizeof of_recipients / sizeof of_recipients[0]);
    for (uint32_t role = WO_ROLE_OPERATOR; role <= WO_ROLE_SYSTEM; role <<= 1) {
        const char *names[WO_EVENT_COUNT];
        size_t n = wo_fsm_actions(WO_NONE, role, names, WO_EVENT_COUNT);
        assert_true(n <= 1);
        assert_true(n == 0 || strcmp(names[0], "register") == 0);
    }
}

static void every_guard_has_words_and_a_code(void **state) {
    (void)state;
    for (uint32_t guard = 1; guard <= WO_GUARD_REOPEN_WINDOW; guard <<= 1) {
        assert_non_null(wo_guard_text((enum wo_guard)guard));
        assert_non_null(wo_guard_code((enum wo_guard)guard));
    }
}

/* The message's enumerations have the names and numbers of the table. */
static void the_words_of_the_bus_are_those_of_the_table(void **state) {
    (void)state;
    for (int s = 1; s < WO_STATE_COUNT; s++) {
        const ProtobufCEnumValue *value =
            protobuf_c_enum_descriptor_get_value(&paidan__common__v1__work_order_state__descriptor, s);
        assert_non_null(value);
        char name[64] = "";
        for (size_t i = 0; value->name[i] != '\0' && i < sizeof name - 1; i++) {
            char c = value->name[i];
            name[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
        assert_string_equal(name + strlen("work_order_state_"), wo_state_text((enum wo_state)s));
    }
    for (int e = 1; e < WO_EVENT_COUNT; e++) {
        const ProtobufCEnumValue *value =
            protobuf_c_enum_descriptor_get_value(&paidan__common__v1__work_order_event__descriptor, e);
        assert_non_null(value);
        assert_int_equal(wo_event_from_text(wo_event_text((enum wo_event)e)), e);
    }
    assert_int_equal(paidan__common__v1__work_order_state__descriptor.n_values, WO_STATE_COUNT);
    assert_int_equal(paidan__common__v1__work_order_event__descriptor.n_values, WO_EVENT_COUNT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_key_is_unique),
        cmocka_unit_test(final_states_are_closed),
        cmocka_unit_test(every_state_is_reachable_and_can_end),
        cmocka_unit_test(every_event_state_role_and_missing_guard_decides_as_the_table_says),
        cmocka_unit_test(allowed_lists_exactly_the_rules_of_a_role),
        cmocka_unit_test(a_fact_of_the_city_knows_no_state_and_is_no_action_on_a_request),
        cmocka_unit_test(every_guard_has_words_and_a_code),
        cmocka_unit_test(the_words_of_the_bus_are_those_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
