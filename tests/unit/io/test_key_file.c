/* The key-encryption key: read from its file or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io/key_file.h"

#define GOOD "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static char path[] = "/tmp/paidan-key-XXXXXX";

static void write_key(const char *text, mode_t mode) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void refused_as(const char *at, const char *word) {
    uint8_t key[KEY_FILE_BYTES];
    struct pd_err err;
    assert_int_equal(key_file_read(at, key, &err), PD_BROKEN);
    assert_non_null(strstr(err.text, word));
    assert_null(strstr(err.text, "0a0b0c"));
}

static void test_sixty_four_hex_digits_are_a_key(void **state) {
    (void)state;
    static const char *const texts[] = {GOOD, GOOD "\n"};
    for (size_t i = 0; i < 2; i++) {
        uint8_t key[KEY_FILE_BYTES] = {0};
        struct pd_err err;
        write_key(texts[i], 0400);
        assert_int_equal(key_file_read(path, key, &err), PD_OK);
        for (size_t b = 0; b < sizeof key; b++) {
            assert_int_equal(key[b], b);
        }
    }
}

static void test_anything_else_is_no_key_and_is_not_quoted(void **state) {
    (void)state;
    static const char *const texts[] = {"", "\n", "0a0b0c", GOOD "0", GOOD "x\n", " " GOOD, "g" GOOD};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_key(texts[i], 0400);
        refused_as(path, "not 64 hex digits");
    }
}

static void test_a_key_that_everybody_may_read_is_refused(void **state) {
    (void)state;
    write_key(GOOD, 0404);
    refused_as(path, "may be read by everybody");
}

static void test_without_a_file_there_is_no_key(void **state) {
    (void)state;
    refused_as("", "is not set");
    refused_as("/tmp/paidan-no-such-key", "cannot be read");
    char link_path[sizeof path + 5];
    snprintf(link_path, sizeof link_path, "%s.link", path);
    write_key(GOOD, 0400);
    assert_int_equal(symlink(path, link_path), 0);
    refused_as(link_path, "cannot be read");
    assert_int_equal(unlink(link_path), 0);
}

static int make_file(void **state) {
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state) {
    (void)state;
    return unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sixty_four_hex_digits_are_a_key),
        cmocka_unit_test(test_anything_else_is_no_key_and_is_not_quoted),
        cmocka_unit_test(test_a_key_that_everybody_may_read_is_refused),
        cmocka_unit_test(test_without_a_file_there_is_no_key),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
