#include "common/base/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The example of RFC 9562, appendix A.6: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F, 2022-02-22 14:22:22 -05:00. */
static void the_example_of_rfc_9562(void **state) {
    (void)state;
    static const uint8_t random[PD_ID_RANDOM] = {0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
    struct pd_id id = pd_id_v7(INT64_C(0x017F22E279B0), random);
    char text[PD_ID_TEXT];
    assert_string_equal(pd_id_text(&id, text), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    assert_int_equal(pd_id_time_ms(&id), INT64_C(1645557742000));
}

static void later_ids_sort_later(void **state) {
    (void)state;
    static const uint8_t high[PD_ID_RANDOM] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    static const uint8_t low[PD_ID_RANDOM] = {0};
    int64_t times[] = {0, 1, 255, 256, 65535, INT64_C(1) << 32, (INT64_C(1) << 48) - 1};
    for (size_t i = 1; i < sizeof times / sizeof *times; i++) {
        struct pd_id before = pd_id_v7(times[i - 1], high), after = pd_id_v7(times[i], low);
        assert_true(pd_id_compare(&before, &after) < 0);
        assert_int_equal(pd_id_time_ms(&after), times[i]);
    }
}

static void text_goes_there_and_back(void **state) {
    (void)state;
    struct pd_id id, back;
    char text[PD_ID_TEXT];
    for (unsigned i = 0; i < 256; i++) {
        memset(id.b, (int)i, sizeof id.b);
        assert_true(pd_id_parse(pd_id_text(&id, text), PD_ID_TEXT - 1, &back));
        assert_true(pd_id_equal(&id, &back));
    }
    assert_true(pd_id_parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F", 36, &id));
    assert_string_equal(pd_id_text(&id, text), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

static void malformed_text_is_refused_and_leaves_the_id(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "017f22e2",
        "017f22e279b07cc398c4dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "017f22e2x79b0-7cc3-98c4-dc0c0c07398f",
        "{17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e-279b0-7cc3-98c4-dc0c0c07398f",
    };
    struct pd_id id = {{1}}, was = id;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(pd_id_parse(bad[i], strlen(bad[i]), &id));
    assert_false(pd_id_from_bytes("123", 3, &id));
    assert_false(pd_id_from_bytes(NULL, 0, &id));
    assert_true(pd_id_equal(&id, &was));
    assert_true(pd_id_from_bytes("0123456789abcdef", 16, &id));
    assert_false(pd_id_is_zero(&id));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_rfc_9562),
        cmocka_unit_test(later_ids_sort_later),
        cmocka_unit_test(text_goes_there_and_back),
        cmocka_unit_test(malformed_text_is_refused_and_leaves_the_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
