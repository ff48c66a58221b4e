/* order_view and code_map: what a batch knows, found again */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "assign/core/code_map.h"
#include "assign/core/order_step.h"
#include "assign/core/order_view.h"

enum { COUNT = 500 };

static struct order numbered(uint32_t n) {
    uint8_t id[16] = {0}, request_id[16] = {0};
    memcpy(id + 12, &n, sizeof n);
    memcpy(request_id + 8, &n, sizeof n);
    return order_accept(id, request_id, 1, 1);
}

static void orders_are_found_by_both_ids_and_never_doubled(void **context) {
    (void)context;
    struct order_view view;
    struct order_slot *slots = calloc(COUNT, sizeof *slots);
    struct order_slot **heads = calloc(2 * order_view_buckets(COUNT), sizeof(struct order_slot *));
    order_view_init(&view, slots, COUNT, heads);
    for (uint32_t n = 0; n < COUNT; n++) {
        struct order order = numbered(n);
        assert_null(order_view_by_id(&view, order.id));
        struct order_slot *slot = order_view_put(&view, &order);
        assert_non_null(slot);
        assert_ptr_equal(order_view_put(&view, &order), slot);
    }
    for (uint32_t n = 0; n < COUNT; n++) {
        struct order order = numbered(n);
        assert_ptr_equal(order_view_by_id(&view, order.id), &slots[n]);
        assert_ptr_equal(order_view_by_request(&view, order.request_id), &slots[n]);
    }
    struct order more = numbered(COUNT);
    assert_null(order_view_put(&view, &more));
    free(slots);
    free(heads);
}

static void codes_are_remembered_once_until_the_map_is_full(void **context) {
    (void)context;
    struct code_map map;
    static char codes[COUNT][16];
    struct code_entry *entries = calloc(code_map_size(COUNT), sizeof *entries);
    code_map_init(&map, entries, code_map_size(COUNT));
    for (int n = 0; n < COUNT; n++) {
        snprintf(codes[n], sizeof codes[n], "%015d", n);
        assert_null(code_map_find(&map, codes[n]));
        struct code_entry *entry = code_map_put(&map, codes[n]);
        assert_non_null(entry);
        assert_ptr_equal(code_map_put(&map, codes[n]), entry);
    }
    assert_int_equal(map.count, COUNT);
    assert_string_equal(code_map_find(&map, "000000000000499")->code, "000000000000499");
    code_map_init(&map, calloc(16, sizeof *entries), 16);
    for (int n = 0; n < 15; n++) {
        assert_non_null(code_map_put(&map, codes[n]));
    }
    assert_null(code_map_put(&map, codes[15]));
    assert_false(code_map_claim(&map, codes[15], 1));
    free(map.entries);
    free(entries);
}

static void a_claim_counts_for_others_only_when_settled(void **context) {
    (void)context;
    struct code_map map;
    struct code_entry entries[16] = {{0}};
    code_map_init(&map, entries, 16);
    code_map_put(&map, "stored");
    assert_true(code_map_has(&map, "stored", 0));
    assert_true(code_map_claim(&map, "stored", 1)); /* stays settled */
    assert_true(code_map_has(&map, "stored", 2));
    assert_true(code_map_claim(&map, "fresh", 1));
    assert_true(code_map_has(&map, "fresh", 1));
    assert_false(code_map_has(&map, "fresh", 2)); /* the first command was refused */
    assert_true(code_map_claim(&map, "fresh", 2));
    assert_true(code_map_has(&map, "fresh", 2));
    assert_false(code_map_has(&map, "fresh", 1));
    code_map_settle(&map, "fresh");
    assert_true(code_map_has(&map, "fresh", 3));
    assert_false(code_map_has(&map, "never", 3));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_found_by_both_ids_and_never_doubled),
        cmocka_unit_test(codes_are_remembered_once_until_the_map_is_full),
        cmocka_unit_test(a_claim_counts_for_others_only_when_settled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
