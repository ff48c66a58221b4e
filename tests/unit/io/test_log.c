#include "common/io/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include <cmocka.h>

static int ends[2];
static char line[65536];

/* The one line that was written, parsed; the caller gives it back. */
static json_t *written(void) {
    ssize_t n = read(ends[0], line, sizeof line - 1);
    assert_true(n > 0);
    line[n] = '\0';
    assert_ptr_equal(strchr(line, '\n'), line + n - 1);
    json_t *record = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(record);
    return record;
}

static const char *field(json_t *record, const char *name) {
    const char *value = json_string_value(json_object_get(record, name));
    return value ? value : "(none)";
}

static int open_pipe(void **state) {
    (void)state;
    if (pipe(ends) < 0)
        return -1;
    log_open("intake", LOG_INFO);
    log_to(ends[1]);
    return 0;
}

static int close_pipe(void **state) {
    (void)state;
    log_to(STDERR_FILENO);
    return close(ends[0]) | close(ends[1]);
}

static void a_record_has_its_fields_and_ids(void **state) {
    (void)state;
    struct pd_err err;
    (void)pd_fail(&err, PD_RETRY, "08006", "server closed the \"connection\"");
    log_event(PG_LOST, &(struct log_ids){.request = "R1", .order = "O1", .trace = "T1", .err = &err}, 3);
    json_t *r = written();
    assert_string_equal(field(r, "service"), "intake");
    assert_string_equal(field(r, "level"), "warn");
    assert_string_equal(field(r, "event"), "PG_LOST");
    assert_string_equal(field(r, "text"), "PostgreSQL lost, attempt 3 to come back: server closed the \"connection\"");
    assert_string_equal(field(r, "request"), "R1");
    assert_string_equal(field(r, "order"), "O1");
    assert_string_equal(field(r, "trace"), "T1");
    assert_string_equal(field(r, "fate"), "retry");
    assert_string_equal(field(r, "code"), "08006");
    assert_non_null(strstr(field(r, "at"), "test_log.c:"));
    assert_string_equal(field(r, "worker"), "(none)");
    assert_int_equal(strlen(field(r, "ts")), strlen("2026-11-24T00:00:00.000000Z"));
    json_decref(r);
}

static void hostile_and_long_texts_stay_one_valid_line(void **state) {
    (void)state;
    char big[20000];
    memset(big, '\x01', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    struct pd_err err;
    (void)pd_fail(&err, PD_RETRY, big, "%s", big);
    log_event(NOT_READY,
              &(struct log_ids){.request = big,
                                .order = big,
                                .worker = big,
                                .delivery = big,
                                .event_id = big,
                                .trace = big,
                                .peer = big,
                                .err = &err},
              big);
    json_decref(written());
    log_event(NOT_READY, NULL, "a\nb\xff\"");
    json_t *r = written();
    assert_string_equal(field(r, "text"), "waiting for a\nb\xef\xbf\xbd\"");
    json_decref(r);
}

static void records_below_the_level_are_not_written(void **state) {
    (void)state;
    log_open("intake", LOG_ERROR);
    log_event(READY, NULL);
    log_event(NOT_READY, NULL, "x");
    log_event(FATAL, NULL);
    json_t *r = written();
    assert_string_equal(field(r, "event"), "FATAL");
    json_decref(r);
    enum log_level level;
    assert_true(log_level_parse("debug", &level));
    assert_int_equal(level, LOG_DEBUG);
    assert_false(log_level_parse("loud", &level));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_has_its_fields_and_ids, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(hostile_and_long_texts_stay_one_valid_line, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(records_below_the_level_are_not_written, open_pipe, close_pipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
