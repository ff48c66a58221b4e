/* pick_worker: the whole table of three candidates, in every order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "assign/core/pick_worker.h"

enum { VALUES = 2 * 3 * 2 * 2 * 2 }; /* duty x accountability x skill x load x accountable */

static struct pick_candidate candidate(int value, const char *id) {
    return (struct pick_candidate){.worker_id = id,
                                   .on_duty = value % 2 == 1,
                                   .accountability = (enum accountability)(1 + value / 2 % 3),
                                   .skilled = value / 6 % 2 == 1,
                                   .open_orders = value / 12 % 2,
                                   .accountable = value / 24 == 1};
}

/* Lower goes first; the id is the last digit. */
static int rank(int value, int id) {
    return (value % 2 == 1 ? 0 : 1000) + (value / 2 % 3) * 100 + (value / 6 % 2 == 1 ? 0 : 50) + value / 12 % 2 * 20 +
           (value / 24 == 1 ? 0 : 10) + id;
}

static void the_lowest_rank_wins_whatever_the_order(void **context) {
    (void)context;
    static const char *const ids[] = {"W000001", "W000002", "W000003"};
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int n = 0; n < VALUES * VALUES * VALUES; n++) {
        int values[] = {n % VALUES, n / VALUES % VALUES, n / VALUES / VALUES};
        int best = 0;
        for (int i = 1; i < 3; i++) {
            best = rank(values[i], i) < rank(values[best], best) ? i : best;
        }
        for (size_t o = 0; o < sizeof orders / sizeof orders[0]; o++) {
            struct pick_candidate candidates[3];
            for (int i = 0; i < 3; i++) {
                candidates[i] = candidate(values[orders[o][i]], ids[orders[o][i]]);
            }
            int chosen = pick_worker(candidates, 3);
            if (rank(values[best], best) >= 1000) {
                assert_int_equal(chosen, -1);
            } else {
                assert_ptr_equal(candidates[chosen].worker_id, ids[best]);
            }
        }
    }
}

static void load_is_needed_only_among_equals_who_would_be_asked(void **context) {
    (void)context;
    struct pick_candidate two[] = {{.worker_id = "a", .accountability = ACCOUNTABLE_PRIMARY, .on_duty = true},
                                   {.worker_id = "b", .accountability = ACCOUNTABLE_DEPUTY, .on_duty = true}};
    assert_false(pick_needs_load(two, 2));
    two[1].accountability = ACCOUNTABLE_PRIMARY;
    assert_true(pick_needs_load(two, 2));
    two[1].on_duty = false;
    assert_false(pick_needs_load(two, 2));
    assert_false(pick_needs_load(two, 0));
    two[0].on_duty = false;
    assert_false(pick_needs_load(two, 2));
}

static void nobody_is_nobody(void **context) {
    (void)context;
    assert_int_equal(pick_worker(NULL, 0), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_rank_wins_whatever_the_order),
        cmocka_unit_test(load_is_needed_only_among_equals_who_would_be_asked),
        cmocka_unit_test(nobody_is_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
