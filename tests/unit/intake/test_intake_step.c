#include "intake/core/intake_step.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/geo.h"
#include "intake/core/intake_sight.h"

static const int64_t MINUTE = INT64_C(60) * 1000000, DAY = INT64_C(86400) * 1000000;
static const int64_t NOW = INT64_C(1795500000) * 1000000;

static const uint32_t roles[] = {0,
                                 WO_ROLE_OPERATOR,
                                 WO_ROLE_DISPATCHER,
                                 WO_ROLE_WORKER,
                                 WO_ROLE_SUPERVISOR,
                                 WO_ROLE_ADMIN,
                                 WO_ROLE_REQUESTER,
                                 WO_ROLE_SYSTEM};
enum { ROLES = sizeof roles / sizeof roles[0] };

/* The event an act fires, written down a second time: the visit's two verdicts are two lines. */
static const struct {
    enum intake_act act;
    enum wo_event event;
    bool redo;
} acts[] = {
    {INTAKE_REGISTER, WO_EV_REGISTER, false},
    {INTAKE_ACCEPT, WO_EV_ACCEPT, false},
    {INTAKE_ANSWER_DIRECTLY, WO_EV_ANSWER_DIRECTLY, false},
    {INTAKE_REJECT, WO_EV_REJECT, false},
    {INTAKE_CANCEL, WO_EV_CANCEL, false},
    {INTAKE_VISIT, WO_EV_VISIT_CLOSE, false},
    {INTAKE_VISIT, WO_EV_VISIT_REDO, true},
    {INTAKE_REOPEN, WO_EV_REOPEN, false},
    {INTAKE_ARCHIVE, WO_EV_ARCHIVE, false},
    {INTAKE_DISCLOSE, WO_EV_DISCLOSE, false},
};
enum { ACTS = sizeof acts / sizeof acts[0] };

/* A wish for which every guard holds. */
static struct intake_wish full_wish(enum intake_act act, uint32_t role) {
    return (struct intake_wish){
        .act = act,
        .actor = {.role = role, .account_id = "resident", .worker_id = "W1"},
        .text = "路灯不亮",
        .service_code = "streetlight",
        .address = "孙文东路 1 号",
        .name = "王小明",
        .phone = "13812341234",
        .reject_reason = 1,
        .satisfaction = 1,
    };
}

/* A row for which every guard holds, and which everybody may see. */
static struct intake_row full_row(enum wo_state state) {
    struct intake_row row = {
        .version = 4,
        .state = state,
        .channel = 1,
        .urgency = 1,
        .service_code = "streetlight",
        .requested_at_us = NOW - 3 * DAY,
        .registered_at_us = NOW - 3 * DAY,
        .requester_account = "resident",
        .worker_id = "W1",
        .has_order = true,
        .order_id = {7},
        .order_version = 5,
        .number = "ZS20261124-000001",
    };
    row.closed_at_us = state == WO_CLOSED ? NOW - DAY : 0;
    return row;
}

static struct intake_env env(void) {
    return (struct intake_env){
        .now_us = NOW, .reopen_us = 15 * DAY, .new_id = {1, 2, 3}, .city = "ZS", .day_count = 42};
}

static enum intake_answer step(const struct intake_row *row, const struct intake_wish *wish, struct intake_plan *plan,
                               struct intake_refusal *refusal) {
    struct intake_env e = env();
    memset(plan, 0xee, sizeof *plan);
    return intake_step(row, wish, &e, plan, refusal);
}

