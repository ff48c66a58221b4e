#include "notify/core/notify_step.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { CAPACITY = 64 };

#define SECOND INT64_C(1000000)
#define NOW    (INT64_C(1800000000) * SECOND)

static struct notify_delivery deliveries[CAPACITY];
static struct notify_delivery *heads[2 * CAPACITY];
static struct notify_view view;
static uint8_t order_a[16] = {0xa}, order_b[16] = {0xb}, request[16] = {0xf};

static int fresh_view(void **state) {
    (void)state;
    memset(deliveries, 0, sizeof deliveries);
    memset(heads, 0, sizeof heads);
    assert_int_equal(notify_view_buckets(CAPACITY), CAPACITY);
    notify_view_init(&view, deliveries, CAPACITY, heads);
    return 0;
}

static struct notify_fact fact(const uint8_t *order, int32_t dispatch_seq, const char *worker) {
    return (struct notify_fact){.order_id = order,
                                .request_id = request,
                                .dispatch_seq = dispatch_seq,
                                .urgency = 1,
                                .request_number = "ZS20261124-000001",
                                .worker_id = worker,
                                .service_code = "lamp"};
}

static const uint8_t *id(uint8_t n) {
    static uint8_t ids[256][16];
    ids[n][15] = n;
    return ids[n];
}

static enum notify_verdict dispatch(const uint8_t *order, int32_t dispatch_seq, const char *worker, uint8_t n) {
    struct notify_fact f = fact(order, dispatch_seq, worker);
    return notify_step_dispatch(&view, &f, NOW, id(n));
}

static enum notify_verdict withdraw(const uint8_t *order, uint8_t n) {
    struct notify_fact f = fact(order, 0, "");
    return notify_step_withdraw(&view, &f, NOW, id(n));
}

static enum notify_verdict reassign(const uint8_t *order, int32_t dispatch_seq, const char *worker, bool away,
                                    uint8_t n) {
    struct notify_fact f = fact(order, dispatch_seq, worker);
    f.worker_away = away;
    return notify_step_reassign(&view, &f, NOW, id(n), id((uint8_t)(n + 100)));
}

static enum notify_verdict hold(const uint8_t *order) {
    struct notify_fact f = fact(order, 1, "W1");
    return notify_step_hold(&view, &f, NOW);
}

static enum notify_verdict release(const uint8_t *order, int64_t now_us) {
    struct notify_fact f = fact(order, 1, "W1");
    return notify_step_release(&view, &f, now_us);
}

static enum notify_verdict acknowledge(uint8_t n, const char *worker, bool *ret_announce) {
    struct notify_delivery *delivery = NULL;
    return notify_step_acknowledge(&view, id(n), worker, NOW + SECOND, &delivery, ret_announce);
}

/* As if the batch had been committed and the rows read again. */
static void commit(void) {
    for (size_t i = 0; i < view.count; i++) {
        deliveries[i].fresh = deliveries[i].changed = deliveries[i].push = false;
    }
}

static void step_dispatch_tells_the_worker(void **state) {
    (void)state;
    assert_int_equal(dispatch(order_a, 1, "W1", 1), NOTIFY_DONE);
    const struct notify_delivery *d = notify_view_find(&view, id(1));
    assert_non_null(d);
    assert_true(d->fresh && d->push && notify_is_open(d));
    assert_int_equal(d->kind, NOTIFY_ASSIGNMENT);
    assert_memory_equal(d->order_id, order_a, 16);
    assert_memory_equal(d->request_id, request, 16);
    assert_string_equal(d->worker_id, "W1");
    assert_int_equal(d->attempts, 1);
    assert_int_equal(d->next_push_at_us, NOW + 5 * SECOND);
}

static void step_dispatch_supersedes_the_one_before(void **state) {
    (void)state;
    dispatch(order_a, 1, "W1", 1);
    dispatch(order_b, 1, "W1", 2);
    commit();
    assert_int_equal(dispatch(order_a, 2, "W2", 3), NOTIFY_DONE);
    const struct notify_delivery *old = notify_view_find(&view, id(1)), *other = notify_view_find(&view, id(2));
    assert_int_equal(old->superseded_at_us, NOW);
    assert_int_equal(old->next_push_at_us, 0);
    assert_true(old->changed && !old->fresh);
    assert_true(notify_is_open(other) && !other->changed);
    assert_true(notify_is_open(notify_view_find(&view, id(3))));
}

