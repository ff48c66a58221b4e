/* code_rule: codes of divisions, grids and workers, and the length of texts */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "assign/core/code_rule.h"

static void divisions_have_6_9_or_12_digits(void **context) {
    (void)context;
    assert_int_equal(division_level("442000"), DIVISION_CITY);
    assert_int_equal(division_level("442000001"), DIVISION_TOWN);
    assert_int_equal(division_level("442000001005"), DIVISION_COMMUNITY);
    static const char *const wrong[] = {
        "", "4", "44200", "4420000", "44200000x", "442000001 05", "44200000100", "4420000010051", "４４２０００"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(division_level(wrong[i]), 0);
    }
}

static void grids_have_15_digits_and_no_sequence_000(void **context) {
    (void)context;
    assert_true(grid_code_is_valid("442000001005003"));
    assert_true(grid_code_is_valid("442000001005999"));
    assert_false(grid_code_is_valid("442000001005000"));
    assert_false(grid_code_is_valid("44200000100500"));
    assert_false(grid_code_is_valid("4420000010050031"));
    assert_false(grid_code_is_valid("44200000100500a"));
    assert_false(grid_code_is_valid(""));
}

static void worker_ids_are_short_and_plain(void **context) {
    (void)context;
    assert_true(worker_id_is_valid("W000123"));
    assert_true(worker_id_is_valid("a.b_c-9"));
    assert_true(worker_id_is_valid("12345678901234567890123456789012"));
    assert_false(worker_id_is_valid("123456789012345678901234567890123"));
    assert_false(worker_id_is_valid(""));
    assert_false(worker_id_is_valid("W 1"));
    assert_false(worker_id_is_valid("网格员"));
}

static void texts_are_counted_in_characters_and_must_be_utf8(void **context) {
    (void)context;
    assert_int_equal(text_length(""), 0);
    assert_int_equal(text_length("abc"), 3);
    assert_int_equal(text_length("路灯不亮"), 4);
    assert_int_equal(text_length("\xf0\x9f\x92\xa1"), 1);
    assert_int_equal(text_length("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"), 3);
    static const char *const wrong[] = {
        "\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80",        "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
        "\xff", "\xe8\xb7", "a\xc3",    "\xf8\x88\x80\x80\x80"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(text_length(wrong[i]), -1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(divisions_have_6_9_or_12_digits),
        cmocka_unit_test(grids_have_15_digits_and_no_sequence_000),
        cmocka_unit_test(worker_ids_are_short_and_plain),
        cmocka_unit_test(texts_are_counted_in_characters_and_must_be_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