/* Each state, event and role decides as the table of the state machine says, and no other way. */
static void step_is_the_table(void **state) {
    (void)state;
    int done = 0;
    for (int from = 0; from < WO_STATE_COUNT; from++) {
        for (size_t a = 0; a < ACTS; a++) {
            for (size_t r = 0; r < ROLES; r++) {
                bool fresh = acts[a].act == INTAKE_REGISTER;
                if (fresh != (from == WO_NONE)) {
                    continue;
                }
                struct intake_row row = full_row((enum wo_state)from);
                struct intake_wish wish = full_wish(acts[a].act, roles[r]);
                wish.satisfaction = acts[a].redo ? 3 : wish.satisfaction;
                wish.justified = acts[a].redo;
                struct intake_plan plan;
                struct intake_refusal refusal;
                enum intake_answer answer = step(fresh ? NULL : &row, &wish, &plan, &refusal);
                const struct wo_rule *rule = wo_fsm_rule(acts[a].event, (enum wo_state)from);
                if (roles[r] == 0 && !fresh) {
                    assert_int_equal(answer, INTAKE_NOT_FOUND);
                } else if (rule == NULL) {
                    assert_int_equal(answer, INTAKE_REFUSED);
                    assert_int_equal(refusal.verdict, WO_WRONG_STATE);
                    assert_int_equal(refusal.event, acts[a].event);
                    assert_int_equal(refusal.state, from);
                } else if ((rule->actors & roles[r]) == 0) {
                    assert_int_equal(answer, INTAKE_REFUSED);
                    assert_int_equal(refusal.verdict, WO_WRONG_ACTOR);
                } else {
                    assert_int_equal(answer, INTAKE_DONE);
                    enum wo_state to = rule->to == WO_STATE_COUNT ? (enum wo_state)from : rule->to;
                    assert_int_equal(plan.event, acts[a].event);
                    assert_int_equal(plan.from, from);
                    assert_int_equal(plan.to, to);
                    assert_int_equal(plan.row.state, to);
                    assert_int_equal(plan.row.version, fresh ? 1 : row.version + 1);
                    assert_int_equal(plan.row.updated_at_us, NOW);
                    done++;
                }
            }
        }
    }
    assert_true(done > 40);
}

/* Takes from the wish (or the row) what the guard asks for. */
static void withhold(enum wo_guard guard, struct intake_wish *wish, struct intake_row *row) {
    switch (guard) {
    case WO_GUARD_HAS_PLACE:
        wish->address = " ";
        break;
    case WO_GUARD_HAS_CATEGORY:
        wish->service_code = "";
        row->service_code[0] = '\0';
        break;
    case WO_GUARD_HAS_TEXT:
        wish->text = "\n";
        break;
    case WO_GUARD_HAS_REASON:
        wish->reject_reason = 0;
        break;
    case WO_GUARD_HAS_SATISFACTION:
        wish->satisfaction = 0;
        break;
    case WO_GUARD_HAS_ORDER:
        row->has_order = false;
        break;
    case WO_GUARD_REOPEN_WINDOW:
        row->requested_at_us = row->closed_at_us = NOW - 15 * DAY - 1;
        break;
    case WO_GUARD_HAS_WORKER:
    case WO_GUARD_ASSIGNED:
    case WO_GUARD_CURRENT_SEQ:
    case WO_GUARD_HAS_RESULT:
        fail_msg("a guard of assign on an event of intake");
    }
}

static void each_missing_guard_is_named(void **state) {
    (void)state;
    size_t count, tried = 0;
    const struct wo_rule *rules = wo_fsm_rules(&count);
    for (size_t i = 0; i < count; i++) {
        if (wo_event_owner(rules[i].event) != WO_OWNER_INTAKE) {
            continue;
        }
        for (uint32_t guard = 1; guard <= WO_GUARD_REOPEN_WINDOW; guard <<= 1) {
            for (size_t a = 0; a < ACTS && (rules[i].guards & guard) != 0; a++) {
                /* without a satisfaction the visit cannot be known to be a redo */
                if (acts[a].event != rules[i].event || (acts[a].redo && guard == WO_GUARD_HAS_SATISFACTION)) {
                    continue;
                }
                struct intake_row row = full_row(rules[i].from);
                struct intake_wish wish = full_wish(acts[a].act, WO_ROLE_OPERATOR);
                wish.satisfaction = acts[a].redo ? 3 : wish.satisfaction;
                wish.justified = acts[a].redo;
                withhold((enum wo_guard)guard, &wish, &row);
                struct intake_plan plan;
                struct intake_refusal refusal;
                assert_int_equal(step(acts[a].act == INTAKE_REGISTER ? NULL : &row, &wish, &plan, &refusal),
                                 INTAKE_REFUSED);
                assert_int_equal(refusal.verdict, WO_GUARD_FAILED);
                assert_int_equal(refusal.missing, guard);
                tried++;
            }
        }
    }
    assert_true(tried >= 20);
}