static void step_two_dispatches_in_one_batch_insert_both_and_update_none(void **state) {
    (void)state;
    dispatch(order_a, 1, "W1", 1);
    dispatch(order_a, 2, "W2", 2);
    const struct notify_delivery *old = notify_view_find(&view, id(1));
    assert_true(old->fresh && !old->changed);
    assert_false(notify_is_open(old));
}

static void step_outdated_dispatch_changes_nothing(void **state) {
    (void)state;
    dispatch(order_a, 2, "W2", 1);
    commit();
    assert_int_equal(dispatch(order_a, 1, "W1", 2), NOTIFY_NOTHING);
    assert_int_equal(dispatch(order_a, 2, "W2", 3), NOTIFY_NOTHING);
    assert_int_equal(view.count, 1);
    assert_false(deliveries[0].changed);
}

static void step_dispatch_to_nobody_is_refused(void **state) {
    (void)state;
    assert_int_equal(dispatch(order_a, 1, "", 1), NOTIFY_NO_WORKER);
    assert_int_equal(view.count, 0);
}

static void step_withdraw_tells_the_one_who_had_it(void **state) {
    (void)state;
    dispatch(order_a, 1, "W1", 1);
    dispatch(order_a, 2, "W2", 2);
    commit();
    assert_int_equal(withdraw(order_a, 3), NOTIFY_DONE);
    const struct notify_delivery *w = notify_view_find(&view, id(3));
    assert_int_equal(w->kind, NOTIFY_WITHDRAWAL);
    assert_string_equal(w->worker_id, "W2");
    assert_int_equal(w->dispatch_seq, 2);
    assert_true(w->fresh && w->push);
    assert_int_equal(notify_view_find(&view, id(2))->superseded_at_us, NOW);
    assert_int_equal(withdraw(order_a, 4), NOTIFY_NOTHING);
    assert_true(notify_is_open(w));
}

static void step_withdraw_also_tells_one_who_had_acknowledged(void **state) {
    (void)state;
    bool announce;
    dispatch(order_a, 1, "W1", 1);
    acknowledge(1, "W1", &announce);
    commit();
    assert_int_equal(withdraw(order_a, 2), NOTIFY_DONE);
    assert_int_equal(notify_view_find(&view, id(1))->superseded_at_us, 0);
    assert_false(notify_view_find(&view, id(1))->changed);
}

static void step_withdraw_of_what_was_never_dispatched_tells_nobody(void **state) {
    (void)state;
    assert_int_equal(withdraw(order_a, 1), NOTIFY_NOTHING);
    assert_int_equal(view.count, 0);
}

static void step_acknowledge_is_announced_once(void **state) {
    (void)state;
    bool announce = false;
    dispatch(order_a, 1, "W1", 1);
    commit();
    assert_int_equal(acknowledge(1, "W1", &announce), NOTIFY_DONE);
    assert_true(announce);
    const struct notify_delivery *d = notify_view_find(&view, id(1));
    assert_int_equal(d->acknowledged_at_us, NOW + SECOND);
    assert_int_equal(d->next_push_at_us, 0);
    assert_true(d->changed);
    assert_int_equal(acknowledge(1, "W1", &announce), NOTIFY_NOTHING);
    assert_false(announce);
    assert_int_equal(d->acknowledged_at_us, NOW + SECOND);
}

static void step_acknowledge_by_another_finds_nothing(void **state) {
    (void)state;
    bool announce = false;
    dispatch(order_a, 1, "W1", 1);
    assert_int_equal(acknowledge(1, "W2", &announce), NOTIFY_NOT_FOUND);
    assert_int_equal(acknowledge(1, "", &announce), NOTIFY_NOT_FOUND);
    assert_int_equal(acknowledge(9, "W1", &announce), NOTIFY_NOT_FOUND);
    assert_true(notify_is_open(notify_view_find(&view, id(1))));
}

static void step_acknowledge_of_a_superseded_or_a_withdrawal_is_not_announced(void **state) {
    (void)state;
    bool announce = true;
    dispatch(order_a, 1, "W1", 1);
    dispatch(order_a, 2, "W2", 2);
    withdraw(order_a, 3);
    commit();
    assert_int_equal(acknowledge(1, "W1", &announce), NOTIFY_DONE);
    assert_false(announce);
    assert_int_equal(acknowledge(3, "W2", &announce), NOTIFY_DONE);
    assert_false(announce);
}

