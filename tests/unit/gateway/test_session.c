#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/core/session.h"

enum { SETS = 4 };

static struct session slots[SETS * SESSION_WAYS];
static struct session_cache cache;

static int begin(void **state) {
    (void)state;
    memset(slots, 0, sizeof slots);
    session_cache_init(&cache, slots, SETS);
    return 0;
}

static void hash(uint8_t set, uint8_t number, uint8_t ret[SESSION_HASH_SIZE]) {
    memset(ret, 0, SESSION_HASH_SIZE);
    ret[0] = set;
    ret[31] = number;
}

static void put(uint8_t set, uint8_t number, int64_t expires_at_us, int64_t fresh_until_us) {
    uint8_t token[SESSION_HASH_SIZE];
    struct principal who = {.role = 3, .expires_at_us = expires_at_us};
    who.account_id[0] = number;
    hash(set, number, token);
    session_put(&cache, token, &who, fresh_until_us);
}

static const struct session *find(uint8_t set, uint8_t number, int64_t now_us) {
    uint8_t token[SESSION_HASH_SIZE];
    hash(set, number, token);
    return session_find(&cache, token, now_us);
}

static void what_was_put_is_found(void **state) {
    (void)state;
    put(1, 5, 1000, 500);
    assert_non_null(find(1, 5, 10));
    assert_int_equal(find(1, 5, 10)->who.account_id[0], 5);
    assert_null(find(1, 6, 10));
    assert_null(find(2, 5, 10));
}

static void nothing_is_found_when_stale_or_ended(void **state) {
    (void)state;
    put(1, 5, 1000, 500);
    assert_non_null(find(1, 5, 499));
    assert_null(find(1, 5, 500));
    put(1, 5, 300, 500);
    assert_non_null(find(1, 5, 299));
    assert_null(find(1, 5, 300));
}

static void putting_again_changes_it(void **state) {
    (void)state;
    put(1, 5, 1000, 500);
    put(1, 5, 1000, 900);
    assert_non_null(find(1, 5, 700));
    uint8_t token[SESSION_HASH_SIZE];
    hash(1, 5, token);
    session_drop(&cache, token);
    assert_null(find(1, 5, 700)); /* there was no second copy */
    session_drop(&cache, token);
}

static void a_full_set_forgets_the_one_that_is_stale_first(void **state) {
    (void)state;
    for (uint8_t i = 0; i < SESSION_WAYS; i++) {
        put(2, (uint8_t)(10 + i), 1000, 500 - i);
    }
    put(2, 99, 1000, 600);
    assert_non_null(find(2, 99, 10));
    assert_null(find(2, 10 + SESSION_WAYS - 1, 10));
    for (uint8_t i = 0; i + 1 < SESSION_WAYS; i++) {
        assert_non_null(find(2, (uint8_t)(10 + i), 10));
    }
}

static void an_empty_hash_is_nobody(void **state) {
    (void)state;
    assert_null(find(0, 0, 10));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_was_put_is_found, begin),
        cmocka_unit_test_setup(nothing_is_found_when_stale_or_ended, begin),
        cmocka_unit_test_setup(putting_again_changes_it, begin),
        cmocka_unit_test_setup(a_full_set_forgets_the_one_that_is_stale_first, begin),
        cmocka_unit_test_setup(an_empty_hash_is_nobody, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