static void registering_fills_the_row(void **state) {
    (void)state;
    struct intake_wish wish = full_wish(INTAKE_REGISTER, WO_ROLE_OPERATOR);
    wish.has_lat = wish.has_lon = true;
    wish.lat = 22.5;
    wish.lon = 113.4;
    wish.at_us = NOW - 30 * DAY;
    struct intake_plan plan;
    struct intake_refusal refusal;
    assert_int_equal(step(NULL, &wish, &plan, &refusal), INTAKE_DONE);
    static const uint8_t id[16] = {1, 2, 3};
    assert_memory_equal(plan.row.id, id, 16);
    assert_string_equal(plan.row.number, "ZS20261124-000042");
    assert_int_equal(plan.row.requested_at_us, NOW - 30 * DAY);
    assert_int_equal(plan.at_us, NOW - 30 * DAY);
    assert_int_equal(plan.row.registered_at_us, NOW);
    assert_true(plan.row.has_point && plan.row.lat == 22.5 && plan.row.lon == 113.4);
    assert_int_equal(plan.row.channel, 1);
    assert_int_equal(plan.row.urgency, 1);
    assert_string_equal(plan.row.service_code, "streetlight");
    assert_string_equal(plan.row.requester_account, "");
}

static void channel_and_owner_follow_the_role_when_not_given(void **state) {
    (void)state;
    struct intake_plan plan;
    struct intake_refusal refusal;
    struct intake_wish wish = full_wish(INTAKE_REGISTER, WO_ROLE_WORKER);
    assert_int_equal(step(NULL, &wish, &plan, &refusal), INTAKE_DONE);
    assert_int_equal(plan.row.channel, 3);
    wish = full_wish(INTAKE_REGISTER, WO_ROLE_REQUESTER);
    assert_int_equal(step(NULL, &wish, &plan, &refusal), INTAKE_DONE);
    assert_int_equal(plan.row.channel, 2);
    assert_string_equal(plan.row.requester_account, "resident");
    wish.channel = 4;
    wish.urgency = 2;
    assert_int_equal(step(NULL, &wish, &plan, &refusal), INTAKE_DONE);
    assert_int_equal(plan.row.channel, 4);
    assert_int_equal(plan.row.urgency, 2);
}

static char *repeated(const char *character, size_t count) {
    static char text[4 * 4001 + 1];
    size_t length = strlen(character);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + i * length, character, length);
    }
    text[count * length] = '\0';
    return text;
}

static void malformed(const struct intake_row *row, const struct intake_wish *wish, const char *field) {
    struct intake_plan plan;
    struct intake_refusal refusal;
    assert_int_equal(step(row, wish, &plan, &refusal), INTAKE_MALFORMED);
    assert_non_null(refusal.detail);
    if (strncmp(refusal.detail, field, strlen(field)) != 0) {
        fail_msg("expected %s, got: %s", field, refusal.detail);
    }
}

#define MALFORMED(field, change)                                                                                       \
    do {                                                                                                               \
        struct intake_wish wish = full_wish(INTAKE_REGISTER, WO_ROLE_OPERATOR);                                        \
        change;                                                                                                        \
        malformed(NULL, &wish, field);                                                                                 \
    } while (0)

static void registration_is_bounded(void **state) {
    (void)state;
    MALFORMED("description", wish.text = "");
    MALFORMED("description", wish.text = "  ");
    MALFORMED("description", wish.text = "\xff");
    MALFORMED("description", wish.text = repeated("路", 4001));
    MALFORMED("service_code", wish.service_code = "");
    MALFORMED("service_code", wish.service_code = "a b");
    MALFORMED("channel", wish.channel = 7);
    MALFORMED("channel", wish.channel = -1);
    MALFORMED("urgency", wish.urgency = 3);
    MALFORMED("requester.name", wish.name = repeated("王", 65));
    MALFORMED("requester.phone", wish.phone = "not a phone");
    MALFORMED("location:", wish.has_lat = true);
    MALFORMED("location:", wish.has_lon = true);
    MALFORMED("location.lat", (wish.has_lat = wish.has_lon = true, wish.lat = 90.1));
    MALFORMED("location.lat", (wish.has_lat = wish.has_lon = true, wish.lat = (double)NAN));
    MALFORMED("location.long", (wish.has_lat = wish.has_lon = true, wish.lon = -180.5));
    MALFORMED("location.long", (wish.has_lat = wish.has_lon = true, wish.lon = (double)INFINITY));
    MALFORMED("location.coordinate_system", wish.coordinate_system = 5);
    MALFORMED("location.coordinate_system", wish.coordinate_system = -1);
    MALFORMED("location.original", wish.has_original = true);
    MALFORMED("location.address", wish.address = repeated("a", 501));
    MALFORMED("requested_at", wish.at_us = NOW + 5 * MINUTE + 1);
    MALFORMED("requested_at", wish.at_us = -1);
    MALFORMED("requested_at", wish.at_us = INT64_MAX);
}

