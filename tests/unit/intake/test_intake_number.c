#include "intake/core/intake_number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

static const int64_t S = 1000000;

static void numbers_are_city_day_and_count(void **state) {
    (void)state;
    char number[INTAKE_NUMBER_TEXT];
    assert_string_equal(intake_number("ZS", 20261124, 123, number), "ZS20261124-000123");
    assert_string_equal(intake_number("BO", 20261124, 999999, number), "BO20261124-999999");
    assert_string_equal(intake_number("ZS", 20261124, 1000000, number), "ZS20261124-1000000");
    assert_string_equal(intake_number("ZS", 99991231, INT64_MAX, number), "ZS99991231-9223372036854775807");
}

static void the_day_changes_at_midnight_in_shanghai(void **state) {
    (void)state;
    /* 2026-11-24T16:00:00Z is midnight of the 25th there */
    int64_t midnight = INT64_C(1795536000) * S;
    assert_int_equal(intake_day(midnight - 1), 20261124);
    assert_int_equal(intake_day(midnight), 20261125);
}

static void days_are_those_of_the_calendar(void **state) {
    (void)state;
    for (int64_t day = 0; day < 60000; day += 1) {
        time_t noon = (time_t)(day * 86400 + 43200);
        struct tm tm;
        gmtime_r(&noon, &tm);
        int32_t expected = (tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;
        assert_int_equal(intake_day((noon - 8 * 3600) * S), expected);
    }
}

static void only_numbers_are_numbers(void **state) {
    (void)state;
    assert_true(intake_is_number("ZS20261124-000123"));
    assert_true(intake_is_number("ZS20261124-1000000"));
    static const char *const bad[] = {"",
                                      "ZS20261124-00012",
                                      "zs20261124-000123",
                                      "ZS20261124_000123",
                                      "ZS2026112a-000123",
                                      "ZS20261124-00012x",
                                      "ZS20261124-00000000000000000001",
                                      "0190a0b0-0000-7000-8000-000000000000"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(intake_is_number(bad[i]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_city_day_and_count),
        cmocka_unit_test(the_day_changes_at_midnight_in_shanghai),
        cmocka_unit_test(days_are_those_of_the_calendar),
        cmocka_unit_test(only_numbers_are_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
