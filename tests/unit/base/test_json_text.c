#include "common/base/json_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <jansson.h>

#include <cmocka.h>

static void check(const char *text, const char *expected) {
    char to[256];
    size_t n = json_text(to, sizeof to, text, strlen(text));
    assert_int_equal(n, strlen(expected));
    assert_memory_equal(to, expected, n);
}

static void what_must_be_escaped_is(void **state) {
    (void)state;
    check("", "\"\"");
    check("plain", "\"plain\"");
    check("a\"b\\c", "\"a\\\"b\\\\c\"");
    check("\n\t\r\b\f\x01\x1f\x7f", "\"\\n\\t\\r\\b\\f\\u0001\\u001f\\u007f\"");
    check("派单", "\"派单\"");
}

static void broken_utf8_becomes_the_replacement(void **state) {
    (void)state;
    check("a\xff"
          "b",
          "\"a\xef\xbf\xbd"
          "b\"");
    check("\xe6\xb4", "\"\xef\xbf\xbd\xef\xbf\xbd\"");
    check("\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"");
    check("\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

/* Any bytes, any room: never past the buffer, and a second implementation reads the result. */
static void every_result_is_json(void **state) {
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        char text[40], to[64];
        size_t len = (seed >> 8) % sizeof text, size;
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = (char)(seed >> 24);
        }
        seed = seed * 1664525 + 1013904223;
        size = (seed >> 16) % sizeof to;
        memset(to, '#', sizeof to);
        size_t n = json_text(to, size, text, len);
        assert_true(size < 2 ? n == 0 : n >= 2 && n <= size);
        for (size_t i = size; i < sizeof to; i++)
            assert_int_equal(to[i], '#');
        if (n > 0) {
            json_t *value = json_loadb(to, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
            assert_non_null(value);
            json_decref(value);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_must_be_escaped_is),
        cmocka_unit_test(broken_utf8_becomes_the_replacement),
        cmocka_unit_test(every_result_is_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