static struct intake_row registered_at(int system, double lat, double lon) {
    struct intake_wish wish = full_wish(INTAKE_REGISTER, WO_ROLE_OPERATOR);
    struct intake_plan plan;
    struct intake_refusal refusal;
    wish.has_lat = wish.has_lon = true;
    wish.lat = lat;
    wish.lon = lon;
    wish.coordinate_system = system;
    assert_int_equal(step(NULL, &wish, &plan, &refusal), INTAKE_DONE);
    return plan.row;
}

static void coordinates_are_stored_in_wgs84_and_another_declared_system_is_kept(void **state) {
    (void)state;
    for (int system = GEO_GCJ02; system < GEO_SYSTEM_COUNT; system++) {
        double lat = 0, lon = 0;
        assert_true(geo_from_wgs84(system, 22.517, 113.39324, &lat, &lon));
        struct intake_row row = registered_at(system, lat, lon);
        assert_true(fabs(row.lat - 22.517) < 1e-9 && fabs(row.lon - 113.39324) < 1e-9);
        assert_int_equal(row.original.system, system);
        assert_true(row.original.lat == lat && row.original.lon == lon);
    }
    for (int system = GEO_UNSPECIFIED; system <= GEO_WGS84; system++) {
        struct intake_row row = registered_at(system, 22.517, 113.39324);
        assert_true(row.lat == 22.517 && row.lon == 113.39324);
        assert_int_equal(row.original.system, 0);
    }
}

static void the_bounds_themselves_are_fine(void **state) {
    (void)state;
    struct intake_plan plan;
    struct intake_refusal refusal;
    struct intake_wish wish = full_wish(INTAKE_REGISTER, WO_ROLE_OPERATOR);
    wish.text = repeated("路", 4000);
    wish.phone = wish.name = "";
    wish.at_us = NOW + 5 * MINUTE;
    wish.has_lat = wish.has_lon = true;
    wish.lat = -90;
    wish.lon = 180;
    wish.address = "";
    assert_int_equal(step(NULL, &wish, &plan, &refusal), INTAKE_DONE);
    wish.has_lat = wish.has_lon = false;
    wish.address = "x";
    assert_int_equal(step(NULL, &wish, &plan, &refusal), INTAKE_DONE);
    assert_false(plan.row.has_point);
}

static void what_changes_a_request_is_bounded(void **state) {
    (void)state;
    struct intake_row row = full_row(WO_REGISTERED);
    struct intake_wish wish = full_wish(INTAKE_REJECT, WO_ROLE_OPERATOR);
    wish.reject_reason = 8;
    malformed(&row, &wish, "reason");
    wish = full_wish(INTAKE_CANCEL, WO_ROLE_OPERATOR);
    wish.text = repeated("x", 4001);
    malformed(&row, &wish, "text");
    wish.text = "\xc0\x80";
    malformed(&row, &wish, "text");
    wish = full_wish(INTAKE_ACCEPT, WO_ROLE_OPERATOR);
    wish.service_code = "not good";
    malformed(&row, &wish, "service_code");
    wish = full_wish(INTAKE_ACCEPT, WO_ROLE_OPERATOR);
    wish.urgency = -1;
    malformed(&row, &wish, "urgency");
    wish = full_wish(INTAKE_ACCEPT, WO_ROLE_OPERATOR);
    wish.at_us = row.requested_at_us - 1;
    malformed(&row, &wish, "occurred_at");
    wish.at_us = NOW + 5 * MINUTE + 1;
    malformed(&row, &wish, "occurred_at");
    row = full_row(WO_VISITING);
    wish = full_wish(INTAKE_VISIT, WO_ROLE_OPERATOR);
    wish.satisfaction = 5;
    malformed(&row, &wish, "satisfaction");
    row = full_row(WO_CLOSED);
    wish = full_wish(INTAKE_REOPEN, WO_ROLE_OPERATOR);
    wish.at_us = row.closed_at_us - 1;
    malformed(&row, &wish, "occurred_at");
}

