/* What wire_json_read() accepts and refuses, as tables over every type. */
#include "support.h"

#define BAD     WIRE_PROBLEM_WRONG_TYPE
#define BROKEN  WIRE_PROBLEM_MALFORMED
#define UNKNOWN WIRE_PROBLEM_UNKNOWN_FIELD

struct pair {
    const char *in;
    const char *out;
};

static void check_pairs(const ProtobufCMessageDescriptor *desc, const struct pair *pairs, size_t count) {
    for (size_t i = 0; i < count; i++)
        check_round(desc, pairs[i].in, pairs[i].out);
}

static void whole_numbers_are_read_to_their_limits(void **state) {
    static const struct {
        const char *name;
        const char *min;
        const char *max;
        const char *below;
        const char *above;
        bool wide; /* strings are accepted too */
    } types[] = {
        {"a_int32", "-2147483648", "2147483647", "-2147483649", "2147483648", false},
        {"a_sint32", "-2147483648", "2147483647", "-2147483649", "2147483648", false},
        {"a_sfixed32", "-2147483648", "2147483647", "-2147483649", "2147483648", false},
        {"a_int64", "-9223372036854775808", "9223372036854775807", "-9223372036854775809", "9223372036854775808", true},
        {"a_sint64", "-9223372036854775808", "9223372036854775807", "-9223372036854775809", "9223372036854775808",
         true},
        {"a_sfixed64", "-9223372036854775808", "9223372036854775807", "-9223372036854775809", "9223372036854775808",
         true},
        {"a_uint32", "0", "4294967295", "-1", "4294967296", false},
        {"a_fixed32", "0", "4294967295", "-1", "4294967296", false},
        {"a_uint64", "0", "9223372036854775807", "-1", "9223372036854775808", true},
        {"a_fixed64", "0", "9223372036854775807", "-1", "1e20", true},
    };
    static const char *const never[] = {"1.5",
                                        "true",
                                        "[]",
                                        "{}",
                                        "[1]",
                                        "\"\"",
                                        "\" 1\"",
                                        "\"1 \"",
                                        "\"0x1\"",
                                        "\"+1\"",
                                        "\"01\"",
                                        "\"1.0\"",
                                        "\"-\"",
                                        "\"99999999999999999999999\"",
                                        "9007199254740993.0"};
    char in[128];
    char pointer[32];

    (void)state;
    for (size_t i = 0; i < COUNT(types); i++) {
        (void)snprintf(pointer, sizeof pointer, "/%s", types[i].name);
        for (int edge = 0; edge < 2; edge++) {
            const char *value = edge == 0 ? types[i].min : types[i].max;
            char out[128];

            (void)snprintf(in, sizeof in, "{\"%s\":%s}", types[i].name, value);
            check_round(EVERY, in, strcmp(value, "0") == 0 ? "{}" : in);
            (void)snprintf(out, sizeof out, "{\"%s\":\"%s\"}", types[i].name, value);
            if (types[i].wide)
                check_round(EVERY, out, strcmp(value, "0") == 0 ? "{}" : in);
            else
                check_refused(EVERY, out, BAD, pointer, "expected a whole number");
        }
        for (int edge = 0; edge < 2; edge++) {
            (void)snprintf(in, sizeof in, "{\"%s\":%s}", types[i].name, edge == 0 ? types[i].below : types[i].above);
            check_refused(EVERY, in, BAD, pointer, "expected a whole number");
        }
        for (size_t n = 0; n < COUNT(never); n++) {
            (void)snprintf(in, sizeof in, "{\"%s\":%s}", types[i].name, never[n]);
            check_refused(EVERY, in, BAD, pointer, "expected a whole number");
        }
    }
}

