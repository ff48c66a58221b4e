#include "intake/core/intake_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void length_counts_characters_not_bytes(void **state) {
    (void)state;
    assert_int_equal(intake_text_length(""), 0);
    assert_int_equal(intake_text_length("abc"), 3);
    assert_int_equal(intake_text_length("路灯不亮"), 4);
    assert_int_equal(intake_text_length("\xf0\x9f\x9a\xa7"), 1);
    assert_int_equal(intake_text_length("a路\xf0\x9f\x9a\xa7"), 3);
}

static void what_is_not_utf8_has_no_length(void **state) {
    (void)state;
    static const char *const bad[] = {
        "\x80",             /* a continuation without a beginning */
        "\xc0\xaf",         /* over-long */
        "\xc1\xbf",         /* over-long */
        "\xe0\x80\xaf",     /* over-long */
        "\xf0\x80\x80\xaf", /* over-long */
        "\xed\xa0\x80",     /* surrogate */
        "\xf4\x90\x80\x80", /* beyond U+10FFFF */
        "\xf5\x80\x80\x80",
        "\xff",
        "a\xe8\xb7", /* cut off */
        "\xe8",
        "\xf0\x9f\x9a",
        "\xc3(",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(intake_text_length(bad[i]), -1);
        assert_false(intake_text_is(bad[i], 4000));
    }
}

static void text_needs_something_to_read(void **state) {
    (void)state;
    assert_false(intake_text_is("", 10));
    assert_false(intake_text_is(" \t\n\r", 10));
    assert_true(intake_text_is(" a", 2));
    assert_false(intake_text_is("abc", 2));
    assert_true(intake_text_is("路灯", 2));
    assert_false(intake_text_is("路灯坏", 2));
}

static void service_codes(void **state) {
    (void)state;
    char long_code[66];
    memset(long_code, 'a', sizeof long_code);
    long_code[65] = '\0';
    assert_false(intake_is_service_code(long_code));
    long_code[64] = '\0';
    assert_true(intake_is_service_code(long_code));
    assert_true(intake_is_service_code("Needle_Pickup.v1:x+y-9"));
    assert_false(intake_is_service_code(""));
    assert_false(intake_is_service_code("a b"));
    assert_false(intake_is_service_code("路灯"));
    assert_false(intake_is_service_code("a/b"));
}

static void phones(void **state) {
    (void)state;
    assert_true(intake_is_phone("13812341234"));
    assert_true(intake_is_phone("+86 (0760) 8881-2345"));
    assert_true(intake_is_phone("110"));
    assert_false(intake_is_phone(""));
    assert_false(intake_is_phone("12"));
    assert_false(intake_is_phone("+-(1)2"));
    assert_false(intake_is_phone("138abc12345"));
    assert_false(intake_is_phone("123456789012345678901234567890123"));
}

static void names_show_one_character(void **state) {
    (void)state;
    char name[INTAKE_MASKED_NAME];
    assert_string_equal(intake_mask_name("王小明", name), "王*");
    assert_string_equal(intake_mask_name("Ann", name), "A*");
    assert_string_equal(intake_mask_name("\xf0\x9f\x9a\xa7x", name), "\xf0\x9f\x9a\xa7*");
    assert_string_equal(intake_mask_name("", name), "");
    assert_string_equal(intake_mask_name("\xff", name), "*");
}

static void phones_show_first_three_and_last_four(void **state) {
    (void)state;
    char phone[INTAKE_MASKED_PHONE];
    assert_string_equal(intake_mask_phone("13812341234", phone), "138****1234");
    assert_string_equal(intake_mask_phone("+86 138-1234-1234", phone), "861****1234");
    assert_string_equal(intake_mask_phone("88812345", phone), "888****2345");
    assert_string_equal(intake_mask_phone("8881234", phone), "****");
    assert_string_equal(intake_mask_phone("110", phone), "****");
    assert_string_equal(intake_mask_phone("", phone), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(length_counts_characters_not_bytes),
        cmocka_unit_test(what_is_not_utf8_has_no_length),
        cmocka_unit_test(text_needs_something_to_read),
        cmocka_unit_test(service_codes),
        cmocka_unit_test(phones),
        cmocka_unit_test(names_show_one_character),
        cmocka_unit_test(phones_show_first_three_and_last_four),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
