/* accountable: the walk from edge to edge against asking every minute */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "assign/core/accountable.h"

enum { MINUTES = 80, PEOPLE = 4, SPANS = 3 };

static const char *const ids[PEOPLE] = {"W1", "W2", "W3", "W4"};

static int by_beginning(const void *a, const void *b) {
    const struct duty_span *left = a, *right = b;
    return (left->from_us > right->from_us) - (left->from_us < right->from_us);
}

static struct accountable_person some_person(uint32_t *random, size_t i, struct duty_span *spans) {
    for (size_t k = 0; k < SPANS; k++) {
        *random = *random * 1664525 + 1013904223;
        int64_t from = (*random >> 16) % MINUTES;
        spans[k] = (struct duty_span){from, from + 1 + (*random >> 8) % 20};
    }
    qsort(spans, SPANS, sizeof *spans, by_beginning);
    return (struct accountable_person){.worker_id = ids[i],
                                       .rank = (enum accountability)(1 + (*random >> 20) % 3),
                                       .spans = spans,
                                       .span_count = duty_merge(spans, SPANS),
                                       .open_orders = (*random >> 12) % 3};
}

static bool is_there(const struct accountable_person *person, int64_t at) {
    return duty_at(person->spans, person->span_count, at);
}

/* The rule once more, in the words of the law. */
static int by_the_law(const struct accountable_person *people, int present, int64_t at) {
    int best = -1;
    for (int i = 0; i < PEOPLE; i++) {
        if (is_there(&people[i], at) && (best < 0 || people[i].rank < people[best].rank)) {
            best = i;
        }
    }
    if (best < 0 || (present >= 0 && is_there(&people[present], at) && people[present].rank == people[best].rank)) {
        return best < 0 ? -1 : present;
    }
    for (int i = best + 1; i < PEOPLE; i++) {
        if (is_there(&people[i], at) && people[i].rank == people[best].rank &&
            people[i].open_orders < people[best].open_orders) {
            best = i; /* ids ascend: among equal loads the first stays */
        }
    }
    return best;
}

static void walking_from_edge_to_edge_misses_nothing_that_every_minute_shows(void **context) {
    (void)context;
    uint32_t random = 4711;
    size_t total = 0;
    for (int round = 0; round < 3000; round++) {
        struct duty_span spans[PEOPLE][SPANS];
        struct accountable_person people[PEOPLE];
        struct accountable_move moves[MINUTES * 2];
        for (size_t i = 0; i < PEOPLE; i++) {
            people[i] = some_person(&random, i, spans[i]);
        }
        int present = by_the_law(people, -1, 0);
        bool by_load = false;
        size_t count = accountable_walk(people, PEOPLE, present, 0, MINUTES, moves, MINUTES * 2, &by_load), seen = 0;
        for (int64_t at = 1; at <= MINUTES; at++) {
            int now = by_the_law(people, present, at);
            if (now != present) {
                assert_true(seen < count);
                assert_int_equal(moves[seen].at_us, at);
                assert_int_equal(moves[seen].person, now);
                seen++;
            }
            present = now;
        }
        assert_int_equal(seen, count);
        total += count;
    }
    assert_true(total > 3000);
}

static void a_walk_cut_short_goes_on_where_it_stopped(void **context) {
    (void)context;
    struct duty_span a[] = {{10, 20}, {30, 40}};
    struct accountable_person one = {"W1", ACCOUNTABLE_PRIMARY, a, 2, 0};
    struct accountable_move moves[4];
    bool by_load = false;
    assert_int_equal(accountable_walk(&one, 1, -1, 0, 100, moves, 3, &by_load), 3);
    assert_int_equal(moves[2].at_us, 30);
    assert_int_equal(accountable_walk(&one, 1, moves[2].person, moves[2].at_us, 100, moves, 3, &by_load), 1);
    assert_int_equal(moves[0].at_us, 40);
    assert_int_equal(moves[0].person, ACCOUNTABLE_NOBODY);
    assert_int_equal(accountable_walk(&one, 1, -1, 40, 100, moves, 3, &by_load), 0);
}

static void the_present_one_stays_among_equals_and_goes_for_a_higher_rank(void **context) {
    (void)context;
    struct duty_span always = {0, 100};
    struct accountable_person two[] = {{"W1", ACCOUNTABLE_DEPUTY, &always, 1, 0},
                                       {"W2", ACCOUNTABLE_DEPUTY, &always, 1, 9}};
    bool by_load = true;
    assert_int_equal(accountable_at(two, 2, 1, 5, &by_load), 1);
    assert_false(by_load);
    assert_int_equal(accountable_at(two, 2, -1, 5, &by_load), 0);
    assert_true(by_load);
    two[0].rank = ACCOUNTABLE_PRIMARY;
    assert_int_equal(accountable_at(two, 2, 1, 5, &by_load), 0);
    assert_false(by_load);
    assert_int_equal(accountable_at(two, 2, 1, 100, &by_load), ACCOUNTABLE_NOBODY);
    assert_int_equal(accountable_at(NULL, 0, -1, 5, &by_load), ACCOUNTABLE_NOBODY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walking_from_edge_to_edge_misses_nothing_that_every_minute_shows),
        cmocka_unit_test(a_walk_cut_short_goes_on_where_it_stopped),
        cmocka_unit_test(the_present_one_stays_among_equals_and_goes_for_a_higher_rank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
