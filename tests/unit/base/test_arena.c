#include "common/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Read at run time, or the compiler refuses the absurd sizes by itself. */
static volatile size_t huge = SIZE_MAX;

static void memory_is_zeroed_and_aligned(void **state) {
    (void)state;
    struct pd_arena a;
    pd_arena_init(&a, 1000, 100000);
    for (size_t round = 0; round < 3; round++) {
        for (size_t n = 0; n < 300; n++) {
            unsigned char *p = pd_alloc(&a, n);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xee, n);
        }
        pd_arena_reset(&a);
        assert_int_equal(a.held, 1000);
    }
    pd_arena_fini(&a);
    assert_int_equal(a.held, 0);
}

static void limit_is_hard_and_reset_recovers(void **state) {
    (void)state;
    struct pd_arena a;
    pd_arena_init(&a, 100, 1000);
    size_t got = 0;
    while (pd_alloc(&a, 48))
        got += 48;
    assert_true(a.full);
    assert_true(got > 800 && got <= 1000);
    assert_true(a.held <= 1000);
    assert_null(pd_alloc(&a, 1001));
    assert_null(pd_alloc(&a, huge));
    pd_arena_reset(&a);
    assert_false(a.full);
    assert_non_null(pd_alloc(&a, 900));
    assert_null(pd_alloc(&a, 900));
    assert_true(a.peak <= 1000);
    pd_arena_fini(&a);
}

static void exactly_the_limit_fits(void **state) {
    (void)state;
    struct pd_arena a;
    pd_arena_init(&a, 64, 64);
    assert_non_null(pd_alloc(&a, 64));
    assert_null(pd_alloc(&a, 1));
    pd_arena_fini(&a);
    pd_arena_init(&a, 1 << 20, 77); /* a first block larger than the limit is cut, odd sizes stay inside */
    assert_non_null(pd_alloc(&a, 70));
    assert_null(pd_alloc(&a, 8));
    pd_arena_fini(&a);
}

static void nothing_is_allocated_before_use(void **state) {
    (void)state;
    struct pd_arena a;
    pd_arena_init(&a, 4096, 8192);
    assert_int_equal(a.held, 0);
    pd_arena_reset(&a);
    pd_arena_fini(&a);
    pd_arena_fini(&a);
}

static void copies_and_formats(void **state) {
    (void)state;
    struct pd_arena a;
    pd_arena_init(&a, 64, 4096);
    assert_string_equal(pd_strdup(&a, "派单"), "派单");
    assert_memory_equal(pd_memdup(&a, "a\0b", 3), "a\0b\0", 4);
    assert_string_equal(pd_format(&a, "%s-%04d", "ZS", 12), "ZS-0012");
    assert_string_equal(pd_memdup(&a, NULL, 0), "");
    assert_null(pd_alloc_array(&a, huge / 2, 4));
    assert_true(a.full);
    assert_null(pd_format(&a, "%5000d", 1));
    pd_arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned), cmocka_unit_test(limit_is_hard_and_reset_recovers),
        cmocka_unit_test(exactly_the_limit_fits),       cmocka_unit_test(nothing_is_allocated_before_use),
        cmocka_unit_test(copies_and_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
