#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/core/caller.h"

static void bearer(void **state) {
    (void)state;
    assert_string_equal(caller_bearer("Bearer abc"), "abc");
    assert_string_equal(caller_bearer("bEARER abc"), "abc");
    assert_null(caller_bearer(NULL));
    assert_null(caller_bearer(""));
    assert_null(caller_bearer("Bearer"));
    assert_null(caller_bearer("Basic abc"));
}

static void tokens(void **state) {
    (void)state;
    char token[64] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123-_9";
    assert_int_equal(strlen(token), CALLER_TOKEN_LENGTH);
    assert_true(caller_token_ok(token));
    token[5] = '+';
    assert_false(caller_token_ok(token));
    token[5] = 'x';
    token[42] = '\0';
    assert_false(caller_token_ok(token));
    strcpy(token + 42, "xy");
    assert_false(caller_token_ok(token));
    assert_false(caller_token_ok(""));
}

static void idempotency_keys(void **state) {
    (void)state;
    char key[300];
    memset(key, 'k', sizeof key);
    key[CALLER_KEY_LENGTH_MAX] = '\0';
    assert_true(caller_key_ok(key));
    key[CALLER_KEY_LENGTH_MAX] = 'k';
    key[CALLER_KEY_LENGTH_MAX + 1] = '\0';
    assert_false(caller_key_ok(key));
    assert_true(caller_key_ok("!"));
    assert_true(caller_key_ok("\"8e03978e-40d5-43e8-bc93-6894a57f9324\""));
    assert_false(caller_key_ok(""));
    assert_false(caller_key_ok("a b"));
    assert_false(caller_key_ok("a\tb"));
    assert_false(caller_key_ok("\xe6\xb4\xbe"));
    assert_false(caller_key_ok("a\x7f"));
}

static void trace_contexts(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true},
        {"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings", true},
        {"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true},
        {"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.x", false},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", false},
        {"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false},
        {"00-00000000000000000000000000000000-b7ad6b7169203331-01", false},
        {"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false},
        {"00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01", false},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0", false},
        {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-", false},
        {"00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01", false},
        {"", false},
        {"00", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(caller_trace_ok(rows[i].text), rows[i].ok);
    }
}

static void content_types(void **state) {
    (void)state;
    assert_true(caller_is_json("application/json"));
    assert_true(caller_is_json("Application/JSON; charset=utf-8"));
    assert_true(caller_is_json("application/json ;x=y"));
    assert_false(caller_is_json("application/json5"));
    assert_false(caller_is_json("text/plain"));
    assert_false(caller_is_json(""));
    assert_false(caller_is_json(NULL));
}

static void names(void **state) {
    (void)state;
    char name[80];
    memset(name, 'n', sizeof name);
    name[CALLER_USERNAME_MAX] = '\0';
    assert_true(caller_username_ok(name));
    name[CALLER_USERNAME_MAX] = 'n';
    name[CALLER_USERNAME_MAX + 1] = '\0';
    assert_false(caller_username_ok(name));
    assert_true(caller_username_ok("li.si-2@example"));
    assert_false(caller_username_ok(""));
    assert_false(caller_username_ok("a b"));
    assert_false(caller_username_ok("\xe6\x9d\x8e"));
    assert_true(caller_worker_id_ok("W000001"));
    assert_false(caller_worker_id_ok(""));
    assert_false(caller_worker_id_ok("W.*@"));
    assert_false(caller_worker_id_ok("W1234567890123456789012345678901"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bearer),         cmocka_unit_test(tokens),        cmocka_unit_test(idempotency_keys),
        cmocka_unit_test(trace_contexts), cmocka_unit_test(content_types), cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