static void numbers_have_many_spellings(void **state) {
    static const struct pair pairs[] = {
        {"{\"a_int32\":3.0}", "{\"a_int32\":3}"},
        {"{\"a_int32\":-3e2}", "{\"a_int32\":-300}"},
        {"{\"a_int32\":-0}", "{}"},
        {"{\"a_uint32\":1E3}", "{\"a_uint32\":1000}"},
        {"{\"a_int64\":9007199254740991.0}", "{\"a_int64\":9007199254740991}"},
        {"{\"a_uint64\":\"18446744073709551615\"}", "{\"a_uint64\":\"18446744073709551615\"}"},
        {"{\"a_fixed64\":\"9223372036854775808\"}", "{\"a_fixed64\":\"9223372036854775808\"}"},
        {"{\"a_double\":3}", "{\"a_double\":3}"},
        {"{\"a_double\":1e300}", "{\"a_double\":1e+300}"},
        {"{\"a_double\":-0.0}", "{\"a_double\":-0.0}"},
        {"{\"a_double\":22.5165}", "{\"a_double\":22.5165}"},
        {"{\"a_double\":-113.3926001}", "{\"a_double\":-113.3926001}"},
        {"{\"a_double\":0.1}", "{\"a_double\":0.1}"},
        {"{\"a_double\":0.30000000000000004}", "{\"a_double\":0.30000000000000004}"},
        {"{\"a_double\":4.9406564584124654e-324}", "{\"a_double\":4.94065645841247e-324}"},
        {"{\"a_double\":1.7976931348623157e308}", "{\"a_double\":1.7976931348623157e+308}"},
        {"{\"a_double\":9223372036854775807}", "{\"a_double\":9.223372036854776e+18}"},
        {"{\"a_double\":100000000000000000000}", "{\"a_double\":1e+20}"},
        {"{\"a_int64\":9007199254740991,\"a_double\":-100000000000000000000}",
         "{\"a_int64\":9007199254740991,\"a_double\":-1e+20}"},
        {"{\"a_float\":0.1}", "{\"a_float\":0.1}"},
        {"{\"a_float\":3.4028234663852886e38}", "{\"a_float\":3.4028235e+38}"},
        {"{\"a_float\":16777217}", "{\"a_float\":16777216}"},
    };

    (void)state;
    check_pairs(EVERY, pairs, COUNT(pairs));
    check_refused(EVERY, "{\"a_double\":\"1\"}", BAD, "/a_double", "expected a finite number");
    check_refused(EVERY, "{\"a_double\":\"NaN\"}", BAD, "/a_double", "expected a finite number");
    check_refused(EVERY, "{\"a_double\":1e999}", BAD, "", "expected a finite number");
    check_refused(EVERY, "{\"a_double\":-1e99999999999}", BAD, "", "(line 1, column 26)");
    check_refused(EVERY, "{\"a_float\":3.5e38}", BAD, "/a_float", "expected a finite number");
    check_refused(EVERY, "{\"a_double\":NaN}", BROKEN, "", "not valid JSON");
    check_refused(EVERY, "{\"a_double\":01}", BROKEN, "", "not valid JSON (line 1, column 13)");
    check_refused(EVERY, "{\"a_double\":+1}", BROKEN, "", "not valid JSON");
    check_refused(EVERY, "{\"a_double\":.5}", BROKEN, "", "not valid JSON");
}

