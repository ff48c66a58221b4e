/* Requests made from the URL. */
#include "support.h"

#define BAD     WIRE_PROBLEM_WRONG_TYPE
#define BROKEN  WIRE_PROBLEM_MALFORMED
#define UNKNOWN WIRE_PROBLEM_UNKNOWN_FIELD

static void check_query(const ProtobufCMessageDescriptor *desc, const char *query, const char *want) {
    struct counting c = {0};
    ProtobufCAllocator alloc = counting_alloc(&c);
    struct wire_problem_at at = {0};
    ProtobufCMessage *msg = NULL;
    char *text;

    if (wire_query_read(query, strlen(query), desc, &alloc, &msg, &at) != PD_OK)
        fail_msg("%s: %s", query, at.detail);
    text = must_write(msg);
    assert_string_equal(text, want);
    free(text);
    protobuf_c_message_free_unpacked(msg, &alloc);
    assert_int_equal(c.out, 0);
}

static void check_bad_query(const ProtobufCMessageDescriptor *desc, const char *query, enum wire_problem problem,
                            const char *words) {
    struct counting c = {0};
    ProtobufCAllocator alloc = counting_alloc(&c);
    struct wire_problem_at at = {0};
    ProtobufCMessage *msg = NULL;
    enum pd_fate fate = wire_query_read(query, strlen(query), desc, &alloc, &msg, &at);

    if (fate != PD_REFUSED || at.problem != problem || strstr(at.detail, words) == NULL)
        fail_msg("%s: fate %d problem %d '%s'", query, (int)fate, (int)at.problem, at.detail);
    assert_null(msg);
    assert_int_equal(c.out, 0);
}

static void parameters_have_the_names_and_types_of_fields(void **state) {
    (void)state;
    check_query(LIST, "", "{}");
    check_query(LIST, "&&", "{}");
    check_query(LIST, "state=&grid=&limit=", "{}");
    check_query(LIST, "state=in_progress&limit=20&from=2026-01-01T00:00:00Z",
                "{\"state\":\"in_progress\",\"from\":\"2026-01-01T00:00:00Z\",\"limit\":20}");
    check_query(LIST, "state=WORK_ORDER_STATE_CLOSED&worker=W000123", "{\"state\":\"closed\",\"worker\":\"W000123\"}");
    check_query(LIST, "state=6", "{\"state\":\"in_progress\"}");
    check_query(LIST, "grid=%E8%BF%8E%e9%98%b3+%2B%26%3D", "{\"grid\":\"\xe8\xbf\x8e\xe9\x98\xb3 +&=\"}");
    check_query(LIST, "grid=a=b", "{\"grid\":\"a=b\"}");
    check_query(LIST, "%67rid=x", "{\"grid\":\"x\"}");
    check_query(LIST, "from=2026-01-01T08:00:00+08:00", "{\"from\":\"2026-01-01T00:00:00Z\"}");
    check_query(LIST, "from=2026-01-01T08:00:00%2B08:00", "{\"from\":\"2026-01-01T00:00:00Z\"}");
    check_query(LIST, "from=2025-12-31T16:00:00-08:00", "{\"from\":\"2026-01-01T00:00:00Z\"}");
    check_query(&paidan__assign__v1__list_orders_request__descriptor, "manual_queue=true", "{\"manual_queue\":true}");
    check_query(&paidan__assign__v1__list_orders_request__descriptor, "manualQueue=false", "{}");
    check_query(&paidan__assign__v1__locate_request__descriptor, "lat=22.5165&long=-113.3926",
                "{\"lat\":22.5165,\"long\":-113.3926}");
    check_query(&paidan__assign__v1__locate_request__descriptor, "lat=2.25e1", "{\"lat\":22.5}");
    check_query(EVERY, "a_uint64=18446744073709551615&a_int64=-9223372036854775808",
                "{\"a_int64\":-9223372036854775808,\"a_uint64\":\"18446744073709551615\"}");
    check_query(EVERY, "a_bytes=-_8&a_float=0.5&a_colour=-5&c_int32=0",
                "{\"a_float\":0.5,\"a_colour\":\"below_zero\",\"a_bytes\":\"+/8=\",\"c_int32\":0}");
}

