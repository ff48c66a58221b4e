/* The whole table: every address is found and leads to its row, every role is let in exactly where the table says, and the roles of
 * an event are the actors of its rules in the state machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "gateway/core/route.h"

static const uint32_t every_role[] = {WO_ROLE_OPERATOR, WO_ROLE_DISPATCHER, WO_ROLE_WORKER, WO_ROLE_SUPERVISOR,
                                      WO_ROLE_ADMIN};

/* The row's pattern with something in its places. */
static void example(const struct route *route, char path[256]) {
    char *to = path;
    for (const char *from = route->path; *from != '\0';) {
        if (*from != '{') {
            *to++ = *from++;
            continue;
        }
        const char *value = strncmp(from, "{service}", 9) == 0 ? "intake" : "0190c2a4-7d1e-7cc3-98c4-dc0c0c07398f";
        to = stpcpy(to, value);
        from = strchr(from, '}') + 1;
    }
    *to = '\0';
}

static void each_row_is_found_by_its_method_and_path(void **state) {
    (void)state;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct route *route = route_get((enum route_name)i);
        assert_int_equal(route->name, i);
        char path[256];
        example(route, path);
        struct route_match match;
        assert_int_equal(route_match(route->method_text, path, &match), ROUTE_FOUND);
        assert_ptr_equal(match.route, route);
        size_t places = 0;
        for (const char *p = route->path; (p = strchr(p, '{')) != NULL; p++) {
            places++;
        }
        assert_int_equal(match.count, places);
    }
}

static void another_method_is_refused_and_told_which_there_are(void **state) {
    (void)state;
    static const char *const methods[] = {"GET", "POST", "DELETE"};
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct route *route = route_get((enum route_name)i);
        char path[256];
        example(route, path);
        struct route_match match;
        assert_int_equal(route_match("PATCH", path, &match), ROUTE_NO_METHOD);
        for (size_t m = 0; m < 3; m++) {
            bool there = (match.methods & (1u << m)) != 0;
            struct route_match other;
            assert_int_equal(route_match(methods[m], path, &other), there ? ROUTE_FOUND : ROUTE_NO_METHOD);
        }
        assert_true(match.methods & (uint32_t)route->method);
    }
}

static void head_is_answered_where_get_is(void **state) {
    (void)state;
    struct route_match match;
    assert_int_equal(route_match("HEAD", "/v1/requests", &match), ROUTE_FOUND);
    assert_int_equal(match.route->name, ROUTE_LIST_REQUESTS);
    assert_int_equal(route_match("HEAD", "/v1/tokens", &match), ROUTE_NO_METHOD);
}

static void paths_that_are_none_are_not_found(void **state) {
    (void)state;
    static const char *const paths[] = {"",
                                        "/",
                                        "/v1",
                                        "/v1/",
                                        "/v1/request",
                                        "/v1/requestss",
                                        "/v1/requests/",
                                        "/v1/requests//accept",
                                        "/v1/requests/a/b/c",
                                        "/v1/requests/a/",
                                        "/v1/requests/a/sign",
                                        "/v1/orders/a/accept",
                                        "/v1/orders/a/delivered",
                                        "/v1/orders/a/withdraw",
                                        "/v1/requests/a/visit_close",
                                        "/v1/requests/a/register",
                                        "/v1/deadletters/intake/1",
                                        "/v1/deadletters/intake/1/replay/x",
                                        "/v2/requests",
                                        "v1/requests"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct route_match match;
        assert_int_equal(route_match("POST", paths[i], &match), ROUTE_NO_PATH);
        assert_int_equal(route_match("GET", paths[i], &match), ROUTE_NO_PATH);
    }
}

static void an_id_is_at_most_64_characters(void **state) {
    (void)state;
    char path[128] = "/v1/requests/";
    size_t at = strlen(path);
    memset(path + at, 'x', ROUTE_PARAM_LENGTH_MAX);
    struct route_match match;
    assert_int_equal(route_match("GET", path, &match), ROUTE_FOUND);
    assert_int_equal(match.params[0].length, ROUTE_PARAM_LENGTH_MAX);
    path[at + ROUTE_PARAM_LENGTH_MAX] = 'x';
    assert_int_equal(route_match("GET", path, &match), ROUTE_NO_PATH);
}

static void parameters_are_named_by_the_table(void **state) {
    (void)state;
    struct route_match match;
    assert_int_equal(route_match("POST", "/v1/deadletters/assign/17/replay", &match), ROUTE_FOUND);
    assert_int_equal(match.count, 2);
    assert_memory_equal(match.params[0].name, "service", 7);
    assert_memory_equal(match.params[0].value, "assign", 6);
    assert_int_equal(match.params[0].length, 6);
    assert_memory_equal(match.params[1].name, "id", 2);
    assert_int_equal(match.params[1].length, 2);
}

static void each_role_is_let_in_exactly_where_its_row_says(void **state) {
    (void)state;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct route *route = route_get((enum route_name)i);
        for (size_t r = 0; r < sizeof every_role / sizeof every_role[0]; r++) {
            bool in = route->roles == 0 || (route->roles & every_role[r]) != 0;
            assert_int_equal(route_authorise(route, every_role[r], true), in ? ROUTE_ALLOWED : ROUTE_FORBIDDEN);
        }
        assert_int_equal(route_authorise(route, 0, false), route->roles == 0 ? ROUTE_ALLOWED : ROUTE_UNAUTHENTICATED);
        assert_int_equal(route_authorise(route, WO_ROLE_WORKER, false),
                         route->roles == 0 ? ROUTE_ALLOWED : ROUTE_FORBIDDEN);
        /* nobody logs in as the city itself, and residents have no accounts */
        assert_int_equal(route->roles & (WO_ROLE_SYSTEM | WO_ROLE_REQUESTER), 0);
    }
}

