/* The OpenAPI document: its structure as the 3.1 specification wants it, and that it says what the routes say. */
#include "support.h"

#include "common/wire/openapi.h"

#include <jansson.h>

#define ORDERS  (&paidan__assign__v1__list_orders_request__descriptor)
#define SERVICE (&paidan__intake__v1__service_request__descriptor)

static const struct wire_route routes[] = {
    {"POST", "/v1/session", "log in", &paidan__gateway__v1__create_session_request__descriptor,
     &paidan__gateway__v1__create_session_response__descriptor, NULL, 201, false},
    {"POST", "/v1/requests", "register", REGISTER, SERVICE, "operator, worker", 201, true},
    {"GET", "/v1/requests", "list", LIST, &paidan__intake__v1__list_requests_response__descriptor, "operator", 0,
     false},
    {"GET", "/v1/requests/{id}", "one", &paidan__intake__v1__get_request_request__descriptor, SERVICE, "operator", 0,
     false},
    {"POST", "/v1/orders/{id}/sign", "sign", &paidan__assign__v1__sign_request__descriptor,
     &paidan__assign__v1__work_order__descriptor, "worker", 0, true},
    {"GET", "/v1/orders", "list", ORDERS, &paidan__assign__v1__list_orders_response__descriptor, "worker", 0, false},
    {"GET", "/v1/stream", "pushes", NULL, NULL, "worker", 101, false},
    {"GET", "/v1/requests/{id}/trace/{part}", NULL, NULL, NULL, NULL, 0, false},
    {"DELETE", "/v1/every/{a_int64}", "all types", EVERY, EVERY, "admin", 204, false},
};
static const struct wire_openapi_about about = {"paidan", "1.0", "dispatch"};

static json_t *document(void) {
    char *text = wire_openapi(&about, routes, COUNT(routes));
    char *again = wire_openapi(&about, routes, COUNT(routes));
    json_t *tree;

    assert_non_null(text);
    assert_string_equal(text, again);
    tree = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(tree);
    free(text);
    free(again);
    return tree;
}

/* Follows keys to a value that must exist. */
static json_t *at(json_t *tree, ...) {
    va_list keys;
    const char *key;

    va_start(keys, tree);
    while ((key = va_arg(keys, const char *)) != NULL) {
        json_t *next = json_object_get(tree, key);
        if (next == NULL)
            fail_msg("no key %s", key);
        tree = next;
    }
    va_end(keys);
    return tree;
}

static void check_reference(json_t *root, const char *reference) {
    static const char *const places[][2] = {{"schemas", "#/components/schemas/"},
                                            {"responses", "#/components/responses/"}};

    for (size_t i = 0; i < COUNT(places); i++)
        if (strncmp(reference, places[i][1], strlen(places[i][1])) == 0) {
            (void)at(root, "components", places[i][0], reference + strlen(places[i][1]), NULL);
            return;
        }
    fail_msg("%s", reference);
}

/* Every $ref anywhere leads somewhere; every schema has a known type. */
static void check_all_references(json_t *root, json_t *value, size_t *count) {
    const char *key;
    json_t *child;
    size_t i;

    if (json_is_array(value))
        json_array_foreach(value, i, child) check_all_references(root, child, count);
    else if (json_is_object(value))
        json_object_foreach(value, key, child) {
            if (strcmp(key, "$ref") == 0) {
                assert_int_equal(json_object_size(value), 1);
                check_reference(root, json_string_value(child));
                ++*count;
            }
            check_all_references(root, child, count);
        }
}

static void every_reference_leads_somewhere(void **state) {
    json_t *root = document();
    size_t count = 0;

    (void)state;
    check_all_references(root, root, &count);
    assert_true(count > 50);
    json_decref(root);
}

static bool has_parameter(json_t *operation, const char *name, const char *in, bool required) {
    json_t *parameter;
    size_t i;

    json_array_foreach(at(operation, "parameters", NULL), i,
                       parameter) if (strcmp(json_string_value(at(parameter, "name", NULL)), name) == 0 &&
                                      strcmp(json_string_value(at(parameter, "in", NULL)), in) ==
                                          0) return json_is_true(at(parameter, "required", NULL)) == required &&
        json_object_get(parameter, "schema");
    return false;
}

/* What the specification demands of each operation, for all of them. */
static void every_operation_is_complete(void **state) {
    json_t *root = document();
    json_t *ids = json_object();
    const char *path;
    const char *method;
    json_t *item;
    json_t *operation;
    size_t count = 0;

    (void)state;
    assert_string_equal(json_string_value(at(root, "openapi", NULL)), "3.1.0");
    assert_string_equal(json_string_value(at(root, "info", "title", NULL)), "paidan");
    assert_string_equal(json_string_value(at(root, "info", "version", NULL)), "1.0");
    assert_string_equal(json_string_value(at(root, "components", "securitySchemes", "bearer", "scheme", NULL)),
                        "bearer");
    json_object_foreach(at(root, "paths", NULL), path, item) {
        assert_int_equal(path[0], '/');
        json_object_foreach(item, method, operation) {
            const char *id = json_string_value(at(operation, "operationId", NULL));

            count++;
            assert_true(strcmp(method, "get") == 0 || strcmp(method, "post") == 0 || strcmp(method, "delete") == 0);
            assert_null(json_object_get(ids, id));
            (void)json_object_set_new(ids, id, json_true());
            assert_string_equal(json_string_value(at(operation, "responses", "default", "$ref", NULL)),
                                "#/components/responses/Problem");
            assert_int_equal(json_object_size(at(operation, "responses", NULL)), 2);
            assert_true(json_is_array(at(operation, "security", NULL)));
            for (const char *open = strchr(path, '{'); open != NULL; open = strchr(open + 1, '{')) {
                char name[32] = "";
                (void)strncat(name, open + 1, strcspn(open + 1, "}"));
                assert_true(has_parameter(operation, name, "path", true));
            }
        }
    }
    assert_int_equal(count, COUNT(routes));
    json_decref(ids);
    json_decref(root);
}

