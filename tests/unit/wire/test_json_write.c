/* What wire_json_write() makes of any message, well-formed or not. */
#include "support.h"

#include <jansson.h>
#include <math.h>

static void check_text(const ProtobufCMessage *msg, const char *want) {
    char *text = must_write(msg);

    assert_string_equal(text, want);
    free(text);
}

static void defaults_are_left_out(void **state) {
    Paidan__Test__Every every = PAIDAN__TEST__EVERY__INIT;

    (void)state;
    check_text(&every.base, "{}");
    every.a_string = NULL; /* as a careless caller leaves it */
    check_text(&every.base, "{}");
    every.choice_case = PAIDAN__TEST__EVERY__CHOICE_C_STRING;
    every.c_string = NULL;
    check_text(&every.base, "{\"c_string\":\"\"}");
    every.choice_case = PAIDAN__TEST__EVERY__CHOICE_C_CHILD;
    every.c_child = NULL;
    check_text(&every.base, "{\"c_child\":null}");
    every.choice_case = (Paidan__Test__Every__ChoiceCase)99; /* a member of a newer version */
    check_text(&every.base, "{}");
}

static void every_control_character_is_escaped(void **state) {
    Paidan__Test__Every every = PAIDAN__TEST__EVERY__INIT;

    (void)state;
    for (int c = 1; c < 128; c++) {
        char text[2] = {(char)c, '\0'};
        char *json;
        json_t *tree;

        every.a_string = text;
        json = must_write(&every.base);
        tree = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(tree);
        assert_string_equal(json_string_value(json_object_get(tree, "a_string")), text);
        for (const char *at = json; *at != '\0'; at++)
            assert_in_range(*at, 0x20, 0x7f);
        json_decref(tree);
        free(json);
    }
    every.a_string = (char[]){"\b\f\n\r\t\x01\x1f\"\\/\x7f"};
    check_text(&every.base, "{\"a_string\":\"\\b\\f\\n\\r\\t\\u0001\\u001f\\\"\\\\/\x7f\"}");
}

static void every_character_of_unicode_passes_through(void **state) {
    Paidan__Test__Every every = PAIDAN__TEST__EVERY__INIT;
    char text[8] = "";

    (void)state;
    every.a_string = text;
    for (uint32_t c = 0x80; c <= 0x10ffff; c += c < 0x3000 ? 1 : 37) {
        size_t n = 0;
        char want[32];

        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        if (c < 0x800) {
            text[n++] = (char)(0xc0 | c >> 6);
        } else if (c < 0x10000) {
            text[n++] = (char)(0xe0 | c >> 12);
            text[n++] = (char)(0x80 | (c >> 6 & 63));
        } else {
            text[n++] = (char)(0xf0 | c >> 18);
            text[n++] = (char)(0x80 | (c >> 12 & 63));
            text[n++] = (char)(0x80 | (c >> 6 & 63));
        }
        text[n++] = (char)(0x80 | (c & 63));
        text[n] = '\0';
        (void)snprintf(want, sizeof want, "{\"a_string\":\"%s\"}", text);
        check_round(EVERY, want, want);
        check_text(&every.base, want);
    }
}

static void broken_utf8_becomes_a_replacement_character(void **state) {
    static const struct {
        const char *in;
        const char *out;
    } texts[] = {
        {"\xff", "\xef\xbf\xbd"},
        {"a\x80z", "a\xef\xbf\xbdz"},
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xe6\xb4", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xe6\xb4\xbe\xe6", "\xe6\xb4\xbe\xef\xbf\xbd"},
    };
    Paidan__Test__Every every = PAIDAN__TEST__EVERY__INIT;
    char want[64];

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        every.a_string = (char *)texts[i].in;
        (void)snprintf(want, sizeof want, "{\"a_string\":\"%s\"}", texts[i].out);
        check_text(&every.base, want);
    }
}