static void wrong_parameters_are_named(void **state) {
    static const char *const no_number[] = {"abc", "1.5", "0x10", "1e3", "+1", "%201", "01", "2147483648", "--1", "1;"};
    static const char *const no_real[] = {"abc",   "nan",  "inf", "infinity", "0x1p3", "1e",
                                          "1e999", "%2B1", "1,5", "1%202",    "-",     "e1"};
    char query[64];

    (void)state;
    for (size_t i = 0; i < COUNT(no_number); i++) {
        (void)snprintf(query, sizeof query,
                       "limit="
                       "%s",
                       no_number[i]);
        check_bad_query(LIST, query, BAD, "parameter limit: expected a whole number from -2147483648 to 2147483647");
    }
    for (size_t i = 0; i < COUNT(no_real); i++) {
        (void)snprintf(query, sizeof query,
                       "lat="
                       "%s",
                       no_real[i]);
        check_bad_query(&paidan__assign__v1__locate_request__descriptor, query, BAD,
                        "parameter lat: expected a finite");
    }
    check_bad_query(LIST, "stat=closed", UNKNOWN, "parameter stat: ListRequestsRequest has no such field");
    check_bad_query(LIST, "stat=", UNKNOWN, "stat");
    check_bad_query(LIST, "=x", UNKNOWN, "");
    check_bad_query(LIST, "state=gone", BAD, "one of registered, precheck, accepted");
    check_bad_query(LIST, "state=99", BAD, "one of registered");
    check_bad_query(LIST, "limit=1&limit=2", BROKEN, "parameter limit: is given twice");
    check_bad_query(LIST, "limit=0&limit=2", BROKEN, "given twice");
    check_bad_query(LIST, "limit=&limit=2", BROKEN, "given twice");
    check_bad_query(LIST, "from=yesterday", BAD, "parameter from: expected a time");
    check_bad_query(LIST, "grid=%", BROKEN, "percent-encoded");
    check_bad_query(LIST, "grid=%4", BROKEN, "percent-encoded");
    check_bad_query(LIST, "grid=%zz", BROKEN, "percent-encoded");
    check_bad_query(LIST, "grid=%00", BROKEN, "percent-encoded");
    check_bad_query(LIST, "%00=1", BROKEN, "percent-encoded");
    check_bad_query(LIST, "grid=%ff", BROKEN, "percent-encoded");
    check_bad_query(LIST, "grid=\xff", BROKEN, "percent-encoded");
    check_bad_query(EVERY, "a_bool=1", BAD, "true or false");
    check_bad_query(EVERY, "r_int32=1", BAD, "cannot stand in a URL");
    check_bad_query(EVERY, "a_child=1", BAD, "cannot stand in a URL");
    check_bad_query(EVERY, "c_int32=1&c_string=x", BAD, "excludes another");
}

