/* What is personal about a recipient: opens for its own recipient under its own key, and never again once the key is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <string.h>

#include "assign/shell/recipient_secret.h"
#include "common/base/borrow.h"

static const uint8_t kek[SEAL_KEY] = {1, 2, 3}, other_kek[SEAL_KEY] = {1, 2, 4};
static const uint8_t id[16] = {7, 7}, other_id[16] = {7, 8};
static const char name[] = "李奶奶", purpose[] = "上门探访李奶奶";
static struct pd_arena arena;

static void fresh(uint8_t *random, size_t length, uint8_t first) {
    for (size_t i = 0; i < length; i++) {
        random[i] = (uint8_t)(first + i);
    }
}

static struct recipient_secret sealed(uint8_t ret_digest[SEAL_DIGEST]) {
    Paidan__Assign__V1__RecipientPersonal personal = PAIDAN__ASSIGN__V1__RECIPIENT_PERSONAL__INIT;
    struct recipient_secret secret = {{NULL, 0}, {NULL, 0}};
    uint8_t random[RECIPIENT_NEW_RANDOM];
    fresh(random, sizeof random, 1);
    personal.name = pd_borrow(name);
    personal.note = pd_borrow("独居");
    assert_true(recipient_seal_new(&arena, kek, id, random, &personal, &secret, ret_digest));
    return secret;
}

static void what_was_written_is_read(void **state) {
    (void)state;
    uint8_t digest[SEAL_DIGEST];
    struct recipient_secret secret = sealed(digest);
    Paidan__Assign__V1__RecipientPersonal *personal = NULL;
    assert_null(memmem(secret.sealed.data, secret.sealed.length, name, sizeof name - 1));
    assert_int_equal(recipient_open(&arena, kek, id, &secret, &personal), RECIPIENT_OPEN);
    assert_string_equal(personal->name, name);
    assert_string_equal(personal->note, "独居");
    assert_string_equal(personal->phone, "");
    assert_null(personal->original);
}

static void another_key_another_recipient_or_a_changed_byte_is_noticed(void **state) {
    (void)state;
    uint8_t digest[SEAL_DIGEST];
    struct recipient_secret secret = sealed(digest);
    Paidan__Assign__V1__RecipientPersonal *personal = NULL;
    assert_int_equal(recipient_open(&arena, other_kek, id, &secret, &personal), RECIPIENT_BROKEN);
    assert_int_equal(recipient_open(&arena, kek, other_id, &secret, &personal), RECIPIENT_BROKEN);
    uint8_t *changed = pd_memdup(&arena, secret.sealed.data, secret.sealed.length);
    struct recipient_secret broken = {secret.wrapped, {changed, secret.sealed.length}};
    for (size_t i = 0; i < secret.sealed.length; i++) {
        changed[i] ^= 1;
        assert_int_equal(recipient_open(&arena, kek, id, &broken, &personal), RECIPIENT_BROKEN);
        changed[i] ^= 1;
    }
    for (size_t length = 0; length < secret.sealed.length; length++) {
        broken.sealed.length = length;
        assert_int_equal(recipient_open(&arena, kek, id, &broken, &personal), RECIPIENT_BROKEN);
    }
    assert_null(personal);
}

static void without_the_wrapped_key_nothing_comes_back(void **state) {
    (void)state;
    uint8_t digest[SEAL_DIGEST], random[RECIPIENT_TEXT_RANDOM] = {0};
    struct recipient_secret secret = sealed(digest);
    struct recipient_bytes text = {NULL, 0};
    Paidan__Assign__V1__RecipientPersonal *personal = NULL;
    const char *words = NULL;
    assert_int_equal(recipient_text_seal(&arena, kek, id, &secret, random, purpose, &text, digest), RECIPIENT_OPEN);
    secret.wrapped = (struct recipient_bytes){NULL, 0};
    assert_int_equal(recipient_open(&arena, kek, id, &secret, &personal), RECIPIENT_ERASED);
    assert_int_equal(recipient_text_open(&arena, kek, id, secret.wrapped, text, &words), RECIPIENT_ERASED);
    assert_int_equal(recipient_text_seal(&arena, kek, id, &secret, random, purpose, &text, digest), RECIPIENT_ERASED);
    assert_null(personal);
    assert_null(words);
}

static void the_words_of_an_event_are_committed_to_and_read_again(void **state) {
    (void)state;
    uint8_t digest[SEAL_DIGEST], again[SEAL_DIGEST], random[RECIPIENT_TEXT_RANDOM];
    struct recipient_secret secret = sealed(digest);
    struct recipient_bytes text = {NULL, 0};
    const char *words = NULL;
    fresh(random, sizeof random, 77);
    assert_int_equal(recipient_text_seal(&arena, kek, id, &secret, random, purpose, &text, digest), RECIPIENT_OPEN);
    seal_digest(random + SEAL_NONCE, purpose, strlen(purpose), again);
    assert_memory_equal(digest, again, SEAL_DIGEST);
    assert_int_equal(recipient_text_open(&arena, kek, id, secret.wrapped, text, &words), RECIPIENT_OPEN);
    assert_string_equal(words, purpose);
    words = NULL;
    assert_int_equal(recipient_text_open(&arena, kek, other_id, secret.wrapped, text, &words), RECIPIENT_BROKEN);
    assert_null(words);
}

static void a_full_arena_is_told_from_a_broken_box(void **state) {
    (void)state;
    uint8_t digest[SEAL_DIGEST];
    struct recipient_secret secret = sealed(digest);
    struct pd_arena small;
    Paidan__Assign__V1__RecipientPersonal *personal = NULL;
    pd_arena_init(&small, 64, 64);
    assert_int_equal(recipient_open(&small, kek, id, &secret, &personal), RECIPIENT_MEMORY);
    pd_arena_fini(&small);
}

static int make_arena(void **state) {
    (void)state;
    pd_arena_init(&arena, 4096, 16 << 20);
    return 0;
}

static int free_arena(void **state) {
    (void)state;
    pd_arena_fini(&arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(another_key_another_recipient_or_a_changed_byte_is_noticed),
        cmocka_unit_test(without_the_wrapped_key_nothing_comes_back),
        cmocka_unit_test(the_words_of_an_event_are_committed_to_and_read_again),
        cmocka_unit_test(a_full_arena_is_told_from_a_broken_box),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