static void texts_bytes_and_booleans(void **state) {
    static const struct pair pairs[] = {
        {"{\"a_string\":\"\"}", "{}"},
        {"{\"a_string\":\"\\u6d3e\\u5355 \\ud83d\\ude00 \\/ \\\" \\\\ \\n\"}",
         "{\"a_string\":\"\xe6\xb4\xbe\xe5\x8d\x95 \xf0\x9f\x98\x80 / \\\" \\\\ \\n\"}"},
        {"{\"a_bytes\":\"\"}", "{}"},
        {"{\"a_bytes\":\"AA==\"}", "{\"a_bytes\":\"AA==\"}"},
        {"{\"a_bytes\":\"AA\"}", "{\"a_bytes\":\"AA==\"}"},
        {"{\"a_bytes\":\"+/+/\"}", "{\"a_bytes\":\"+/+/\"}"},
        {"{\"a_bytes\":\"-_-_\"}", "{\"a_bytes\":\"+/+/\"}"},
        {"{\"a_bytes\":\"-_8=\"}", "{\"a_bytes\":\"+/8=\"}"},
        {"{\"a_bool\":true}", "{\"a_bool\":true}"},
        {"{\"a_bool\":false}", "{}"},
    };

    (void)state;
    check_pairs(EVERY, pairs, COUNT(pairs));
    check_refused(EVERY, "{\"a_string\":1}", BAD, "/a_string", "expected a string");
    check_refused(EVERY, "{\"a_string\":[\"x\"]}", BAD, "/a_string", "expected a string");
    check_refused(EVERY, "{\"a_string\":\"a\\u0000b\"}", BROKEN, "", "NUL");
    check_refused(EVERY, "{\"a\\u0000\":1}", BROKEN, "", "NUL");
    check_refused(EVERY, "{\"a_string\":\"\\ud800\"}", BROKEN, "", "not valid JSON");
    check_refused(EVERY, "{\"a_bytes\":\"A\"}", BAD, "/a_bytes", "base64");
    check_refused(EVERY, "{\"a_bytes\":\"AA=\"}", BAD, "/a_bytes", "base64");
    check_refused(EVERY, "{\"a_bytes\":\"AB==\"}", BAD, "/a_bytes", "base64");
    check_refused(EVERY, "{\"a_bytes\":\"+_AA\"}", BAD, "/a_bytes", "base64");
    check_refused(EVERY, "{\"a_bytes\":\"====\"}", BAD, "/a_bytes", "base64");
    check_refused(EVERY, "{\"a_bytes\":\"AA AA\"}", BAD, "/a_bytes", "base64");
    check_refused(EVERY, "{\"a_bytes\":5}", BAD, "/a_bytes", "base64");
    check_refused(EVERY, "{\"a_bool\":1}", BAD, "/a_bool", "true or false");
    check_refused(EVERY, "{\"a_bool\":\"true\"}", BAD, "/a_bool", "true or false");
}

static void enums_by_every_name(void **state) {
    static const struct pair pairs[] = {
        {"{\"a_colour\":\"dark_blue\"}", "{\"a_colour\":\"dark_blue\"}"},
        {"{\"a_colour\":\"COLOUR_DARK_BLUE\"}", "{\"a_colour\":\"dark_blue\"}"},
        {"{\"a_colour\":2}", "{\"a_colour\":\"dark_blue\"}"},
        {"{\"a_colour\":-5}", "{\"a_colour\":\"below_zero\"}"},
        {"{\"a_colour\":\"unspecified\"}", "{}"},
        {"{\"a_colour\":0}", "{}"},
        {"{\"a_plain\":\"something\"}", "{\"a_plain\":\"something\"}"},
        {"{\"a_plain\":\"SOMETHING\"}", "{\"a_plain\":\"something\"}"},
        {"{\"r_colour\":[\"red\",0,\"unspecified\",2]}",
         "{\"r_colour\":[\"red\",\"unspecified\",\"unspecified\",\"dark_blue\"]}"},
    };

    (void)state;
    check_pairs(EVERY, pairs, COUNT(pairs));
    check_refused(EVERY, "{\"a_colour\":\"green\"}", BAD, "/a_colour",
                  "/a_colour: expected one of below_zero, red, dark_blue");
    check_refused(EVERY, "{\"a_colour\":\"Red\"}", BAD, "/a_colour", "expected one of");
    check_refused(EVERY, "{\"a_colour\":\"DARK_BLUE\"}", BAD, "/a_colour", "expected one of");
    check_refused(EVERY, "{\"a_colour\":\"\"}", BAD, "/a_colour", "expected one of");
    check_refused(EVERY, "{\"a_colour\":\"re\"}", BAD, "/a_colour", "expected one of");
    check_refused(EVERY, "{\"a_colour\":9}", BAD, "/a_colour", "expected one of");
    check_refused(EVERY, "{\"a_colour\":4294967297}", BAD, "/a_colour", "expected one of");
    check_refused(EVERY, "{\"a_colour\":1.5}", BAD, "/a_colour", "expected one of");
    check_refused(REGISTER, "{\"urgency\":\"high\"}", BAD, "/urgency", "expected one of normal, urgent");
    check_refused(
        &paidan__common__v1__event__descriptor, "{\"type\":\"x\"}", BAD, "/type",
        "one of register, accept, answer_directly, reject, cancel, dispatch, delivered, sign, start, feed_back");
}