static void what_json_cannot_say_is_still_json(void **state) {
    Paidan__Test__Every every = PAIDAN__TEST__EVERY__INIT;
    Google__Protobuf__Timestamp stamp = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    (void)state;
    every.a_double = NAN;
    every.a_float = -INFINITY;
    every.a_uint64 = UINT64_MAX;
    every.a_int64 = INT64_MIN;
    every.a_colour = (Paidan__Test__Colour)77;
    every.a_bool = 2;
    check_text(&every.base,
               "{\"a_int64\":-9223372036854775808,\"a_uint64\":\"18446744073709551615\",\"a_float\":\"-Infinity\","
               "\"a_double\":\"NaN\",\"a_bool\":true,\"a_colour\":77}");
    every = (Paidan__Test__Every)PAIDAN__TEST__EVERY__INIT;
    every.a_time = &stamp;
    stamp.seconds = INT64_MAX;
    check_text(&every.base, "{\"a_time\":null}");
    stamp.seconds = INT64_MIN;
    check_text(&every.base, "{\"a_time\":null}");
    stamp.seconds = 0;
    stamp.nanos = -1;
    check_text(&every.base, "{\"a_time\":null}");
    stamp.nanos = 1000000000;
    check_text(&every.base, "{\"a_time\":null}");
    stamp.nanos = 999999999;
    check_text(&every.base, "{\"a_time\":\"1970-01-01T00:00:00.999999Z\"}");
}

static uint64_t bits_of(double value) {
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Any bits of a double or float come back as the same value; so do decimals with few digits, by the short way. */
static void real_numbers_come_back_bit_by_bit(void **state) {
    Paidan__Test__Every every = PAIDAN__TEST__EVERY__INIT;
    struct pd_arena arena;
    uint64_t seed = 1;

    (void)state;
    pd_arena_init(&arena, 4096, 65536);
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = next_random(&seed);
        ProtobufCAllocator alloc = wire_alloc(&arena);
        Paidan__Test__Every *back;
        char *text;

        if (i % 3 == 0)
            memcpy(&every.a_double, &bits, sizeof bits);
        else
            every.a_double = (double)((int64_t)bits % (i % 3 == 1 ? 1800000000 : 18000000000000000)) / 1e7;
        memcpy(&every.a_float, &bits, sizeof every.a_float);
        if (!isfinite(every.a_double) || !isfinite(every.a_float))
            continue;
        text = must_write(&every.base);
        back = (Paidan__Test__Every *)must_read(EVERY, text, strlen(text), &alloc);
        if (bits_of(back->a_double) != bits_of(every.a_double) ||
            bits_of((double)back->a_float) != bits_of((double)every.a_float))
            fail_msg("%s: %a %a", text, every.a_double, (double)every.a_float);
        free(text);
        pd_arena_reset(&arena);
    }
    pd_arena_fini(&arena);
}

static void a_full_buffer_is_said_once_at_the_end(void **state) {
    Paidan__Test__Every every = PAIDAN__TEST__EVERY__INIT;
    struct wire_buf out;
    char *text;
    size_t len;

    (void)state;
    every.a_string = (char[]){"0123456789\n\xff\xe6\xb4\xbe"};
    every.a_bytes = (ProtobufCBinaryData){.len = 5, .data = (uint8_t[]){1, 2, 3, 4, 5}};
    every.a_colour = PAIDAN__TEST__COLOUR__COLOUR_DARK_BLUE;
    every.n_r_int32 = 3;
    every.r_int32 = (int32_t[]){1, -2, 3};
    text = must_write(&every.base);
    len = strlen(text);
    for (size_t max = 0; max <= len; max++) {
        wire_buf_init(&out, NULL, max);
        assert_int_equal(wire_json_write(&every.base, &out), max == len);
        assert_int_equal(wire_buf_ok(&out), max == len);
        wire_buf_fini(&out);
    }
    free(text);
}

static void nesting_without_end_is_refused(void **state) {
    static Paidan__Test__Every levels[WIRE_JSON_DEPTH_MAX + 1];
    struct wire_buf out;

    (void)state;
    for (size_t i = 0; i < COUNT(levels); i++) {
        paidan__test__every__init(&levels[i]);
        levels[i].a_child = i > 0 ? &levels[i - 1] : NULL;
    }
    wire_buf_init(&out, NULL, OUT_MAX);
    assert_true(wire_json_write(&levels[WIRE_JSON_DEPTH_MAX - 1].base, &out));
    wire_buf_reset(&out);
    assert_false(wire_json_write(&levels[WIRE_JSON_DEPTH_MAX].base, &out));
    wire_buf_reset(&out);
    levels[0].a_child = &levels[0];
    assert_false(wire_json_write(&levels[0].base, &out));
    wire_buf_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_left_out),
        cmocka_unit_test(every_control_character_is_escaped),
        cmocka_unit_test(every_character_of_unicode_passes_through),
        cmocka_unit_test(broken_utf8_becomes_a_replacement_character),
        cmocka_unit_test(what_json_cannot_say_is_still_json),
        cmocka_unit_test(real_numbers_come_back_bit_by_bit),
        cmocka_unit_test(a_full_buffer_is_said_once_at_the_end),
        cmocka_unit_test(nesting_without_end_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
