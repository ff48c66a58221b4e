#include "intake/core/intake_seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t kek[INTAKE_KEY] = {1, 2, 3};
static const uint8_t key[INTAKE_KEY] = {9, 8, 7};
static const uint8_t nonce[INTAKE_NONCE] = {5};
static const uint8_t id[16] = {1, 9}, other_id[16] = {1, 8};
static const char text[] = "王小明 13812341234 孙文东路 路灯不亮";

enum { LENGTH = sizeof text, SEALED = LENGTH + INTAKE_SEAL_OVERHEAD };

static void what_was_sealed_opens_again(void **state) {
    (void)state;
    uint8_t sealed[SEALED], opened[LENGTH];
    intake_seal(key, id, nonce, text, LENGTH, sealed);
    assert_true(intake_open(key, id, sealed, SEALED, opened));
    assert_memory_equal(opened, text, LENGTH);
    assert_null(memmem(sealed, SEALED, "13812341234", 11));
    intake_seal(key, id, nonce, "", 0, sealed);
    assert_true(intake_open(key, id, sealed, INTAKE_SEAL_OVERHEAD, opened));
}

static void any_changed_byte_is_noticed(void **state) {
    (void)state;
    uint8_t sealed[SEALED], opened[LENGTH];
    intake_seal(key, id, nonce, text, LENGTH, sealed);
    for (size_t i = 0; i < SEALED; i++) {
        sealed[i] ^= 1;
        assert_false(intake_open(key, id, sealed, SEALED, opened));
        sealed[i] ^= 1;
    }
    for (size_t length = 0; length < SEALED; length++) {
        assert_false(intake_open(key, id, sealed, length, opened));
    }
    assert_false(intake_open(key, id, NULL, 0, opened));
}

static void a_box_opens_for_its_request_alone(void **state) {
    (void)state;
    uint8_t sealed[SEALED], opened[LENGTH], wrapped[INTAKE_WRAPPED], unwrapped[INTAKE_KEY];
    intake_seal(key, id, nonce, text, LENGTH, sealed);
    assert_false(intake_open(key, other_id, sealed, SEALED, opened));
    assert_false(intake_open(kek, id, sealed, SEALED, opened));
    intake_wrap(kek, id, nonce, key, wrapped);
    assert_false(intake_unwrap(kek, other_id, wrapped, sizeof wrapped, unwrapped));
    assert_false(intake_unwrap(key, id, wrapped, sizeof wrapped, unwrapped));
    /* a wrapped key is not a text, nor the other way round */
    assert_false(intake_open(kek, id, wrapped, sizeof wrapped, opened));
    intake_seal(kek, id, nonce, key, INTAKE_KEY, wrapped);
    assert_false(intake_unwrap(kek, id, wrapped, sizeof wrapped, unwrapped));
}

static void without_the_wrapped_key_nothing_comes_back(void **state) {
    (void)state;
    uint8_t sealed[SEALED], opened[LENGTH], wrapped[INTAKE_WRAPPED], unwrapped[INTAKE_KEY];
    intake_wrap(kek, id, nonce, key, wrapped);
    assert_true(intake_unwrap(kek, id, wrapped, sizeof wrapped, unwrapped));
    assert_memory_equal(unwrapped, key, INTAKE_KEY);
    intake_seal(unwrapped, id, nonce, text, LENGTH, sealed);
    assert_false(intake_unwrap(kek, id, NULL, 0, unwrapped));
    assert_false(intake_unwrap(kek, id, wrapped, sizeof wrapped - 1, unwrapped));
    assert_false(intake_open(kek, id, sealed, SEALED, opened));
}

static void a_digest_depends_on_salt_and_text(void **state) {
    (void)state;
    /* SHA-256 of 32 zero bytes and "abc" */
    static const uint8_t expected[INTAKE_DIGEST] = {0x36, 0x5a, 0xa7, 0xd8, 0xf7, 0xf9, 0x40, 0x2c, 0x4b, 0x94, 0x34,
                                                    0x50, 0x2b, 0x4c, 0xc8, 0x9d, 0xdb, 0x09, 0xfe, 0x50, 0xd7, 0xcd,
                                                    0x95, 0xb4, 0x93, 0xb8, 0x34, 0xc6, 0x2d, 0x5a, 0x53, 0x70};
    uint8_t salt[INTAKE_SALT] = {0}, digest[INTAKE_DIGEST], other[INTAKE_DIGEST];
    intake_digest(salt, "abc", 3, digest);
    assert_memory_equal(digest, expected, sizeof digest);
    salt[31] = 1;
    intake_digest(salt, "abc", 3, other);
    assert_memory_not_equal(digest, other, sizeof digest);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_opens_again),
        cmocka_unit_test(any_changed_byte_is_noticed),
        cmocka_unit_test(a_box_opens_for_its_request_alone),
        cmocka_unit_test(without_the_wrapped_key_nothing_comes_back),
        cmocka_unit_test(a_digest_depends_on_salt_and_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