static struct intake_plan done(struct intake_row row, struct intake_wish wish) {
    struct intake_plan plan;
    struct intake_refusal refusal;
    assert_int_equal(step(&row, &wish, &plan, &refusal), INTAKE_DONE);
    return plan;
}

static void what_happened_earlier_keeps_its_time(void **state) {
    (void)state;
    struct intake_row row = full_row(WO_REGISTERED);
    struct intake_wish wish = full_wish(INTAKE_ACCEPT, WO_ROLE_OPERATOR);
    wish.at_us = row.requested_at_us + MINUTE;
    wish.urgency = 2;
    wish.service_code = "pothole";
    struct intake_plan plan = done(row, wish);
    assert_int_equal(plan.row.accepted_at_us, wish.at_us);
    assert_int_equal(plan.at_us, wish.at_us);
    assert_int_equal(plan.row.urgency, 2);
    assert_string_equal(plan.row.service_code, "pothole");
    wish.urgency = 0;
    wish.service_code = "";
    wish.at_us = 0;
    plan = done(row, wish);
    assert_int_equal(plan.row.accepted_at_us, NOW);
    assert_int_equal(plan.row.urgency, 1);
    assert_string_equal(plan.row.service_code, "streetlight");
    row = full_row(WO_VISITING);
    wish = full_wish(INTAKE_VISIT, WO_ROLE_OPERATOR);
    wish.at_us = NOW - MINUTE;
    assert_int_equal(done(row, wish).row.closed_at_us, NOW - MINUTE);
    /* said a little ahead of our clock: never closed before it was asked */
    row.requested_at_us = NOW + MINUTE;
    wish.at_us = 0;
    assert_int_equal(done(row, wish).row.closed_at_us, NOW + MINUTE);
}

static void a_visit_closes_unless_the_requester_is_right(void **state) {
    (void)state;
    for (int satisfaction = 1; satisfaction <= 4; satisfaction++) {
        for (int justified = 0; justified <= 1; justified++) {
            struct intake_wish wish = full_wish(INTAKE_VISIT, WO_ROLE_OPERATOR);
            wish.satisfaction = satisfaction;
            wish.justified = justified == 1;
            struct intake_plan plan = done(full_row(WO_VISITING), wish);
            bool redo = satisfaction == 3 && justified == 1;
            assert_int_equal(plan.event, redo ? WO_EV_VISIT_REDO : WO_EV_VISIT_CLOSE);
            assert_int_equal(plan.to, redo ? WO_ACCEPTED : WO_CLOSED);
            assert_int_equal(plan.row.satisfaction, satisfaction);
            assert_int_equal(plan.row.closed_at_us, redo ? 0 : NOW);
        }
    }
}

static void ends_and_reopening(void **state) {
    (void)state;
    struct intake_plan plan = done(full_row(WO_REGISTERED), full_wish(INTAKE_ANSWER_DIRECTLY, WO_ROLE_OPERATOR));
    assert_int_equal(plan.row.result, 7);
    assert_int_equal(plan.row.closed_at_us, NOW);
    plan = done(full_row(WO_REGISTERED), full_wish(INTAKE_REJECT, WO_ROLE_SUPERVISOR));
    assert_int_equal(plan.row.reject_reason, 1);
    assert_int_equal(plan.row.closed_at_us, NOW);
    plan = done(full_row(WO_SIGNED), full_wish(INTAKE_CANCEL, WO_ROLE_REQUESTER));
    assert_int_equal(plan.row.closed_at_us, NOW);
    plan = done(full_row(WO_CLOSED), full_wish(INTAKE_REOPEN, WO_ROLE_REQUESTER));
    assert_int_equal(plan.row.closed_at_us, 0);
    assert_int_equal(plan.row.reopen_count, 1);
    plan = done(full_row(WO_CLOSED), full_wish(INTAKE_ARCHIVE, WO_ROLE_SYSTEM));
    assert_int_equal(plan.row.closed_at_us, NOW - DAY);
    plan = done(full_row(WO_CLOSED), full_wish(INTAKE_DISCLOSE, WO_ROLE_OPERATOR));
    assert_int_equal(plan.row.closed_at_us, NOW - DAY);
}