static void times_with_any_offset(void **state) {
    static const struct pair pairs[] = {
        {"{\"a_time\":\"2026-11-24T08:30:00+08:00\"}", "{\"a_time\":\"2026-11-24T00:30:00Z\"}"},
        {"{\"a_time\":\"2026-11-24t00:30:00.5z\"}", "{\"a_time\":\"2026-11-24T00:30:00.500Z\"}"},
        {"{\"a_time\":\"2026-11-24T00:30:00.1234567Z\"}", "{\"a_time\":\"2026-11-24T00:30:00.123456Z\"}"},
        {"{\"a_time\":\"1969-12-31T23:59:59.999999Z\"}", "{\"a_time\":\"1969-12-31T23:59:59.999999Z\"}"},
        {"{\"a_time\":\"1970-01-01T00:00:00Z\"}", "{\"a_time\":\"1970-01-01T00:00:00Z\"}"},
        {"{\"a_time\":\"0001-01-01T00:00:00Z\"}", "{\"a_time\":\"0001-01-01T00:00:00Z\"}"},
        {"{\"a_time\":\"9999-12-31T23:59:59.999999Z\"}", "{\"a_time\":\"9999-12-31T23:59:59.999999Z\"}"},
        {"{\"r_time\":[\"2000-02-29T00:00:00Z\"]}", "{\"r_time\":[\"2000-02-29T00:00:00Z\"]}"},
    };

    (void)state;
    check_pairs(EVERY, pairs, COUNT(pairs));
    check_refused(EVERY, "{\"a_time\":\"2026-11-24\"}", BAD, "/a_time", "expected a time");
    check_refused(EVERY, "{\"a_time\":1700000000}", BAD, "/a_time", "expected a time");
    check_refused(EVERY, "{\"a_time\":{\"seconds\":1}}", BAD, "/a_time", "expected a time");
    check_refused(EVERY, "{\"r_time\":[\"x\"]}", BAD, "/r_time/0", "expected a time");
}

static void keys_absence_and_lists(void **state) {
    static const struct pair pairs[] = {
        {"{}", "{}"},
        {" \t\r\n{ } \n", "{}"},
        {"{\"aInt32\":1,\"aString\":\"x\"}", "{\"a_int32\":1,\"a_string\":\"x\"}"},
        {"{\"a_int32\":null,\"a_string\":null,\"a_child\":null,\"r_int32\":null,\"c_int32\":null,\"a_time\":null}",
         "{}"},
        {"{\"r_int32\":[]}", "{}"},
        {"{\"r_int32\":[1,0,-1]}", "{\"r_int32\":[1,0,-1]}"},
        {"{\"r_string\":[\"\",\"a\"]}", "{\"r_string\":[\"\",\"a\"]}"},
        {"{\"r_bytes\":[\"\",\"AA==\"]}", "{\"r_bytes\":[\"\",\"AA==\"]}"},
        {"{\"r_bool\":[true,false]}", "{\"r_bool\":[true,false]}"},
        {"{\"r_double\":[1,0.5]}", "{\"r_double\":[1,0.5]}"},
        {"{\"r_float\":[1,0.5]}", "{\"r_float\":[1,0.5]}"},
        {"{\"r_uint64\":[\"18446744073709551615\",1]}", "{\"r_uint64\":[\"18446744073709551615\",1]}"},
        {"{\"r_int64\":[\"-1\",1]}", "{\"r_int64\":[-1,1]}"},
        {"{\"a_child\":{}}", "{\"a_child\":{}}"},
        {"{\"r_child\":[{},{\"a_int32\":1},{\"r_child\":[{}]}]}",
         "{\"r_child\":[{},{\"a_int32\":1},{\"r_child\":[{}]}]}"},
        {"{\"c_int32\":0}", "{\"c_int32\":0}"},
        {"{\"c_string\":\"\"}", "{\"c_string\":\"\"}"},
        {"{\"c_bytes\":\"\"}", "{\"c_bytes\":\"\"}"},
        {"{\"c_bool\":false}", "{\"c_bool\":false}"},
        {"{\"cChild\":{\"cBool\":true}}", "{\"c_child\":{\"c_bool\":true}}"},
        {"{\"c_time\":\"1970-01-01T00:00:00Z\"}", "{\"c_time\":\"1970-01-01T00:00:00Z\"}"},
        {"{\"c_int32\":1,\"c_string\":null}", "{\"c_int32\":1}"},
    };

    (void)state;
    check_pairs(EVERY, pairs, COUNT(pairs));
    check_round(LABELLED,
                "{\"r_int32\":0,\"o_int32\":0,\"o_string\":\"\",\"o_bytes\":\"\",\"o_bool\":false,\"o_child\":{}}",
                "{\"o_int32\":0,\"o_string\":\"\",\"o_bytes\":\"\",\"o_child\":{},\"o_bool\":false}");
    check_refused(EVERY, "{\"r_int32\":[null]}", BAD, "/r_int32/0", "expected a whole number");
    check_refused(EVERY, "{\"r_string\":[\"a\",null]}", BAD, "/r_string/1", "expected a string");
    check_refused(EVERY, "{\"r_child\":[{},null]}", BAD, "/r_child/1", "expected an object");
    check_refused(EVERY, "{\"r_int32\":1}", BAD, "/r_int32", "expected a list");
    check_refused(EVERY, "{\"r_int32\":{}}", BAD, "/r_int32", "expected a list");
    check_refused(EVERY, "{\"a_child\":[]}", BAD, "/a_child", "expected an object");
    check_refused(EVERY, "{\"a_child\":\"x\"}", BAD, "/a_child", "expected an object");
    check_refused(EVERY, "{\"c_int32\":1,\"c_string\":\"x\"}", BAD, "/c_string", "excludes another key");
    check_refused(EVERY, "{\"c_string\":\"x\",\"c_child\":{}}", BAD, "/c_child", "excludes another key");
}

