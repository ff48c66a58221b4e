/* people: who answers for a grid, and when */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "assign/shell/people.h"

static const struct duty_mark silent = {0};

static struct worker *add(struct people *people, const char *id, const char *skills, int64_t from_us, int64_t to_us) {
    struct worker *worker = people_put_worker(people, id, skills, silent);
    assert_non_null(worker);
    assert_true(people_put_shift(worker, (struct duty_span){from_us, to_us}));
    assert_true(people_settle(people, worker));
    return worker;
}

static struct people *two_workers(void) {
    struct people *people = people_new();
    struct worker *one = add(people, "W1", "lamp,water", 10, 20), *two = add(people, "W2", "", 100, 200);
    assert_true(people_put_shift(one, (struct duty_span){15, 30}));
    assert_true(people_settle(people, one));
    struct posts *three = people_put_grid(people, "442000001001003"),
                 *four = people_put_grid(people, "442000001001004");
    assert_true(people_put_post(three, one, ACCOUNTABLE_PRIMARY));
    assert_true(people_put_post(three, two, ACCOUNTABLE_DEPUTY));
    assert_true(people_put_post(four, two, ACCOUNTABLE_GRID_HEAD));
    return people;
}

static void the_people_of_a_grid_come_in_their_rank_with_their_duty(void **context) {
    (void)context;
    struct people *people = two_workers();
    struct pick_candidate candidates[POSTS_MAX];
    const struct posts *posts = people_posts(people, "442000001001003");
    assert_int_equal(people_candidates(posts, 25, NULL, candidates), 2);
    assert_string_equal(candidates[0].worker_id, "W1");
    assert_true(candidates[0].on_duty);
    assert_int_equal(candidates[1].accountability, ACCOUNTABLE_DEPUTY);
    assert_false(candidates[1].on_duty);
    assert_int_equal(people_candidates(people_posts(people, "442000001001004"), 100, NULL, candidates), 1);
    assert_true(candidates[0].on_duty);
    people_free(people);
}

static void a_grid_without_people_has_nobody_at_any_time(void **context) {
    (void)context;
    struct people *people = two_workers();
    struct pick_candidate candidates[POSTS_MAX];
    assert_null(people_posts(people, "442000001001001"));
    assert_int_equal(people_candidates(NULL, 25, NULL, candidates), 0);
    assert_int_equal(people_next_duty(NULL, 25, NULL), 0);
    people_free(people);
}

static void overlapping_shifts_are_one_duty(void **context) {
    (void)context;
    struct people *people = two_workers();
    const struct worker *worker = people_worker(people, "W1"), *next = NULL;
    assert_int_equal(worker->span_count, 1);
    assert_true(people_on_duty(worker, 10));
    assert_false(people_on_duty(worker, 30));
    assert_int_equal(people_next_duty(people_posts(people, "442000001001003"), 30, &next), 100);
    assert_string_equal(next->id, "W2");
    assert_int_equal(people_count(people), 2);
    assert_null(people_worker(people, "W3"));
    people_free(people);
}

static void leave_is_told_from_off_duty_and_can_be_dropped(void **context) {
    (void)context;
    struct people *people = two_workers();
    struct worker *worker = people_worker(people, "W1");
    static const uint8_t id[16] = {7};
    assert_int_equal(people_status(worker, 25), WORKER_ON_DUTY);
    assert_true(people_put_leave(worker, id, (struct duty_span){22, 40}));
    assert_true(people_settle(people, worker));
    assert_int_equal(people_status(worker, 21), WORKER_ON_DUTY);
    assert_int_equal(people_status(worker, 25), WORKER_ON_LEAVE);
    assert_int_equal(people_status(worker, 35), WORKER_ON_LEAVE);
    assert_int_equal(people_status(worker, 40), WORKER_OFF_DUTY);
    people_drop_leave(worker, id);
    assert_true(people_settle(people, worker));
    assert_int_equal(people_status(worker, 25), WORKER_ON_DUTY);
    people_free(people);
}

static void the_next_edge_of_all_is_found_and_found_anew_after_a_change(void **context) {
    (void)context;
    struct people *people = two_workers();
    assert_int_equal(people_edge(people, 5), 10);
    assert_int_equal(people_edge(people, 10), 30);
    assert_int_equal(people_edge(people, 12), 30);
    assert_true(people_put_shift(people_worker(people, "W2"), (struct duty_span){14, 18}));
    assert_true(people_settle(people, people_worker(people, "W2")));
    assert_int_equal(people_edge(people, 12), 14);
    assert_int_equal(people_edge(people, 200), 0);
    people_free(people);
}

static void a_grids_posts_can_be_put_anew_and_workers_know_theirs(void **context) {
    (void)context;
    struct people *people = two_workers();
    struct posts *posts = people_grid(people, "442000001001003");
    struct worker *one = people_worker(people, "W1"), *two = people_worker(people, "W2");
    assert_int_equal(two->post_count, 2);
    people_clear_posts(posts);
    assert_null(people_posts(people, "442000001001003"));
    assert_int_equal(one->post_count, 0);
    assert_int_equal(two->post_count, 1);
    assert_true(people_put_post(posts, two, ACCOUNTABLE_PRIMARY));
    assert_int_equal(two->post_count, 2);
    people_free(people);
}

static void a_matter_may_demand_a_skill_by_the_longest_beginning(void **context) {
    (void)context;
    struct people *people = two_workers();
    struct pick_candidate candidates[POSTS_MAX];
    assert_true(people_put_skill(people, "street", "road"));
    assert_true(people_put_skill(people, "street-light", "lamp"));
    assert_string_equal(people_skill_of(people, "street-light-2"), "lamp");
    assert_string_equal(people_skill_of(people, "street-hole"), "road");
    assert_null(people_skill_of(people, "noise"));
    people_candidates(people_posts(people, "442000001001003"), 25, "lamp", candidates);
    assert_true(candidates[0].skilled && !candidates[1].skilled);
    people_candidates(people_posts(people, "442000001001003"), 25, "wat", candidates);
    assert_false(candidates[0].skilled);
    people_clear_skills(people);
    assert_null(people_skill_of(people, "street-light"));
    people_free(people);
}

static void ten_thousand_are_found_by_name(void **context) {
    (void)context;
    struct people *people = people_new();
    char id[16];
    for (int i = 0; i < 10000; i++) {
        snprintf(id, sizeof id, "W%d", i);
        assert_int_equal(people_put_worker(people, id, "", silent)->index, i);
    }
    for (int i = 0; i < 10000; i++) {
        snprintf(id, sizeof id, "W%d", i);
        assert_int_equal(people_worker(people, id)->index, i);
        assert_ptr_equal(people_worker_at(people, (size_t)i), people_worker(people, id));
    }
    assert_int_equal(people_count(people), 10000);
    people_free(people);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_people_of_a_grid_come_in_their_rank_with_their_duty),
        cmocka_unit_test(a_grid_without_people_has_nobody_at_any_time),
        cmocka_unit_test(overlapping_shifts_are_one_duty),
        cmocka_unit_test(leave_is_told_from_off_duty_and_can_be_dropped),
        cmocka_unit_test(the_next_edge_of_all_is_found_and_found_anew_after_a_change),
        cmocka_unit_test(a_grids_posts_can_be_put_anew_and_workers_know_theirs),
        cmocka_unit_test(a_matter_may_demand_a_skill_by_the_longest_beginning),
        cmocka_unit_test(ten_thousand_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
