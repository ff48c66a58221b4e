/* The table of problems, and the documents made from it. */
#include "support.h"

#include <jansson.h>

static void codes_are_distinct_and_found_again(void **state) {
    (void)state;
    for (unsigned i = 0; i < WIRE_PROBLEM_COUNT; i++) {
        enum wire_problem p = (enum wire_problem)i;
        const char *type = wire_problem_type(p);

        assert_int_equal(strncmp(type, "urn:paidan:problem:", 19), 0);
        assert_int_equal(strspn(type + 19, "abcdefghijklmnopqrstuvwxyz-"), strlen(type + 19));
        assert_int_equal(wire_problem_find(type), p);
        assert_int_equal(wire_problem_find(type + 19), p);
        assert_in_range(wire_problem_status(p), 400, 599);
        assert_true(strlen(wire_problem_title(p)) > 3);
    }
    assert_int_equal(wire_problem_find("urn:paidan:problem:"), WIRE_PROBLEM_COUNT);
    assert_int_equal(wire_problem_find(""), WIRE_PROBLEM_COUNT);
    assert_int_equal(wire_problem_find("about:blank"), WIRE_PROBLEM_COUNT);
}

static char *document(const Paidan__Common__V1__Problem *problem) {
    struct wire_buf out;

    wire_buf_init(&out, NULL, OUT_MAX);
    assert_true(wire_problem_write(problem, &out));
    return out.text;
}

static void check_document(const Paidan__Common__V1__Problem *problem, const char *want) {
    char *text = document(problem);

    assert_string_equal(text, want);
    free(text);
}

static void a_document_has_type_title_status_and_detail(void **state) {
    Paidan__Common__V1__Problem problem;

    (void)state;
    wire_problem_init(&problem, WIRE_PROBLEM_BUSY, "try again");
    problem.retry_after_s = 2;
    check_document(&problem, "{\"type\":\"urn:paidan:problem:busy\",\"title\":\"Busy\",\"status\":503,\"detail\":\"try "
                             "again\",\"retry_after_s\":2}");
    wire_problem_init(&problem, WIRE_PROBLEM_NOT_FOUND, NULL);
    check_document(&problem, "{\"type\":\"urn:paidan:problem:not-found\",\"title\":\"Not found\",\"status\":404}");
}

static void what_a_service_left_out_comes_from_the_table(void **state) {
    Paidan__Common__V1__Problem problem = PAIDAN__COMMON__V1__PROBLEM__INIT;
    char *actions[] = {(char[]){"start"}, (char[]){"cancel"}};

    (void)state;
    problem.type = (char[]){"wrong-state"};
    problem.state = PAIDAN__COMMON__V1__WORK_ORDER_STATE__WORK_ORDER_STATE_SIGNED;
    problem.n_allowed_actions = 2;
    problem.allowed_actions = actions;
    check_document(&problem, "{\"type\":\"urn:paidan:problem:wrong-state\",\"title\":\"Not possible in this state\","
                             "\"status\":409,\"state\":\"signed\",\"allowed_actions\":[\"start\",\"cancel\"]}");
    paidan__common__v1__problem__init(&problem);
    problem.type = (char[]){"urn:paidan:problem:guard"};
    problem.title = (char[]){"Mine"};
    problem.status = 409;
    check_document(&problem, "{\"type\":\"urn:paidan:problem:guard\",\"title\":\"Mine\",\"status\":409}");
    paidan__common__v1__problem__init(&problem);
    problem.status = 500;
    check_document(&problem, "{\"type\":\"about:blank\",\"status\":500}");
    problem.type = (char[]){"https://example.org/x"};
    check_document(&problem, "{\"type\":\"https://example.org/x\",\"status\":500}");
}

/* Whatever the key was, the document is JSON and says it. */
static void a_readers_finding_becomes_a_document(void **state) {
    static const char *const keys[] = {"x", "a/b~c", "\\u0001\\n\\\"", "\xe6\xb4\xbe", "%s%n"};

    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        char in[64] = "{\"";
        struct wire_problem_at at = {0};
        ProtobufCMessage *msg = NULL;
        Paidan__Common__V1__Problem problem;
        char *text;
        json_t *tree;

        add(in, sizeof in, keys[i]);
        add(in, sizeof in, "\":1}");
        assert_int_equal(wire_json_read(in, strlen(in), REGISTER, NULL, &msg, &at), PD_REFUSED);
        wire_problem_from(&problem, &at);
        text = document(&problem);
        tree = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(tree);
        assert_string_equal(json_string_value(json_object_get(tree, "type")), "urn:paidan:problem:unknown-field");
        assert_int_equal(json_integer_value(json_object_get(tree, "status")), 400);
        assert_string_equal(json_string_value(json_object_get(tree, "detail")), at.detail);
        json_decref(tree);
        free(text);
    }
}

static void a_document_that_does_not_fit_is_not_half_written(void **state) {
    Paidan__Common__V1__Problem problem;
    struct wire_buf out;

    (void)state;
    wire_problem_init(&problem, WIRE_PROBLEM_INTERNAL, "detail");
    wire_buf_init(&out, NULL, 20);
    assert_false(wire_problem_write(&problem, &out));
    wire_buf_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_distinct_and_found_again),
        cmocka_unit_test(a_document_has_type_title_status_and_detail),
        cmocka_unit_test(what_a_service_left_out_comes_from_the_table),
        cmocka_unit_test(a_readers_finding_becomes_a_document),
        cmocka_unit_test(a_document_that_does_not_fit_is_not_half_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