static void step_reassign_tells_both_workers(void **state) {
    (void)state;
    dispatch(order_a, 1, "W1", 1);
    commit();
    assert_int_equal(reassign(order_a, 2, "W2", false, 2), NOTIFY_DONE);
    assert_int_equal(notify_view_find(&view, id(1))->superseded_at_us, NOW);
    const struct notify_delivery *to = notify_view_find(&view, id(2)), *from = notify_view_find(&view, id(102));
    assert_true(to->push && notify_is_open(to) && to->kind == NOTIFY_ASSIGNMENT && to->dispatch_seq == 2);
    assert_string_equal(to->worker_id, "W2");
    assert_true(from->push && notify_is_open(from) && from->kind == NOTIFY_WITHDRAWAL && from->dispatch_seq == 1);
    assert_string_equal(from->worker_id, "W1");
    assert_int_equal(reassign(order_a, 2, "W2", false, 3), NOTIFY_NOTHING);
}

static void step_reassign_never_tells_one_who_is_off_duty(void **state) {
    (void)state;
    dispatch(order_a, 1, "W1", 1);
    hold(order_a);
    commit();
    assert_int_equal(reassign(order_a, 2, "W2", true, 2), NOTIFY_DONE);
    const struct notify_delivery *old = notify_view_find(&view, id(1));
    assert_true(old->superseded_at_us == NOW && old->held_at_us == 0 && !old->push);
    assert_null(notify_view_find(&view, id(102)));
    assert_true(notify_is_open(notify_view_find(&view, id(2))));
}

static void step_an_order_that_comes_back_supersedes_the_withdrawal(void **state) {
    (void)state;
    dispatch(order_a, 1, "W1", 1);
    reassign(order_a, 2, "W2", false, 2);
    commit();
    reassign(order_a, 3, "W1", false, 3);
    assert_false(notify_is_open(notify_view_find(&view, id(102)))); /* it is his again */
    assert_true(notify_is_open(notify_view_find(&view, id(103))));  /* and no longer the other's */
    assert_true(notify_is_open(notify_view_find(&view, id(3))));
}

static void step_hold_stops_the_pushes_and_release_pushes_at_once(void **state) {
    (void)state;
    bool announce;
    dispatch(order_a, 1, "W1", 1);
    dispatch(order_b, 1, "W1", 2);
    acknowledge(2, "W1", &announce);
    commit();
    struct notify_delivery *d = notify_view_find(&view, id(1));
    assert_int_equal(hold(order_a), NOTIFY_DONE);
    assert_true(d->held_at_us == NOW && d->next_push_at_us == 0 && d->changed && notify_is_open(d));
    d->due = true;
    assert_int_equal(notify_step_push_due(&view, NOW + SECOND), 0);
    assert_false(d->push);
    assert_int_equal(hold(order_a), NOTIFY_NOTHING);
    assert_int_equal(hold(order_b), NOTIFY_NOTHING); /* he has it */
    commit();
    assert_int_equal(release(order_a, NOW + 9 * SECOND), NOTIFY_DONE);
    assert_true(d->push && d->held_at_us == 0 && d->changed);
    assert_int_equal(d->next_push_at_us, NOW + 19 * SECOND);
    assert_int_equal(release(order_a, NOW), NOTIFY_NOTHING);
}

static void step_a_hold_in_the_batch_of_its_dispatch_is_not_pushed(void **state) {
    (void)state;
    dispatch(order_a, 1, "W1", 1);
    hold(order_a);
    const struct notify_delivery *d = notify_view_find(&view, id(1));
    assert_true(d->fresh && !d->push && d->held_at_us == NOW);
}

static void step_withdraw_of_one_who_is_off_duty_waits_until_he_asks(void **state) {
    (void)state;
    dispatch(order_a, 1, "W1", 1);
    struct notify_fact f = fact(order_a, 0, "");
    f.worker_away = true;
    assert_int_equal(notify_step_withdraw(&view, &f, NOW, id(2)), NOTIFY_DONE);
    const struct notify_delivery *w = notify_view_find(&view, id(2));
    assert_true(notify_is_open(w) && !w->push && w->next_push_at_us == 0 && w->held_at_us == 0);
}

static void step_push_due_pushes_only_what_is_due_and_open(void **state) {
    (void)state;
    bool announce;
    dispatch(order_a, 1, "W1", 1);
    dispatch(order_b, 1, "W1", 2);
    commit();
    deliveries[0].due = deliveries[1].due = true;
    acknowledge(2, "W1", &announce);
    int64_t later = NOW + 6 * SECOND;
    assert_int_equal(notify_step_push_due(&view, later), 1);
    const struct notify_delivery *d = notify_view_find(&view, id(1));
    assert_true(d->push && d->changed);
    assert_int_equal(d->attempts, 2);
    assert_int_equal(d->next_push_at_us, later + 10 * SECOND);
    assert_false(notify_view_find(&view, id(2))->push);
    assert_int_equal(notify_step_push_due(&view, later), 0);
}