static void routes_say_what_they_take_and_give(void **state) {
    json_t *root = document();
    json_t *o = at(root, "paths", "/v1/requests", "post", NULL);

    (void)state;
    assert_string_equal(json_string_value(at(o, "requestBody", "content", "application/json", "schema", "$ref", NULL)),
                        "#/components/schemas/paidan.intake.v1.RegisterRequest");
    assert_string_equal(
        json_string_value(at(o, "responses", "201", "content", "application/json", "schema", "$ref", NULL)),
        "#/components/schemas/paidan.intake.v1.ServiceRequest");
    assert_true(has_parameter(o, "Idempotency-Key", "header", false));
    assert_int_equal(json_array_size(at(o, "security", NULL)), 1);
    assert_int_equal(json_array_size(at(root, "paths", "/v1/session", "post", "security", NULL)), 0);
    o = at(root, "paths", "/v1/requests", "get", NULL);
    assert_null(json_object_get(o, "requestBody"));
    assert_int_equal(json_array_size(at(o, "parameters", NULL)), LIST->n_fields);
    assert_true(has_parameter(o, "state", "query", false));
    assert_true(has_parameter(o, "from", "query", false));
    o = at(root, "paths", "/v1/requests/{id}", "get", NULL);
    assert_int_equal(json_array_size(at(o, "parameters", NULL)), 1);
    o = at(root, "paths", "/v1/stream", "get", NULL);
    assert_null(json_object_get(at(o, "responses", "101", NULL), "content"));
    o = at(root, "paths", "/v1/every/{a_int64}", "delete", NULL);
    assert_false(has_parameter(o, "a_child", "query", false));
    assert_false(has_parameter(o, "r_int32", "query", false));
    assert_true(has_parameter(o, "a_time", "query", false));
    json_decref(root);
}

static void schemas_are_those_of_the_messages(void **state) {
    json_t *root = document();
    json_t *every = at(root, "components", "schemas", "paidan.test.Every", NULL);
    json_t *properties = at(every, "properties", NULL);
    json_t *names = at(root, "components", "schemas", "paidan.test.Colour", "enum", NULL);

    (void)state;
    assert_true(json_is_false(at(every, "additionalProperties", NULL)));
    assert_int_equal(json_object_size(properties), EVERY->n_fields);
    assert_string_equal(json_string_value(at(properties, "a_int64", "format", NULL)), "int64");
    assert_string_equal(json_string_value(at(properties, "a_bytes", "contentEncoding", NULL)), "base64");
    assert_string_equal(json_string_value(at(properties, "a_time", "format", NULL)), "date-time");
    assert_string_equal(json_string_value(at(properties, "a_child", "$ref", NULL)),
                        "#/components/schemas/paidan.test.Every");
    assert_string_equal(json_string_value(at(properties, "r_time", "items", "format", NULL)), "date-time");
    assert_int_equal(json_array_size(names), 4);
    assert_string_equal(json_string_value(json_array_get(names, 0)), "below_zero");
    (void)at(root, "components", "schemas", "paidan.common.v1.Problem", "properties", "allowed_actions", "items", NULL);
    json_decref(root);
}

static size_t asked;
static size_t fail_at;
static size_t out;

static void *take(size_t size) {
    void *memory = ++asked == fail_at ? NULL : malloc(size);

    out += memory != NULL;
    return memory;
}

static void leave(void *memory) {
    out -= memory != NULL;
    free(memory);
}

/* The text itself is jansson's too, hence leave() for it. */
static void each_allocation_may_fail(void **state) {
    char *text = NULL;

    (void)state;
    json_set_alloc_funcs(take, leave);
    /* Steps that grow keep the test short: thousands of allocations, each run makes all before it again. */
    for (fail_at = 1; text == NULL; fail_at += 1 + fail_at / 50) {
        asked = 0;
        text = wire_openapi(&about, routes, COUNT(routes));
        if (text != NULL)
            leave(text);
        assert_int_equal(out, 0);
    }
    json_set_alloc_funcs(malloc, free);
    assert_true(fail_at > 500);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reference_leads_somewhere),    cmocka_unit_test(every_operation_is_complete),
        cmocka_unit_test(routes_say_what_they_take_and_give), cmocka_unit_test(schemas_are_those_of_the_messages),
        cmocka_unit_test(each_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
