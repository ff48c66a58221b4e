/* duty: random spans against a clock that is asked minute by minute */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "assign/core/duty.h"

enum { MINUTES = 60, SPANS = 6 };

static int by_beginning(const void *a, const void *b) {
    const struct duty_span *left = a, *right = b;
    return (left->from_us > right->from_us) - (left->from_us < right->from_us);
}

static void merged_spans_answer_like_a_calendar(void **context) {
    (void)context;
    uint32_t random = 12345;
    for (int round = 0; round < 2000; round++) {
        struct duty_span spans[SPANS];
        bool on[MINUTES + 1] = {false};
        size_t count = (size_t)round % (SPANS + 1);
        for (size_t i = 0; i < count; i++) {
            random = random * 1664525 + 1013904223;
            int from = (int)(random >> 16) % (MINUTES - 1), to = from + 1 + (int)(random >> 8) % 12;
            to = to > MINUTES ? MINUTES : to;
            spans[i] = (struct duty_span){from, to};
            memset(on + from, 1, (size_t)(to - from));
        }
        qsort(spans, count, sizeof spans[0], by_beginning);
        size_t left = duty_merge(spans, count);
        for (size_t i = 1; i < left; i++) {
            assert_true(spans[i - 1].to_us < spans[i].from_us);
        }
        for (int at = 0; at < MINUTES; at++) {
            int next = at + 1;
            while (next < MINUTES && (!on[next] || on[next - 1])) {
                next++;
            }
            assert_int_equal(duty_at(spans, left, at), on[at]);
            assert_int_equal(duty_next(spans, left, at), next < MINUTES ? next : 0);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(merged_spans_answer_like_a_calendar)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