static void decoded_pairs_can_be_set_one_by_one(void **state) {
    struct counting c = {0};
    ProtobufCAllocator alloc = counting_alloc(&c);
    struct wire_problem_at at = {0};
    ProtobufCMessage *msg = wire_query_new(LIST, &alloc);
    char *text;

    (void)state;
    assert_int_equal(wire_query_set(msg, "limit", "20xx", 2, &alloc, &at), PD_OK);
    assert_int_equal(wire_query_set(msg, "limit", "30", 2, &alloc, &at), PD_REFUSED);
    assert_int_equal(at.problem, BROKEN);
    assert_int_equal(wire_query_set(msg, "grid", "x\xff", 2, &alloc, &at), PD_REFUSED);
    assert_int_equal(at.problem, BROKEN);
    assert_int_equal(wire_query_set(msg, "grid", "x\0", 2, &alloc, &at), PD_REFUSED);
    assert_int_equal(wire_query_set(msg, "gr\xff", "x", 1, &alloc, &at), PD_REFUSED);
    assert_int_equal(at.problem, BROKEN);
    assert_int_equal(wire_query_set(msg, "other", "x", 1, &alloc, &at), PD_REFUSED);
    assert_int_equal(at.problem, UNKNOWN);
    assert_int_equal(wire_query_set(msg, "from", "2026-01-01T08:00:00 08:00", 25, &alloc, &at), PD_OK);
    text = must_write(msg);
    assert_string_equal(text, "{\"from\":\"2026-01-01T00:00:00Z\",\"limit\":20}");
    free(text);
    protobuf_c_message_free_unpacked(msg, &alloc);
    assert_int_equal(c.out, 0);
}

static void the_path_wins_only_where_the_body_is_silent(void **state) {
    static const ProtobufCMessageDescriptor *const sign = &paidan__assign__v1__sign_request__descriptor;
    static const ProtobufCMessageDescriptor *const replay =
        &paidan__gateway__v1__replay_dead_letter_request__descriptor;
    static const struct {
        const ProtobufCMessageDescriptor *desc;
        const char *body;
        const char *value;
        const char *want; /* NULL: refused */
    } rows[] = {
        {sign, "{}", "abc", "{\"id\":\"abc\"}"},
        {sign, "{\"id\":\"abc\",\"dispatch_seq\":2}", "abc", "{\"id\":\"abc\",\"dispatch_seq\":2}"},
        {sign, "{\"id\":\"abd\"}", "abc", NULL},
        {sign, "{\"id\":\"abcd\"}", "abc", NULL},
        {sign, "{}", "", NULL},
        {sign, "{}", "\xff", NULL},
        {replay, "{}", "17", "{\"id\":17}"},
        {replay, "{\"id\":17}", "17", "{\"id\":17}"},
        {replay, "{\"id\":17}", "18", NULL},
        {replay, "{}", "x", NULL},
        {replay, "{\"id\":17}", "x", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct counting c = {0};
        ProtobufCAllocator alloc = counting_alloc(&c);
        struct wire_problem_at at = {0};
        ProtobufCMessage *msg = must_read(rows[i].desc, rows[i].body, strlen(rows[i].body), &alloc);
        enum pd_fate fate = wire_path_set(msg, "id", rows[i].value, strlen(rows[i].value), &alloc, &at);

        assert_int_equal(fate, rows[i].want != NULL ? PD_OK : PD_REFUSED);
        if (rows[i].want != NULL) {
            char *text = must_write(msg);
            assert_string_equal(text, rows[i].want);
            free(text);
        } else {
            assert_string_equal(at.pointer, "id");
        }
        protobuf_c_message_free_unpacked(msg, &alloc);
        assert_int_equal(c.out, 0);
    }
}

static void pieces_of_the_path_are_decoded(void **state) {
    char text[] = "a%2Fb+%E6%B4%BE%7e";
    char broken[] = "a%2";
    char nul[] = "a%00";
    size_t len = strlen(text);

    (void)state;
    assert_true(wire_url_decode(text, &len));
    assert_int_equal(len, 8);
    assert_memory_equal(text, "a/b+\xe6\xb4\xbe~", 8);
    len = strlen(broken);
    assert_false(wire_url_decode(broken, &len));
    len = strlen(nul);
    assert_false(wire_url_decode(nul, &len));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_have_the_names_and_types_of_fields),
        cmocka_unit_test(wrong_parameters_are_named),
        cmocka_unit_test(decoded_pairs_can_be_set_one_by_one),
        cmocka_unit_test(the_path_wins_only_where_the_body_is_silent),
        cmocka_unit_test(pieces_of_the_path_are_decoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
