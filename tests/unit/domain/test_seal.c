#include "common/domain/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t kek[SEAL_KEY] = {1, 2, 3};
static const uint8_t key[SEAL_KEY] = {9, 8, 7};
static const uint8_t nonce[SEAL_NONCE] = {5};
static const uint8_t id[16] = {1, 9}, other_id[16] = {1, 8};
static const char text[] = "王小明 13812341234 孙文东路 路灯不亮";

enum { LENGTH = sizeof text, SEALED = LENGTH + SEAL_OVERHEAD };

static void what_was_sealed_opens_again(void **state) {
    (void)state;
    uint8_t sealed[SEALED], opened[LENGTH];
    seal_close(key, id, nonce, text, LENGTH, sealed);
    assert_true(seal_open(key, id, sealed, SEALED, opened));
    assert_memory_equal(opened, text, LENGTH);
    assert_null(memmem(sealed, SEALED, "13812341234", 11));
    seal_close(key, id, nonce, "", 0, sealed);
    assert_true(seal_open(key, id, sealed, SEAL_OVERHEAD, opened));
}

static void any_changed_byte_is_noticed(void **state) {
    (void)state;
    uint8_t sealed[SEALED], opened[LENGTH];
    seal_close(key, id, nonce, text, LENGTH, sealed);
    for (size_t i = 0; i < SEALED; i++) {
        sealed[i] ^= 1;
        assert_false(seal_open(key, id, sealed, SEALED, opened));
        sealed[i] ^= 1;
    }
    for (size_t length = 0; length < SEALED; length++) {
        assert_false(seal_open(key, id, sealed, length, opened));
    }
    assert_false(seal_open(key, id, NULL, 0, opened));
}

static void a_box_opens_for_its_request_alone(void **state) {
    (void)state;
    uint8_t sealed[SEALED], opened[LENGTH], wrapped[SEAL_WRAPPED], unwrapped[SEAL_KEY];
    seal_close(key, id, nonce, text, LENGTH, sealed);
    assert_false(seal_open(key, other_id, sealed, SEALED, opened));
    assert_false(seal_open(kek, id, sealed, SEALED, opened));
    seal_wrap(kek, id, nonce, key, wrapped);
    assert_false(seal_unwrap(kek, other_id, wrapped, sizeof wrapped, unwrapped));
    assert_false(seal_unwrap(key, id, wrapped, sizeof wrapped, unwrapped));
    /* a wrapped key is not a text, nor the other way round */
    assert_false(seal_open(kek, id, wrapped, sizeof wrapped, opened));
    seal_close(kek, id, nonce, key, SEAL_KEY, wrapped);
    assert_false(seal_unwrap(kek, id, wrapped, sizeof wrapped, unwrapped));
}

static void without_the_wrapped_key_nothing_comes_back(void **state) {
    (void)state;
    uint8_t sealed[SEALED], opened[LENGTH], wrapped[SEAL_WRAPPED], unwrapped[SEAL_KEY];
    seal_wrap(kek, id, nonce, key, wrapped);
    assert_true(seal_unwrap(kek, id, wrapped, sizeof wrapped, unwrapped));
    assert_memory_equal(unwrapped, key, SEAL_KEY);
    seal_close(unwrapped, id, nonce, text, LENGTH, sealed);
    assert_false(seal_unwrap(kek, id, NULL, 0, unwrapped));
    assert_false(seal_unwrap(kek, id, wrapped, sizeof wrapped - 1, unwrapped));
    assert_false(seal_open(kek, id, sealed, SEALED, opened));
}

static void a_digest_depends_on_salt_and_text(void **state) {
    (void)state;
    /* SHA-256 of 32 zero bytes and "abc" */
    static const uint8_t expected[SEAL_DIGEST] = {0x36, 0x5a, 0xa7, 0xd8, 0xf7, 0xf9, 0x40, 0x2c, 0x4b, 0x94, 0x34,
                                                  0x50, 0x2b, 0x4c, 0xc8, 0x9d, 0xdb, 0x09, 0xfe, 0x50, 0xd7, 0xcd,
                                                  0x95, 0xb4, 0x93, 0xb8, 0x34, 0xc6, 0x2d, 0x5a, 0x53, 0x70};
    uint8_t salt[SEAL_SALT] = {0}, digest[SEAL_DIGEST], other[SEAL_DIGEST];
    seal_digest(salt, "abc", 3, digest);
    assert_memory_equal(digest, expected, sizeof digest);
    salt[31] = 1;
    seal_digest(salt, "abc", 3, other);
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
