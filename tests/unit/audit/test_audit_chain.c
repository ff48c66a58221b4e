#include "audit/core/audit_chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SLOTS = 64, CAPACITY = 16 };

static struct audit_memory_slot slots[SLOTS];
static struct audit_memory memory;
static struct audit_head list[CAPACITY];
static struct audit_head *by_id[CAPACITY];
static struct audit_heads heads;
static const uint8_t request[16] = {7};

static int fresh_batch(void **state) {
    (void)state;
    memset(list, 0, sizeof list);
    memset(by_id, 0, sizeof by_id);
    audit_heads_init(&heads, list, CAPACITY, by_id);
    return 0;
}

static int fresh_memory(void **state) {
    memset(slots, 0, sizeof slots);
    audit_memory_init(&memory, slots, SLOTS);
    return fresh_batch(state);
}

static const uint8_t *id(uint8_t n) {
    static uint8_t ids[256][16];
    ids[n][15] = n;
    ids[n][0] = 1;
    return ids[n];
}

static struct audit_head *meet(uint8_t n, int64_t version) {
    return audit_heads_meet(&heads, &memory, id(n), request, version);
}

static enum audit_step advance(uint8_t n, int64_t version, int64_t *ret_before) {
    return audit_head_advance(audit_heads_find(&heads, id(n)), version, ret_before);
}

static void a_new_aggregate_needs_no_look(void **state) {
    (void)state;
    int64_t before = -1;
    struct audit_head *head = meet(1, 1);
    assert_false(head->look);
    assert_ptr_equal(meet(1, 2), head);
    assert_int_equal(advance(1, 1, &before), AUDIT_NEXT);
    assert_int_equal(before, 0);
    assert_int_equal(advance(1, 2, &before), AUDIT_NEXT);
    assert_int_equal(head->version, 2);
}

static void what_is_remembered_needs_no_look(void **state) {
    int64_t before;
    meet(1, 1);
    advance(1, 1, &before);
    audit_memory_learn(&memory, &heads);
    fresh_batch(state);
    assert_int_equal(audit_memory_version(&memory, id(1)), 1);
    assert_false(meet(1, 2)->look);
    assert_int_equal(advance(1, 2, &before), AUDIT_NEXT);
}

static void what_does_not_follow_is_looked_up(void **state) {
    int64_t before;
    assert_true(meet(1, 4)->look); /* not remembered */
    meet(2, 1);
    advance(2, 1, &before);
    audit_memory_learn(&memory, &heads);
    fresh_batch(state);
    assert_true(meet(2, 3)->look); /* remembered as 1 */
    fresh_batch(state);
    assert_true(meet(2, 1)->look);
}

static void a_gap_and_a_repeat_are_told_with_the_version_before(void **state) {
    (void)state;
    int64_t before = 0;
    meet(1, 4)->version = 2; /* as looked up */
    assert_int_equal(advance(1, 4, &before), AUDIT_GAP);
    assert_int_equal(before, 2);
    assert_int_equal(advance(1, 4, &before), AUDIT_REPEAT);
    assert_int_equal(before, 4);
    assert_int_equal(advance(1, 3, &before), AUDIT_REPEAT);
    assert_int_equal(advance(1, 5, &before), AUDIT_NEXT);
    meet(2, 0);
    assert_int_equal(advance(2, 0, &before), AUDIT_REPEAT);
    assert_int_equal(advance(2, -1, &before), AUDIT_REPEAT);
}

static void memory_forgets_and_only_costs_a_look(void **state) {
    int64_t before;
    /* Many more aggregates than slots: some are forgotten, none is ever taken for another. */
    for (unsigned n = 0; n < 256; n++) {
        fresh_batch(state);
        meet((uint8_t)n, 1);
        advance((uint8_t)n, 1, &before);
        audit_memory_learn(&memory, &heads);
    }
    unsigned known = 0;
    for (unsigned n = 0; n < 256; n++) {
        int64_t version = audit_memory_version(&memory, id((uint8_t)n));
        assert_true(version == 0 || version == 1);
        known += version == 1;
        fresh_batch(state);
        assert_int_equal(meet((uint8_t)n, 2)->look, version == 0);
    }
    assert_true(known > 0 && known <= SLOTS);
}

static void heads_full_is_said(void **state) {
    (void)state;
    for (unsigned i = 0; i < CAPACITY; i++) {
        uint8_t n = (uint8_t)i;
        assert_non_null(meet(n, 1));
    }
    assert_null(meet(CAPACITY, 1));
    assert_null(audit_heads_find(&heads, id(CAPACITY)));
    for (unsigned i = 0; i < CAPACITY; i++) {
        uint8_t n = (uint8_t)i;
        assert_memory_equal(audit_heads_find(&heads, id(n))->aggregate_id, id(n), 16);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_new_aggregate_needs_no_look, fresh_memory),
        cmocka_unit_test_setup(what_is_remembered_needs_no_look, fresh_memory),
        cmocka_unit_test_setup(what_does_not_follow_is_looked_up, fresh_memory),
        cmocka_unit_test_setup(a_gap_and_a_repeat_are_told_with_the_version_before, fresh_memory),
        cmocka_unit_test_setup(memory_forgets_and_only_costs_a_look, fresh_memory),
        cmocka_unit_test_setup(heads_full_is_said, fresh_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