static void unknown_and_doubled_keys_are_named(void **state) {
    (void)state;
    check_refused(EVERY, "{\"nonsense\":1}", UNKNOWN, "/nonsense", "/nonsense: Every has no such key");
    check_refused(EVERY, "{\"nonsense\":null}", UNKNOWN, "/nonsense", "no such key");
    check_refused(EVERY, "{\"\":1}", UNKNOWN, "/", "no such key");
    check_refused(EVERY, "{\"A_int32\":1}", UNKNOWN, "/A_int32", "no such key");
    check_refused(EVERY, "{\"a_Int32\":1}", UNKNOWN, "/a_Int32", "no such key");
    check_refused(EVERY, "{\"aint32\":1}", UNKNOWN, "/aint32", "no such key");
    check_refused(EVERY, "{\"a_child\":{\"r_child\":[{},{\"x/y~z\":1}]}}", UNKNOWN, "/a_child/r_child/1/x~1y~0z", "");
    check_refused(EVERY, "{\"a_int32\":1,\"a_int32\":2}", BROKEN, "", "a key is given twice (line 1, column 22)");
    check_refused(EVERY, "{\"a_int32\":1,\"aInt32\":2}", BROKEN, "/aInt32", "given twice");
    check_refused(EVERY, "{\"a_int32\":null,\"aInt32\":2}", BROKEN, "/aInt32", "given twice");
    check_refused(REGISTER, "{\"requester\":{\"phone\":13900001111139000011111390000}}", BAD, "/requester/phone",
                  "expected a string");
    check_refused(REGISTER, "{\"location\":{\"lat\":91,\"altitude\":3}}", UNKNOWN, "/location/altitude",
                  "Location has no such key");
    /* A long unknown key in Chinese is cut between characters. */
    char in[1000] = "{\"";
    for (int i = 0; i < 200; i++)
        add(in, sizeof in, "\xe6\xb4\xbe");
    add(in, sizeof in, "\":1}");
    struct wire_problem_at at = {0};
    ProtobufCMessage *msg = NULL;
    assert_int_equal(wire_json_read(in, strlen(in), EVERY, NULL, &msg, &at), PD_REFUSED);
    assert_int_equal(strlen(at.pointer), 1 + 42 * 3);
    assert_non_null(strstr(at.detail, "no such key"));
}

