#include "common/io/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <uv.h>

#include <cmocka.h>

static char text[65536];

static void assert_has(const char *expected) {
    if (!strstr(text, expected))
        fail_msg("not found: %s", expected);
}

static void counters_gauges_and_labels(void **state) {
    (void)state;
    metric_add(METRIC_COMMANDS_OK, 41);
    metric_add(METRIC_COMMANDS_OK, 1);
    metric_set(METRIC_QUEUE_DEPTH, 7);
    metric_add(METRIC_QUEUE_DEPTH, -2);
    metric_max(METRIC_ARENA_PEAK, 100);
    metric_max(METRIC_ARENA_PEAK, 50);
    assert_true(metrics_render("intake", text, sizeof text) < sizeof text);
    assert_has("paidan_commands_total{service=\"intake\",outcome=\"ok\"} 42\n");
    assert_has("paidan_commands_total{service=\"intake\",outcome=\"refused\"} 0\n");
    assert_has("paidan_queue_depth{service=\"intake\"} 5\n");
    assert_has("paidan_arena_peak_bytes{service=\"intake\"} 100\n");
    assert_has("# TYPE paidan_queue_depth gauge\n");
    const char *first = strstr(text, "# TYPE paidan_commands_total counter\n");
    assert_non_null(first);
    assert_null(strstr(first + 1, "# TYPE paidan_commands_total")); /* once a name, not once a row */
}

static void histograms_are_cumulative(void **state) {
    (void)state;
    static const int64_t us[] = {1, 100, 101, 3000, 20000000};
    for (size_t i = 0; i < sizeof us / sizeof *us; i++)
        metric_observe(METRIC_COMMIT_TIME, us[i]);
    metric_observe(METRIC_BATCH_SIZE, 1);
    metric_observe(METRIC_BATCH_SIZE, 512);
    (void)metrics_render("assign", text, sizeof text);
    assert_has("paidan_commit_seconds_bucket{service=\"assign\",le=\"0.0001\"} 2\n");
    assert_has("paidan_commit_seconds_bucket{service=\"assign\",le=\"0.00025\"} 3\n");
    assert_has("paidan_commit_seconds_bucket{service=\"assign\",le=\"10\"} 4\n");
    assert_has("paidan_commit_seconds_bucket{service=\"assign\",le=\"+Inf\"} 5\n");
    assert_has("paidan_commit_seconds_sum{service=\"assign\"} 20.003202\n");
    assert_has("paidan_commit_seconds_count{service=\"assign\"} 5\n");
    assert_has("paidan_batch_size_bucket{service=\"assign\",le=\"256\"} 1\n");
    assert_has("paidan_batch_size_bucket{service=\"assign\",le=\"512\"} 2\n");
    assert_int_equal(metric_get(METRIC_BATCH_SIZE), 2);
}

static void too_small_a_buffer_tells_the_size(void **state) {
    (void)state;
    size_t whole = metrics_render("audit", NULL, 0);
    memset(text, '#', sizeof text);
    assert_int_equal(metrics_render("audit", text, 100), whole);
    assert_int_equal(strlen(text), 99);
    assert_int_equal(text[100], '#');
    assert_int_equal(metrics_render("audit", text, whole + 1), whole);
    assert_int_equal(text[whole - 1], '\n');
}

static void refresh(void *ctx) {
    metric_set(METRIC_OUTBOX_UNCONFIRMED, *(int *)ctx);
}

static void gauges_may_be_asked_for_when_rendered(void **state) {
    (void)state;
    static int unconfirmed = 12;
    metrics_on_render(refresh, &unconfirmed);
    (void)metrics_render("notify", text, sizeof text);
    assert_has("paidan_outbox_unconfirmed{service=\"notify\"} 12\n");
}

enum { THREADS = 4, ROUNDS = 50000 };

static void count_many(void *arg) {
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        metric_add(METRIC_EVENTS_PUBLISHED, 1);
        metric_observe(METRIC_QUERY_TIME, i);
    }
}

static void threads_lose_nothing(void **state) {
    (void)state;
    uv_thread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(uv_thread_create(&threads[i], count_many, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        (void)uv_thread_join(&threads[i]);
    assert_int_equal(metric_get(METRIC_EVENTS_PUBLISHED), THREADS * ROUNDS);
    assert_int_equal(metric_get(METRIC_QUERY_TIME), THREADS * ROUNDS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_gauges_and_labels),
        cmocka_unit_test(histograms_are_cumulative),
        cmocka_unit_test(too_small_a_buffer_tells_the_size),
        cmocka_unit_test(gauges_may_be_asked_for_when_rendered),
        cmocka_unit_test(threads_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
