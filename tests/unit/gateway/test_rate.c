#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/core/rate.h"

enum { SETS = 8 };
#define SECOND INT64_C(1000000)

static struct rate_bucket buckets[SETS * RATE_WAYS];
static struct rate rate;

static int begin(void **state) {
    (void)state;
    memset(buckets, 0, sizeof buckets);
    rate_init(&rate, buckets, SETS, 10 * 1000, 20); /* ten a second, twenty at once */
    return 0;
}

static void a_burst_passes_and_then_no_more(void **state) {
    (void)state;
    int64_t now = 5000 * SECOND;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(rate_take(&rate, 7, now), 0);
    }
    int64_t wait = rate_take(&rate, 7, now);
    assert_int_equal(wait, SECOND / 10);
    assert_int_equal(rate_take(&rate, 7, now + wait - 1), 1);
    assert_int_equal(rate_take(&rate, 7, now + wait), 0);
    assert_int_not_equal(rate_take(&rate, 7, now + wait), 0);
}

static void a_refused_call_costs_nothing(void **state) {
    (void)state;
    int64_t now = 5000 * SECOND;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(rate_take(&rate, 7, now), 0);
    }
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(rate_take(&rate, 7, now), SECOND / 10);
    }
}

static void the_long_run_keeps_the_rate(void **state) {
    (void)state;
    int passed = 0;
    for (int64_t now = 0; now < 100 * SECOND; now += SECOND / 100) {
        passed += rate_take(&rate, 7, 5000 * SECOND + now) == 0;
    }
    assert_in_range(passed, 1000, 1021);
}

static void keys_do_not_share(void **state) {
    (void)state;
    int64_t now = 5000 * SECOND;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(rate_take(&rate, 7, now), 0);
    }
    assert_int_not_equal(rate_take(&rate, 7, now), 0);
    assert_int_equal(rate_take(&rate, 7 + SETS, now), 0);
    assert_int_equal(rate_take(&rate, 8, now), 0);
}

static void a_full_set_forgets_who_used_least(void **state) {
    (void)state;
    int64_t now = 5000 * SECOND;
    for (uint64_t key = 1; key <= RATE_WAYS; key++) {
        for (uint64_t i = 0; i < key * 4; i++) {
            assert_int_equal(rate_take(&rate, key * SETS, now), 0);
        }
    }
    assert_int_equal(rate_take(&rate, 100 * SETS, now), 0); /* takes the place of key 1 */
    for (int i = 0; i < 4; i++) {
        assert_int_equal(rate_take(&rate, 4 * SETS, now), 0); /* still remembers its 16 */
    }
    assert_int_not_equal(rate_take(&rate, 4 * SETS, now), 0);
}

static void what_is_given_back_can_be_taken_again(void **state) {
    (void)state;
    int64_t now = 5000 * SECOND;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(rate_take(&rate, 7, now), 0);
        rate_give(&rate, 7);
    }
    for (int i = 0; i < 20; i++) {
        assert_int_equal(rate_take(&rate, 7, now), 0);
    }
    assert_int_not_equal(rate_take(&rate, 7, now), 0);
    rate_give(&rate, 12345); /* unknown: nothing happens */
}

static void giving_back_late_does_not_save_up(void **state) {
    (void)state;
    int64_t now = 5000 * SECOND;
    assert_int_equal(rate_take(&rate, 7, now), 0);
    now += 100 * SECOND;
    for (int i = 0; i < 50; i++) {
        rate_give(&rate, 7);
    }
    for (int i = 0; i < 20; i++) {
        assert_int_equal(rate_take(&rate, 7, now), 0);
    }
    assert_int_not_equal(rate_take(&rate, 7, now), 0);
}

static void zero_means_no_limit(void **state) {
    (void)state;
    rate_init(&rate, buckets, SETS, 0, 0);
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(rate_take(&rate, 7, 0), 0);
    }
    rate_give(&rate, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_burst_passes_and_then_no_more, begin),
        cmocka_unit_test_setup(a_refused_call_costs_nothing, begin),
        cmocka_unit_test_setup(the_long_run_keeps_the_rate, begin),
        cmocka_unit_test_setup(keys_do_not_share, begin),
        cmocka_unit_test_setup(a_full_set_forgets_who_used_least, begin),
        cmocka_unit_test_setup(what_is_given_back_can_be_taken_again, begin),
        cmocka_unit_test_setup(giving_back_late_does_not_save_up, begin),
        cmocka_unit_test_setup(zero_means_no_limit, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