static void what_is_not_json_is_refused(void **state) {
    static const char *const broken[] = {
        "",
        " ",
        "[",
        "{",
        "}",
        "{\"a_int32\"}",
        "{\"a_int32\":}",
        "{\"a_int32\":1,}",
        "{a_int32:1}",
        "{'a_int32':1}",
        "{\"a_int32\":1}x",
        "{} {}",
        "{\"a_string\":\"",
        "{\"a_string\":\"\n\"}",
        "{\"a_string\":\"\\x\"}",
        "// {}",
        "\xef\xbb\xbf{}",
        "{\"a_string\":\"\\u12\"}",
        "{\"a_int32\":0x10}",
        "{\"a_int32\":1 2}",
        "{\"a_string\":\"\xff\"}",
        "{\"a_string\":\"\xc0\xaf\"}",
        "{\"a_string\":\"\xed\xa0\x80\"}",
        "{\"a_string\":\"\xf4\x90\x80\x80\"}",
        "{\"\xff\":1}",
    };
    static const char *const no_object[] = {"[]", "[{}]", "\"x\"", "1", "null", "true"};

    (void)state;
    for (size_t i = 0; i < COUNT(broken); i++)
        check_refused(EVERY, broken[i], BROKEN, "", "the body: ");
    for (size_t i = 0; i < COUNT(no_object); i++)
        check_refused(EVERY, no_object[i], BAD, "", "the body: expected an object");
    check_refused(EVERY, "{\n \"a_int32\": 1,\n  }", BROKEN, "", "not valid JSON (line 3, column 3)");
    check_refused(EVERY, "{\"a_string\":\"\xff\"}", BROKEN, "", "not valid UTF-8");
    check_refused(EVERY, "{\"a_int32\":1", BROKEN, "", "ends too early");
    check_refused(EVERY, "{}x", BROKEN, "", "something follows");
    check_refused_bytes(EVERY, "{}\0", 3, BROKEN, "", "");
    check_refused_bytes(EVERY, "{\"a_int32\":1\0}", 14, BROKEN, "", "NUL");
    check_refused_bytes(EVERY, "{\"a_int32\":1\0,\"nonsense\":2}", 27, BROKEN, "", "NUL");
    check_refused_bytes(EVERY, "{\"a_string\":\"a\0b\"}", 18, BROKEN, "", "");
}

/* No beginning of a text is a text, and none makes the reader look further. */
static void every_beginning_is_refused(void **state) {
    static const char text[] = "{\"a_string\":\"\\ud83d\\ude00\xe6\xb4\xbe\\n\",\"a_double\":-1.5e+3,\"a_bool\":true,"
                               "\"a_child\":{\"a_time\":null},\"r_int32\":[1, 2],\"a_bytes\":\"AA==\"}";
    struct counting c = {0};
    ProtobufCAllocator alloc = counting_alloc(&c);

    (void)state;
    protobuf_c_message_free_unpacked(must_read(EVERY, text, sizeof text - 1, &alloc), &alloc);
    for (size_t len = 0; len < sizeof text - 1; len++)
        check_refused_bytes(EVERY, text, len, BROKEN, "", "the body: ");
}

/* Objects inside objects up to the limit, and one more. */
static void depth_ends_at_the_limit(void **state) {
    char text[1000];

    (void)state;
    for (int levels = WIRE_JSON_DEPTH_MAX; levels <= WIRE_JSON_DEPTH_MAX + 1; levels++) {
        text[0] = '\0';
        for (int i = 1; i < levels; i++)
            add(text, sizeof text, "{\"a_child\":");
        add(text, sizeof text, "{}");
        for (int i = 1; i < levels; i++)
            add(text, sizeof text, "}");
        if (levels == WIRE_JSON_DEPTH_MAX)
            check_round(EVERY, text, text);
        else
            check_refused(EVERY, text, BROKEN, "", "nested deeper than 32");
    }
    /* Brackets inside strings do not count. */
    check_round(EVERY, "{\"a_string\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[\"}",
                "{\"a_string\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[\"}");
}

/* Deeper than the library itself goes, in what is known and in what is not. */
static void depth_without_end_is_refused(void **state) {
    static const char *const begins[] = {"{\"a_child\":", "{\"nonsense\":", "["};
    enum { LEVELS = 5000 };
    static char text[LEVELS * 16];

    (void)state;
    for (size_t i = 0; i < COUNT(begins); i++) {
        size_t len = strlen(begins[i]);

        for (size_t n = 0; n < LEVELS; n++)
            memcpy(text + n * len, begins[i], len);
        check_refused_bytes(EVERY, text, LEVELS * len, BROKEN, "", "nested deeper than 32");
    }
}

