#include "audit/core/audit_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct audit_event event(int32_t type, const char *bytes) {
    return (struct audit_event){.type = type, .bytes = (const uint8_t *)bytes, .length = strlen(bytes)};
}

static void append_is_dense_and_counts_by_type(void **state) {
    (void)state;
    static const int64_t stored[] = {0, 3, 4};
    struct audit_log log;
    audit_log_init(&log, 7, stored, 3);
    static const int32_t types[] = {1, 5, 1};
    for (int i = 0; i < 3; i++) {
        struct audit_event e = event(types[i], "x");
        audit_log_append(&log, &e);
        assert_int_equal(e.seq, 8 + i);
    }
    assert_int_equal(log.size, 10);
    assert_int_equal(log.types, 6);
    static const int64_t want[] = {0, 5, 4, 0, 0, 1};
    assert_memory_equal(log.counts, want, sizeof want);
}

static void append_keeps_types_that_nobody_knows(void **state) {
    (void)state;
    static const int64_t stored[] = {0};
    static const int32_t types[] = {0, -1, AUDIT_TYPES, INT32_MAX, INT32_MIN, AUDIT_TYPES - 1};
    struct audit_log log;
    audit_log_init(&log, 0, stored, 1);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct audit_event e = event(types[i], "x");
        audit_log_append(&log, &e);
        assert_int_equal(e.type, types[i]);
    }
    assert_int_equal(log.counts[0], 5);
    assert_int_equal(log.counts[AUDIT_TYPES - 1], 1);
    assert_int_equal(log.types, AUDIT_TYPES);
}

static void digest_is_sha256_of_the_bytes(void **state) {
    (void)state;
    static const uint8_t abc[AUDIT_DIGEST] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                              0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                              0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    static const int64_t stored[] = {0};
    struct audit_log log;
    struct audit_event e = event(1, "abc");
    audit_log_init(&log, 0, stored, 1);
    audit_log_append(&log, &e);
    assert_memory_equal(e.digest, abc, sizeof abc);
}

static void producers_have_numbers_and_back(void **state) {
    (void)state;
    assert_int_equal(audit_producer_number("intake"), AUDIT_INTAKE);
    assert_int_equal(audit_producer_number("assign"), AUDIT_ASSIGN);
    assert_int_equal(audit_producer_number("notify"), AUDIT_NOTIFY);
    assert_int_equal(audit_producer_number("gateway"), AUDIT_OTHER);
    assert_int_equal(audit_producer_number(""), AUDIT_OTHER);
    assert_string_equal(audit_producer_name(AUDIT_ASSIGN), "assign");
    assert_string_equal(audit_producer_name(0), "");
    assert_string_equal(audit_producer_name(4), "");
    assert_string_equal(audit_producer_name(-1), "");
}

static void roles_have_numbers_and_back(void **state) {
    (void)state;
    for (int32_t number = 1; number < 32; number++) {
        assert_int_equal(audit_role_number(UINT32_C(1) << number), number);
        assert_true(audit_role_bit(number) == UINT32_C(1) << number);
    }
    assert_int_equal(audit_role_number(0), 0);
    assert_int_equal(audit_role_number(1), 0);
    assert_int_equal(audit_role_number(6), 0);
    assert_int_equal(audit_role_bit(0), 0);
    assert_int_equal(audit_role_bit(32), 0);
    assert_int_equal(audit_role_bit(-5), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(append_is_dense_and_counts_by_type), cmocka_unit_test(append_keeps_types_that_nobody_knows),
        cmocka_unit_test(digest_is_sha256_of_the_bytes),      cmocka_unit_test(producers_have_numbers_and_back),
        cmocka_unit_test(roles_have_numbers_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
