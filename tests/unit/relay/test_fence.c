#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/relay/fence.h"
#include "common/relay/inbox.h"

static void each_pair_of_looks_is_judged(void **state) {
    (void)state;
    static const struct {
        struct bus_stream_state before, now;
        enum fence_finding finding;
    } rows[] = {
        {{.exists = false}, {.exists = false}, FENCE_GONE},
        {{.exists = false}, {.exists = true, .created_ns = 5, .last_seq = 9}, FENCE_FINE},
        {{.exists = true, .created_ns = 5, .last_seq = 9}, {.exists = false}, FENCE_GONE},
        {{.exists = true, .created_ns = 5, .last_seq = 9},
         {.exists = true, .created_ns = 5, .last_seq = 9},
         FENCE_FINE},
        {{.exists = true, .created_ns = 5, .last_seq = 9},
         {.exists = true, .created_ns = 5, .last_seq = 10},
         FENCE_FINE},
        {{.exists = true, .created_ns = 5, .last_seq = 9},
         {.exists = true, .created_ns = 5, .last_seq = 8},
         FENCE_WENT_BACK},
        {{.exists = true, .created_ns = 5, .last_seq = 9},
         {.exists = true, .created_ns = 6, .last_seq = 90},
         FENCE_NEW_STREAM},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(fence_compare(&rows[i].before, &rows[i].now), rows[i].finding);
    }
}

static void only_the_next_number_applies(void **state) {
    (void)state;
    assert_int_equal(inbox_judge(0, 1), INBOX_APPLY);
    assert_int_equal(inbox_judge(7, 7), INBOX_REPEAT);
    assert_int_equal(inbox_judge(7, 1), INBOX_REPEAT);
    assert_int_equal(inbox_judge(7, 8), INBOX_APPLY);
    assert_int_equal(inbox_judge(7, 9), INBOX_GAP);
    assert_int_equal(inbox_judge(0, INT64_MAX), INBOX_GAP);
}

static void a_number_given_again_later_tells_that_the_stream_went_back(void **state) {
    (void)state;
    struct fence_mark mark = {.seq = 0};
    assert_false(fence_note_position(&mark, 10, 1000));
    assert_false(fence_note_position(&mark, 11, 1100));
    assert_false(fence_note_position(&mark, 10, 1000)); /* redelivered */
    assert_false(fence_note_position(&mark, 11, 1100));
    assert_true(fence_note_position(&mark, 9, 1200)); /* another message under an old number */
    assert_false(fence_note_position(&mark, 10, 1300));
    assert_int_equal(mark.seq, 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pair_of_looks_is_judged),
        cmocka_unit_test(a_number_given_again_later_tells_that_the_stream_went_back),
        cmocka_unit_test(only_the_next_number_applies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
