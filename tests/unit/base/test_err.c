#include "common/base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void fail_keeps_where_it_began(void **state) {
    (void)state;
    struct pd_err err;
    int line = __LINE__ + 1;
    assert_int_equal(pd_fail(&err, PD_RETRY, "uv-104", "read %d bytes", 7), PD_RETRY);
    assert_int_equal(err.line, line);
    assert_non_null(strstr(err.file, "test_err.c"));
    assert_string_equal(err.code, "uv-104");
    assert_string_equal(err.text, "read 7 bytes");
}

static void wrap_grows_outwards(void **state) {
    (void)state;
    struct pd_err err;
    (void)pd_fail(&err, PD_UNKNOWN, "08006", "server closed the connection");
    assert_int_equal(pd_wrap(&err, "commit"), PD_UNKNOWN);
    assert_int_equal(pd_wrap(&err, "save batch of %d", 3), PD_UNKNOWN);
    assert_string_equal(err.text, "save batch of 3: commit: server closed the connection");
    assert_string_equal(err.code, "08006");
}

static void long_texts_are_cut_not_overrun(void **state) {
    (void)state;
    struct pd_err err;
    char big[2000];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    (void)pd_fail(&err, PD_BROKEN, big, "%s", big);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_int_equal(strlen(err.code), sizeof err.code - 1);
    (void)pd_wrap(&err, "front");
    assert_memory_equal(err.text, "front: xxx", 10);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    (void)pd_wrap(&err, "%s", big);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void each_fate_has_a_word(void **state) {
    (void)state;
    for (int f = PD_OK; f <= PD_BROKEN; f++)
        assert_string_not_equal(pd_fate_text((enum pd_fate)f), "?");
    assert_string_equal(pd_fate_text((enum pd_fate)99), "?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail_keeps_where_it_began),
        cmocka_unit_test(wrap_grows_outwards),
        cmocka_unit_test(long_texts_are_cut_not_overrun),
        cmocka_unit_test(each_fate_has_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
