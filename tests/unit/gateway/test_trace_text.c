#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/trace_text.h"

static void each_text_goes_to_its_event(void **state) {
    (void)state;
    struct trace_text texts[] = {
        {.event_id = "c", .text = "three"}, {.event_id = "a", .text = "one"}, {.event_id = "b", .text = "two"}};
    trace_text_sort(texts, 3);
    assert_string_equal(trace_text_find(texts, 3, "a"), "one");
    assert_string_equal(trace_text_find(texts, 3, "b"), "two");
    assert_string_equal(trace_text_find(texts, 3, "c"), "three");
    assert_null(trace_text_find(texts, 3, ""));
    assert_null(trace_text_find(texts, 3, "aa"));
    assert_null(trace_text_find(texts, 3, "d"));
}

static void no_texts_at_all(void **state) {
    (void)state;
    trace_text_sort(NULL, 0);
    assert_null(trace_text_find(NULL, 0, "a"));
}

static void the_first_of_two_texts_of_one_event_wins(void **state) {
    (void)state;
    struct trace_text texts[] = {{.event_id = "b", .text = "x"},
                                 {.event_id = "a", .text = "first"},
                                 {.event_id = "a", .text = "second"},
                                 {.event_id = "a", .text = "third"}};
    trace_text_sort(texts, 4);
    assert_string_equal(trace_text_find(texts, 4, "a"), "first");
}

static void a_thousand_in_any_order(void **state) {
    (void)state;
    enum { COUNT = 1000 };
    static char ids[COUNT][8];
    static struct trace_text texts[COUNT];
    for (unsigned seed = 1; seed <= 20; seed++) {
        srand(seed);
        for (size_t i = 0; i < COUNT; i++) {
            snprintf(ids[i], sizeof ids[i], "%04zu", i);
            texts[i] = (struct trace_text){.event_id = ids[i], .text = ids[i]};
        }
        for (size_t i = COUNT - 1; i > 0; i--) {
            size_t j = (size_t)rand() % (i + 1);
            struct trace_text kept = texts[i];
            texts[i] = texts[j];
            texts[j] = kept;
        }
        size_t count = seed % 2 == 0 ? COUNT : COUNT - seed;
        trace_text_sort(texts, count);
        for (size_t i = 0; i < count; i++) {
            assert_ptr_equal(trace_text_find(texts, count, texts[i].event_id), texts[i].text);
            assert_true(i == 0 || strcmp(texts[i - 1].event_id, texts[i].event_id) < 0);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_text_goes_to_its_event),
        cmocka_unit_test(no_texts_at_all),
        cmocka_unit_test(the_first_of_two_texts_of_one_event_wins),
        cmocka_unit_test(a_thousand_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