static uint32_t actors_of(enum wo_event event) {
    size_t count = 0;
    const struct wo_rule *rules = wo_fsm_rules(&count);
    uint32_t actors = 0;
    for (size_t i = 0; i < count; i++) {
        if (rules[i].event == event) {
            actors |= rules[i].actors;
        }
    }
    return actors & ~(uint32_t)(WO_ROLE_SYSTEM | WO_ROLE_REQUESTER);
}

static void an_event_may_be_called_by_the_actors_of_its_rules(void **state) {
    (void)state;
    size_t compared = 0;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct route *route = route_get((enum route_name)i);
        enum wo_event event = wo_event_from_text(route->word);
        if (strcmp(route->word, "visit") == 0) {
            event = WO_EV_VISIT_CLOSE;
            assert_int_equal(actors_of(WO_EV_VISIT_REDO), actors_of(WO_EV_VISIT_CLOSE));
        }
        if (event == WO_EV_NONE) {
            continue;
        }
        assert_int_equal(route->roles, actors_of(event));
        assert_int_equal(route->kind, ROUTE_COMMAND);
        assert_string_equal(route->service, wo_event_owner(event) == WO_OWNER_INTAKE ? "intake" : "assign");
        compared++;
    }
    assert_int_equal(compared, 27);
}

static void every_event_that_a_person_fires_has_an_address(void **state) {
    (void)state;
    for (int event = 1; event < WO_EVENT_COUNT; event++) {
        if (actors_of((enum wo_event)event) == 0 || event == WO_EV_DELIVERED) {
            continue; /* the service's own; delivered comes through the stream */
        }
        const char *word =
            event == WO_EV_VISIT_CLOSE || event == WO_EV_VISIT_REDO ? "visit" : wo_event_text((enum wo_event)event);
        bool found = false;
        for (int i = 0; i < ROUTE_COUNT; i++) {
            found = found || strcmp(route_get((enum route_name)i)->word, word) == 0;
        }
        if (!found) {
            fail_msg("%s has no address", word);
        }
    }
}

static void a_worker_is_held_to_his_own(void **state) {
    (void)state;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct route *route = route_get((enum route_name)i);
        bool places = strchr(route->path, '{') != NULL || route->kind == ROUTE_LIST;
        if ((route->roles & WO_ROLE_WORKER) != 0 && places) {
            assert_int_not_equal(route->object, ROUTE_ANY);
        }
    }
}

static void subjects_are_those_of_the_bus(void **state) {
    (void)state;
    assert_string_equal(route_get(ROUTE_REGISTER)->subject, "pd.cmd.intake.register");
    assert_string_equal(route_get(ROUTE_LIST_ORDERS)->subject, "pd.qry.assign.list_orders");
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct route *route = route_get((enum route_name)i);
        if (route->kind != ROUTE_LOCAL) {
            const char *kind = route->kind == ROUTE_COMMAND ? "pd.cmd." : "pd.qry.";
            assert_int_equal(strncmp(route->subject, kind, 7), 0);
            assert_true(strcmp(route->service, "SERVICE") == 0 ||
                        route_is_service(route->service, strlen(route->service)));
        }
    }
}

static void services_are_four(void **state) {
    (void)state;
    assert_true(route_is_service("intake", 6));
    assert_true(route_is_service("assign", 6));
    assert_true(route_is_service("notify", 6));
    assert_true(route_is_service("audit", 5));
    assert_false(route_is_service("audit.x", 7));
    assert_false(route_is_service("gateway", 7));
    assert_false(route_is_service("audi", 4));
    assert_false(route_is_service("", 0));
    assert_false(route_is_service("*", 1));
}

static void texts_for_people(void **state) {
    (void)state;
    char text[64];
    route_allow(ROUTE_GET | ROUTE_POST | ROUTE_DELETE, text, sizeof text);
    assert_string_equal(text, "GET, HEAD, POST, DELETE");
    route_allow(0, text, sizeof text);
    assert_string_equal(text, "");
    route_roles(WO_ROLE_OPERATOR | WO_ROLE_ADMIN, text, sizeof text);
    assert_string_equal(text, "operator, admin");
    for (int i = 0; i < ROUTE_COUNT; i++) {
        route_roles(route_get((enum route_name)i)->roles, text, sizeof text);
        assert_true(strlen(route_get((enum route_name)i)->summary) > 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_found_by_its_method_and_path),
        cmocka_unit_test(another_method_is_refused_and_told_which_there_are),
        cmocka_unit_test(head_is_answered_where_get_is),
        cmocka_unit_test(paths_that_are_none_are_not_found),
        cmocka_unit_test(an_id_is_at_most_64_characters),
        cmocka_unit_test(parameters_are_named_by_the_table),
        cmocka_unit_test(each_role_is_let_in_exactly_where_its_row_says),
        cmocka_unit_test(an_event_may_be_called_by_the_actors_of_its_rules),
        cmocka_unit_test(every_event_that_a_person_fires_has_an_address),
        cmocka_unit_test(a_worker_is_held_to_his_own),
        cmocka_unit_test(subjects_are_those_of_the_bus),
        cmocka_unit_test(services_are_four),
        cmocka_unit_test(texts_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
