/* Times as text: the tables of what is a time, and agreement with libc over the whole range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/wire/rfc3339.h"

static const struct {
    const char *text;
    int64_t us;
} good[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"1970-01-01T00:00:00.000001Z", 1},
    {"1969-12-31T23:59:59.999999Z", -1},
    {"1969-12-31T23:59:59.9999999Z", -1},
    {"2000-02-29T12:00:00Z", INT64_C(951825600000000)},
    {"2024-02-29T23:59:59Z", INT64_C(1709251199000000)},
    {"2026-11-24T08:00:00+08:00", INT64_C(1795478400000000)},
    {"2026-11-23T19:30:00-04:30", INT64_C(1795478400000000)},
    {"2026-11-24T00:00:00-00:00", INT64_C(1795478400000000)},
    {"2026-11-24t00:00:00.1z", INT64_C(1795478400100000)},
    {"2026-11-24T00:00:00.123456789Z", INT64_C(1795478400123456)},
    {"2026-11-24T23:59:00+23:59", INT64_C(1795478400000000)},
    {"0001-01-01T00:00:00Z", INT64_C(-62135596800000000)},
    {"0000-12-31T23:00:00-01:00", INT64_C(-62135596800000000)},
    {"9999-12-31T23:59:59.999999Z", INT64_C(253402300799999999)},
};

static const char *const bad[] = {
    "",
    "2026-11-24",
    "2026-11-24T00:00:00",
    "2026-11-24T00:00Z",
    "2026-11-24 00:00:00Z",
    "2026-11-24T00:00:00Zx",
    " 2026-11-24T00:00:00Z",
    "2026-11-24T00:00:00 08:00",
    "2026-11-24T00:00:00+0800",
    "2026-11-24T00:00:00+08",
    "2026-11-24T00:00:00+24:00",
    "2026-11-24T00:00:00+08:60",
    "2026-11-24T00:00:00.Z",
    "2026-11-24T00:00:00.1234567890Z",
    "2026-11-24T00:00:00,5Z",
    "2026-11-24T24:00:00Z",
    "2026-11-24T23:60:00Z",
    "2016-12-31T23:59:60Z",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-11-31T00:00:00Z",
    "2026-11-00T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "0000-12-31T23:59:59Z",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "10000-01-01T00:00:00Z",
    "-001-01-01T00:00:00Z",
    "2026-1-01T00:00:00Z",
    "20261124T000000Z",
    "2026-11-24T00:00:00\357\274\21308:00",
};

static void times_are_read_as_written_in_the_table(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t us = 42;

        if (!wire_time_read(good[i].text, strlen(good[i].text), &us) || us != good[i].us)
            fail_msg("%s: %lld", good[i].text, (long long)us);
    }
}

static void what_is_no_time_is_refused_and_changes_nothing(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t us = 42;

        if (wire_time_read(bad[i], strlen(bad[i]), &us) || us != 42)
            fail_msg("accepted: %s", bad[i]);
    }
    /* Every beginning of a good one. */
    for (size_t len = 0; len < strlen("2026-11-24T00:00:00.5+08:00"); len++) {
        int64_t us;
        assert_false(wire_time_read("2026-11-24T00:00:00.5+08:00", len, &us));
    }
}

static void the_fraction_has_0_3_or_6_digits(void **state) {
    char text[WIRE_TIME_TEXT_MAX];

    (void)state;
    assert_int_equal(wire_time_write(0, text), 20);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    assert_int_equal(wire_time_write(1000, text), 24);
    assert_string_equal(text, "1970-01-01T00:00:00.001Z");
    assert_int_equal(wire_time_write(-999, text), 27);
    assert_string_equal(text, "1969-12-31T23:59:59.999001Z");
    assert_int_equal(wire_time_write((WIRE_TIME_LAST_S + 1) * 1000000, text), 0);
    assert_int_equal(wire_time_write(WIRE_TIME_FIRST_S * 1000000 - 1, text), 0);
    assert_int_equal(wire_time_write(INT64_MAX, text), 0);
    assert_int_equal(wire_time_write(INT64_MIN, text), 0);
}

/* Steps of a prime number of seconds visit every kind of day between the years 1 and 9999. */
static void the_calendar_agrees_with_libc(void **state) {
    char text[WIRE_TIME_TEXT_MAX];
    char expected[64];

    (void)state;
    for (int64_t s = WIRE_TIME_FIRST_S; s <= WIRE_TIME_LAST_S; s += 1299709) {
        time_t t = (time_t)s;
        struct tm tm;
        int64_t us;
        size_t len = wire_time_write(s * 1000000, text);

        assert_non_null(gmtime_r(&t, &tm));
        /* glibc does not fill %Y to four digits */
        assert_int_equal(strftime(expected + 4, sizeof expected - 4, "-%m-%dT%H:%M:%SZ", &tm), 16);
        for (int i = 3, year = tm.tm_year + 1900; i >= 0; i--, year /= 10)
            expected[i] = (char)('0' + year % 10);
        assert_string_equal(text, expected);
        assert_true(wire_time_read(text, len, &us));
        assert_int_equal(us, s * 1000000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_as_written_in_the_table),
        cmocka_unit_test(what_is_no_time_is_refused_and_changes_nothing),
        cmocka_unit_test(the_fraction_has_0_3_or_6_digits),
        cmocka_unit_test(the_calendar_agrees_with_libc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