static void a_supervisor_may_reopen_at_any_time(void **state) {
    (void)state;
    struct intake_row row = full_row(WO_CLOSED);
    row.requested_at_us = row.closed_at_us = NOW - 400 * DAY;
    assert_int_equal(done(row, full_wish(INTAKE_REOPEN, WO_ROLE_SUPERVISOR)).row.reopen_count, 1);
    row.closed_at_us = NOW - 15 * DAY;
    assert_int_equal(done(row, full_wish(INTAKE_REOPEN, WO_ROLE_OPERATOR)).row.reopen_count, 1);
}

static void what_is_not_yours_is_not_there(void **state) {
    (void)state;
    struct intake_plan plan;
    struct intake_refusal refusal;
    struct intake_row row = full_row(WO_SIGNED);
    struct intake_wish wish = full_wish(INTAKE_DISCLOSE, WO_ROLE_WORKER);
    wish.actor.worker_id = "W2";
    assert_int_equal(step(&row, &wish, &plan, &refusal), INTAKE_NOT_FOUND);
    wish.actor.worker_id = "";
    row.worker_id[0] = '\0';
    assert_int_equal(step(&row, &wish, &plan, &refusal), INTAKE_NOT_FOUND);
    wish = full_wish(INTAKE_CANCEL, WO_ROLE_REQUESTER);
    wish.actor.account_id = "somebody";
    assert_int_equal(step(&row, &wish, &plan, &refusal), INTAKE_NOT_FOUND);
    wish = full_wish(INTAKE_CANCEL, WO_ROLE_OPERATOR);
    assert_int_equal(step(NULL, &wish, &plan, &refusal), INTAKE_NOT_FOUND);
}

/* ---- assign's events */

static struct intake_order_fact fact(int64_t version, enum wo_state to) {
    return (struct intake_order_fact){.order_id = {7},
                                      .version = version,
                                      .to = to,
                                      .has_details = true,
                                      .grid = "442000001005003",
                                      .worker_id = "W9",
                                      .dispatch_seq = 2,
                                      .result = 0};
}

static void a_request_follows_its_order(void **state) {
    (void)state;
    for (int from = 1; from < WO_STATE_COUNT; from++) {
        for (int to = 0; to <= WO_STATE_COUNT + 3; to++) {
            struct intake_row row = full_row((enum wo_state)from);
            row.result = 2;
            struct intake_order_fact f = fact(6, (enum wo_state)to);
            assert_int_equal(intake_mirror(&row, &f, NOW), INTAKE_MIRROR_CHANGED);
            bool follows = from >= WO_ACCEPTED && from <= WO_VISITING && to >= WO_ACCEPTED && to <= WO_VISITING;
            assert_int_equal(row.state, follows ? to : from);
            assert_int_equal(row.version, 4);
            assert_int_equal(row.order_version, 6);
            assert_string_equal(row.worker_id, "W9");
            assert_string_equal(row.grid, "442000001005003");
            assert_int_equal(row.dispatch_seq, 2);
            assert_int_equal(row.result, 2);
            assert_int_equal(row.updated_at_us, NOW);
        }
    }
}

static void old_facts_change_nothing(void **state) {
    (void)state;
    struct intake_row row = full_row(WO_SIGNED), before = row;
    for (int64_t version = 1; version <= 5; version++) {
        struct intake_order_fact f = fact(version, WO_DISPATCHED);
        assert_int_equal(intake_mirror(&row, &f, NOW), INTAKE_MIRROR_OLD);
    }
    assert_memory_equal(&row, &before, sizeof row);
    struct intake_order_fact other = fact(9, WO_DISPATCHED);
    other.order_id[0] = 8;
    assert_int_equal(intake_mirror(&row, &other, NOW), INTAKE_MIRROR_OLD);
    other.version = 1;
    assert_int_equal(intake_mirror(&row, &other, NOW), INTAKE_MIRROR_CHANGED);
    assert_int_equal(row.order_id[0], 8);
}

