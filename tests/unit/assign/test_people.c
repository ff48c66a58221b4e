/* people: who answers for a grid, and when */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "assign/shell/people.h"

static struct people *two_workers(void) {
    struct people *people = people_new(2, 3, 3);
    assert_true(people_add_worker(people, "W1"));
    assert_true(people_add_worker(people, "W2"));
    assert_true(people_add_shift(people, "W1", 10, 20));
    assert_true(people_add_shift(people, "W1", 15, 30));
    assert_true(people_add_shift(people, "W2", 100, 200));
    assert_true(people_add_post(people, "442000001001003", "W1", ACCOUNTABLE_PRIMARY));
    assert_true(people_add_post(people, "442000001001003", "W2", ACCOUNTABLE_DEPUTY));
    assert_true(people_add_post(people, "442000001001004", "W2", ACCOUNTABLE_GRID_HEAD));
    people_finish(people);
    return people;
}

static void the_people_of_a_grid_come_in_their_rank_with_their_duty(void **context) {
    (void)context;
    struct people *people = two_workers();
    struct pick_candidate candidates[POSTS_MAX];
    const struct posts *posts = people_posts(people, "442000001001003");
    assert_int_equal(people_candidates(posts, 25, candidates), 2);
    assert_string_equal(candidates[0].worker_id, "W1");
    assert_true(candidates[0].on_duty);
    assert_int_equal(candidates[1].accountability, ACCOUNTABLE_DEPUTY);
    assert_false(candidates[1].on_duty);
    assert_int_equal(people_candidates(people_posts(people, "442000001001004"), 100, candidates), 1);
    assert_true(candidates[0].on_duty);
    people_free(people);
}

static void a_grid_without_people_has_nobody_at_any_time(void **context) {
    (void)context;
    struct people *people = two_workers();
    struct pick_candidate candidates[POSTS_MAX];
    assert_null(people_posts(people, "442000001001001"));
    assert_int_equal(people_candidates(NULL, 25, candidates), 0);
    assert_int_equal(people_next_duty(NULL, 25), 0);
    people_free(people);
}

static void overlapping_shifts_are_one_duty(void **context) {
    (void)context;
    struct people *people = two_workers();
    const struct worker *worker = people_worker(people, "W1");
    assert_int_equal(worker->span_count, 1);
    assert_true(people_on_duty(worker, 10));
    assert_false(people_on_duty(worker, 30));
    assert_int_equal(people_next_duty(people_posts(people, "442000001001003"), 30), 100);
    assert_int_equal(people_count(people), 2);
    assert_null(people_worker(people, "W3"));
    people_free(people);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_people_of_a_grid_come_in_their_rank_with_their_duty),
        cmocka_unit_test(a_grid_without_people_has_nobody_at_any_time),
        cmocka_unit_test(overlapping_shifts_are_one_duty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