static void a_body_that_is_not_there_is_refused(void **state) {
    struct wire_problem_at at = {0};
    ProtobufCMessage *msg = NULL;

    (void)state;
    assert_int_equal(wire_json_read(NULL, 0, EVERY, NULL, &msg, &at), PD_REFUSED);
    assert_string_equal(at.detail, "the body: the JSON text ends too early (line 1, column 0)");
}

static void a_value_is_never_repeated_in_a_problem(void **state) {
    static const char *const texts[] = {
        "{\"requester\":{\"phone\":13900001111}}",
        "{\"requested_at\":\"13900001111\"}",
        "{\"urgency\":\"13900001111\"}",
        "{\"requester\":{\"phone\":\"13900001111\" \"x\"}}",
        "{\"requester\":{\"phone\":13900001111x}}",
        "{\"requester\":{\"phone\":13900001111139000011111390000}}",
        "{\"requester\":{\"phone\":13900001111e999}}",
        "{\"requester\":{\"phone\":\"13900001111\",\"phone\":\"13900001111\"}}",
        "{\"requester\":{\"phone\":\"13900001111\\ud800\"}}",
        "{\"location\":{\"lat\":\"13900001111\"}}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct wire_problem_at at = {0};
        ProtobufCMessage *msg = NULL;

        assert_int_equal(wire_json_read(texts[i], strlen(texts[i]), REGISTER, NULL, &msg, &at), PD_REFUSED);
        assert_null(strstr(at.detail, "1390000"));
        assert_null(strstr(at.pointer, "1390000"));
    }
}

static void a_real_request_is_read(void **state) {
    static const char text[] =
        "{\"channel\":\"hotline\",\"service_code\":\"street_light\",\"description\":"
        "\"\xe8\xb7\xaf\xe7\x81\xaf\xe4\xb8\x8d\xe4\xba\xae\","
        "\"location\":{\"lat\":22.5165,\"long\":113.3926,\"address\":"
        "\"\xe8\xbf\x8e\xe9\x98\xb3\xe7\xa4\xbe\xe5\x8c\xba\"},"
        "\"requester\":{\"name\":\"\xe5\xbc\xa0\xe4\xb8\x89\",\"phone\":\"13900001111\"},\"urgency\":\"urgent\","
        "\"requested_at\":\"2026-11-24T08:30:00.250Z\"}";
    struct pd_arena arena;
    ProtobufCAllocator alloc;
    Paidan__Intake__V1__RegisterRequest *request;

    (void)state;
    pd_arena_init(&arena, 4096, 65536);
    alloc = wire_alloc(&arena);
    request = (Paidan__Intake__V1__RegisterRequest *)must_read(REGISTER, text, sizeof text - 1, &alloc);
    assert_int_equal(request->channel, PAIDAN__COMMON__V1__CHANNEL__CHANNEL_HOTLINE);
    assert_string_equal(request->service_code, "street_light");
    assert_int_equal(request->location->lat_presence_case, PAIDAN__COMMON__V1__LOCATION__LAT_PRESENCE_LAT);
    assert_true(request->location->lat == 22.5165);
    assert_true(request->location->long_ == 113.3926);
    assert_string_equal(request->requester->phone, "13900001111");
    assert_int_equal(request->requested_at->seconds, 1795509000);
    assert_int_equal(request->requested_at->nanos, 250000000);
    pd_arena_fini(&arena);
    check_round(REGISTER, text, text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_are_read_to_their_limits),
        cmocka_unit_test(numbers_have_many_spellings),
        cmocka_unit_test(texts_bytes_and_booleans),
        cmocka_unit_test(enums_by_every_name),
        cmocka_unit_test(times_with_any_offset),
        cmocka_unit_test(keys_absence_and_lists),
        cmocka_unit_test(unknown_and_doubled_keys_are_named),
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(every_beginning_is_refused),
        cmocka_unit_test(depth_ends_at_the_limit),
        cmocka_unit_test(depth_without_end_is_refused),
        cmocka_unit_test(a_body_that_is_not_there_is_refused),
        cmocka_unit_test(a_value_is_never_repeated_in_a_problem),
        cmocka_unit_test(a_real_request_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