static void facts_without_or_with_odd_details(void **state) {
    (void)state;
    struct intake_row row = full_row(WO_SIGNED);
    struct intake_order_fact f = fact(6, WO_IN_PROGRESS);
    f.has_details = false;
    assert_int_equal(intake_mirror(&row, &f, NOW), INTAKE_MIRROR_CHANGED);
    assert_string_equal(row.worker_id, "W1");
    assert_int_equal(row.state, WO_IN_PROGRESS);
    f = fact(7, WO_FED_BACK);
    f.result = 1;
    f.worker_id = "";
    assert_int_equal(intake_mirror(&row, &f, NOW), INTAKE_MIRROR_CHANGED);
    assert_string_equal(row.worker_id, "");
    assert_int_equal(row.result, 1);
    struct intake_row before = row;
    f = fact(8, WO_VISITING);
    f.grid = repeated("4", 65);
    assert_int_equal(intake_mirror(&row, &f, NOW), INTAKE_MIRROR_IMPOSSIBLE);
    assert_memory_equal(&row, &before, sizeof row);
}

/* ---- sight */

static void staff_read_all_and_others_their_own(void **state) {
    (void)state;
    struct intake_row row = full_row(WO_SIGNED);
    for (size_t r = 0; r < ROLES; r++) {
        struct intake_actor actor = {.role = roles[r], .account_id = "resident", .worker_id = "W1"};
        bool reads = roles[r] != 0 && roles[r] != WO_ROLE_SYSTEM;
        assert_int_equal(intake_may_read(&row, &actor), reads);
        assert_int_equal(intake_may_see(&row, &actor), roles[r] != 0);
        actor.account_id = actor.worker_id = "another";
        bool own_only = roles[r] == WO_ROLE_WORKER || roles[r] == WO_ROLE_REQUESTER;
        assert_int_equal(intake_may_read(&row, &actor), reads && !own_only);
    }
}

static void actions(enum wo_state at, uint32_t role, const char *expected) {
    struct intake_row row = full_row(at);
    struct intake_actor actor = {.role = role, .account_id = "resident", .worker_id = "W1"};
    const char *names[INTAKE_ACTIONS_MAX];
    char text[256] = "";
    size_t count = intake_actions(&row, &actor, names);
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? " " : "", names[i]);
    }
    assert_string_equal(text, expected);
}

static void actions_are_named_as_in_urls(void **state) {
    (void)state;
    actions(WO_REGISTERED, WO_ROLE_OPERATOR, "accept answer_directly reject cancel disclose");
    actions(WO_REGISTERED, WO_ROLE_REQUESTER, "cancel");
    actions(WO_DISPATCHED, WO_ROLE_WORKER, "sign disclose");
    actions(WO_VISITING, WO_ROLE_OPERATOR, "visit disclose");
    actions(WO_CLOSED, WO_ROLE_SUPERVISOR, "reopen archive disclose");
    actions(WO_ARCHIVED, WO_ROLE_SUPERVISOR, "");
    actions(WO_SIGNED, WO_ROLE_ADMIN, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step_is_the_table),
        cmocka_unit_test(each_missing_guard_is_named),
        cmocka_unit_test(registering_fills_the_row),
        cmocka_unit_test(channel_and_owner_follow_the_role_when_not_given),
        cmocka_unit_test(registration_is_bounded),
        cmocka_unit_test(coordinates_are_stored_in_wgs84_and_another_declared_system_is_kept),
        cmocka_unit_test(the_bounds_themselves_are_fine),
        cmocka_unit_test(what_changes_a_request_is_bounded),
        cmocka_unit_test(what_happened_earlier_keeps_its_time),
        cmocka_unit_test(a_visit_closes_unless_the_requester_is_right),
        cmocka_unit_test(ends_and_reopening),
        cmocka_unit_test(a_supervisor_may_reopen_at_any_time),
        cmocka_unit_test(what_is_not_yours_is_not_there),
        cmocka_unit_test(a_request_follows_its_order),
        cmocka_unit_test(old_facts_change_nothing),
        cmocka_unit_test(facts_without_or_with_odd_details),
        cmocka_unit_test(staff_read_all_and_others_their_own),
        cmocka_unit_test(actions_are_named_as_in_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
