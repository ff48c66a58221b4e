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
            int edge = at + 1;
            while (edge <= MINUTES && on[edge] == on[edge - 1]) {
                edge++;
            }
            assert_int_equal(duty_edge(spans, left, at), edge <= MINUTES ? edge : 0);
        }
    }
}

/* Random spans into the calendar and merged; returns how many. */
static size_t some_spans(uint32_t *random, struct duty_span *spans, size_t count, bool *calendar) {
    for (size_t i = 0; i < count; i++) {
        *random = *random * 1664525 + 1013904223;
        int from = 1 + (int)(*random >> 16) % (MINUTES - 1), to = from + 1 + (int)(*random >> 8) % 12;
        to = to > MINUTES ? MINUTES : to;
        spans[i] = (struct duty_span){from, to};
        memset(calendar + from, 1, (size_t)(to - from));
    }
    qsort(spans, count, sizeof spans[0], by_beginning);
    return duty_merge(spans, count);
}

static void leave_beats_his_own_word_which_beats_the_shift(void **context) {
    (void)context;
    uint32_t random = 777;
    for (int round = 0; round < 5000; round++) {
        struct duty_span shifts[SPANS], leaves[SPANS], spans[DUTY_ROOM(SPANS, SPANS)];
        bool on[MINUTES + 1] = {false}, away[MINUTES + 1] = {false};
        size_t shift_count = some_spans(&random, shifts, (size_t)round % (SPANS + 1), on);
        size_t leave_count = some_spans(&random, leaves, (size_t)(round / 7) % (SPANS + 1), away);
        struct duty_mark mark = {.on_duty = round % 2 == 0, .at_us = round / 3 % MINUTES};
        int until = (int)mark.at_us + 1;
        while (until <= MINUTES && on[until] == on[until - 1]) {
            until++;
        }
        for (int at = (int)mark.at_us; mark.at_us != 0 && at < until && at <= MINUTES; at++) {
            on[at] = mark.on_duty; /* what is planned changes at `until`, not what he said */
        }
        size_t count = duty_effective(shifts, shift_count, leaves, leave_count, mark, spans);
        for (size_t i = 1; i < count; i++) {
            assert_true(spans[i - 1].to_us < spans[i].from_us);
        }
        for (int at = 0; at < MINUTES; at++) {
            assert_int_equal(duty_at(spans, count, at), on[at] && !away[at]);
        }
    }
}

static void his_word_ends_after_a_week_when_no_shift_is_planned(void **context) {
    (void)context;
    struct duty_span spans[DUTY_ROOM(0, 0)];
    struct duty_mark mark = {.on_duty = true, .at_us = 5};
    assert_int_equal(duty_effective(NULL, 0, NULL, 0, mark, spans), 1);
    assert_int_equal(spans[0].from_us, 5);
    assert_int_equal(spans[0].to_us, 5 + DUTY_MARK_MAX_US);
    mark.on_duty = false;
    assert_int_equal(duty_effective(NULL, 0, NULL, 0, mark, spans), 0);
}

static void coming_back_within_the_shift_ends_with_the_shift(void **context) {
    (void)context;
    struct duty_span shift = {10, 50}, spans[DUTY_ROOM(1, 0)];
    struct duty_mark mark = {.on_duty = false, .at_us = 20};
    assert_int_equal(duty_effective(&shift, 1, NULL, 0, mark, spans), 1);
    assert_int_equal(spans[0].to_us, 20);
    mark = (struct duty_mark){.on_duty = true, .at_us = 30};
    assert_int_equal(duty_effective(&shift, 1, NULL, 0, mark, spans), 1);
    assert_int_equal(spans[0].to_us, 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merged_spans_answer_like_a_calendar),
        cmocka_unit_test(leave_beats_his_own_word_which_beats_the_shift),
        cmocka_unit_test(his_word_ends_after_a_week_when_no_shift_is_planned),
        cmocka_unit_test(coming_back_within_the_shift_ends_with_the_shift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