static void backoff_doubles_up_to_five_minutes_and_ends(void **state) {
    (void)state;
    static const int64_t pauses[] = {5, 10, 20, 40, 80, 160, 300, 300};
    for (int32_t i = 0; i < (int32_t)(sizeof pauses / sizeof pauses[0]); i++) {
        assert_int_equal(notify_next_push_us(i + 1, NOW), NOW + pauses[i] * SECOND);
    }
    assert_int_equal(notify_next_push_us(NOTIFY_ATTEMPTS_MAX - 1, NOW), NOW + 300 * SECOND);
    assert_int_equal(notify_next_push_us(NOTIFY_ATTEMPTS_MAX, NOW), 0);
}

static void view_keeps_the_first_of_a_row_put_twice(void **state) {
    (void)state;
    dispatch(order_a, 1, "W1", 1);
    struct notify_delivery again = deliveries[0];
    again.attempts = 7;
    assert_ptr_equal(notify_view_put(&view, &again), &deliveries[0]);
    assert_int_equal(deliveries[0].attempts, 1);
    assert_int_equal(view.count, 1);
}

static void view_full_is_said(void **state) {
    (void)state;
    for (unsigned i = 0; i < CAPACITY; i++) {
        uint8_t n = (uint8_t)i;
        uint8_t order[16] = {0xc, n};
        assert_int_equal(dispatch(order, 1, "W1", n), NOTIFY_DONE);
    }
    assert_int_equal(dispatch(order_a, 1, "W1", 200), NOTIFY_FULL);
    for (unsigned i = 0; i < CAPACITY; i++) {
        uint8_t n = (uint8_t)i;
        uint8_t order[16] = {0xc, n};
        assert_ptr_equal(notify_view_of_order(&view, order), notify_view_find(&view, id(n)));
        assert_null(notify_view_next(notify_view_find(&view, id(n))));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(step_dispatch_tells_the_worker, fresh_view),
        cmocka_unit_test_setup(step_dispatch_supersedes_the_one_before, fresh_view),
        cmocka_unit_test_setup(step_two_dispatches_in_one_batch_insert_both_and_update_none, fresh_view),
        cmocka_unit_test_setup(step_outdated_dispatch_changes_nothing, fresh_view),
        cmocka_unit_test_setup(step_dispatch_to_nobody_is_refused, fresh_view),
        cmocka_unit_test_setup(step_withdraw_tells_the_one_who_had_it, fresh_view),
        cmocka_unit_test_setup(step_withdraw_also_tells_one_who_had_acknowledged, fresh_view),
        cmocka_unit_test_setup(step_withdraw_of_what_was_never_dispatched_tells_nobody, fresh_view),
        cmocka_unit_test_setup(step_acknowledge_is_announced_once, fresh_view),
        cmocka_unit_test_setup(step_acknowledge_by_another_finds_nothing, fresh_view),
        cmocka_unit_test_setup(step_acknowledge_of_a_superseded_or_a_withdrawal_is_not_announced, fresh_view),
        cmocka_unit_test_setup(step_reassign_tells_both_workers, fresh_view),
        cmocka_unit_test_setup(step_reassign_never_tells_one_who_is_off_duty, fresh_view),
        cmocka_unit_test_setup(step_an_order_that_comes_back_supersedes_the_withdrawal, fresh_view),
        cmocka_unit_test_setup(step_hold_stops_the_pushes_and_release_pushes_at_once, fresh_view),
        cmocka_unit_test_setup(step_a_hold_in_the_batch_of_its_dispatch_is_not_pushed, fresh_view),
        cmocka_unit_test_setup(step_withdraw_of_one_who_is_off_duty_waits_until_he_asks, fresh_view),
        cmocka_unit_test_setup(step_push_due_pushes_only_what_is_due_and_open, fresh_view),
        cmocka_unit_test_setup(backoff_doubles_up_to_five_minutes_and_ends, fresh_view),
        cmocka_unit_test_setup(view_keeps_the_first_of_a_row_put_twice, fresh_view),
        cmocka_unit_test_setup(view_full_is_said, fresh_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
