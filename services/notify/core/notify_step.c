#include "notify/core/notify_step.h"

#include <assert.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)

int64_t notify_next_push_us(int32_t attempts, int64_t now_us) {
    assert(attempts >= 1);
    if (attempts >= NOTIFY_ATTEMPTS_MAX) {
        return 0;
    }
    int64_t pause_s = NOTIFY_BACKOFF_MIN_S;
    for (int32_t i = 1; i < attempts && pause_s < NOTIFY_BACKOFF_MAX_S; i++) {
        pause_s *= 2;
    }
    if (pause_s > NOTIFY_BACKOFF_MAX_S) {
        pause_s = NOTIFY_BACKOFF_MAX_S;
    }
    return now_us + pause_s * SECOND_US;
}

static void mark_changed(struct notify_delivery *delivery) {
    delivery->changed = !delivery->fresh; /* a fresh row is inserted as it stands at the end of the batch */
}

static void supersede(struct notify_delivery *delivery, int64_t now_us) {
    delivery->superseded_at_us = now_us;
    delivery->next_push_at_us = delivery->held_at_us = 0;
    mark_changed(delivery);
}

/* The order's latest assignment; NULL: it never had one. */
static struct notify_delivery *latest_assignment(const struct notify_view *view, const uint8_t order_id[16]) {
    struct notify_delivery *latest = NULL;
    for (struct notify_delivery *d = notify_view_of_order(view, order_id); d != NULL; d = notify_view_next(d)) {
        if (d->kind == NOTIFY_ASSIGNMENT && (latest == NULL || d->dispatch_seq > latest->dispatch_seq)) {
            latest = d;
        }
    }
    return latest;
}

/* Another's withdrawal stays open: who lost the order must learn it, whatever becomes of it. */
static void supersede_open(const struct notify_view *view, const uint8_t order_id[16], const char *worker_id,
                           int64_t now_us) {
    for (struct notify_delivery *d = notify_view_of_order(view, order_id); d != NULL; d = notify_view_next(d)) {
        if (notify_is_open(d) && (d->kind == NOTIFY_ASSIGNMENT || strcmp(d->worker_id, worker_id) == 0)) {
            supersede(d, now_us);
        }
    }
}

/* silent: it is there for whoever asks, and nobody is pushed to. */
static enum notify_verdict add(struct notify_view *view, enum notify_kind kind, const struct notify_fact *fact,
                               bool silent, int64_t now_us, const uint8_t fresh_id[16]) {
    struct notify_delivery fresh = {.kind = kind,
                                    .dispatch_seq = fact->dispatch_seq,
                                    .urgency = fact->urgency,
                                    .request_number = fact->request_number,
                                    .worker_id = fact->worker_id,
                                    .service_code = fact->service_code,
                                    .created_at_us = now_us,
                                    .attempts = 1,
                                    .next_push_at_us = silent ? 0 : notify_next_push_us(1, now_us),
                                    .fresh = true,
                                    .push = !silent};
    memcpy(fresh.id, fresh_id, sizeof fresh.id);
    memcpy(fresh.order_id, fact->order_id, sizeof fresh.order_id);
    memcpy(fresh.request_id, fact->request_id, sizeof fresh.request_id);
    return notify_view_put(view, &fresh) == NULL ? NOTIFY_FULL : NOTIFY_DONE;
}

enum notify_verdict notify_step_dispatch(struct notify_view *view, const struct notify_fact *fact, int64_t now_us,
                                         const uint8_t fresh_id[16]) {
    if (fact->worker_id[0] == '\0') {
        return NOTIFY_NO_WORKER;
    }
    const struct notify_delivery *latest = latest_assignment(view, fact->order_id);
    if (latest != NULL && latest->dispatch_seq >= fact->dispatch_seq) {
        return NOTIFY_NOTHING; /* an outdated assignment never replaces a newer one */
    }
    supersede_open(view, fact->order_id, fact->worker_id, now_us);
    return add(view, NOTIFY_ASSIGNMENT, fact, false, now_us, fresh_id);
}

/* Tells the one of this assignment, which is the latest until now. */
static enum notify_verdict withdraw(struct notify_view *view, const struct notify_delivery *latest, bool silent,
                                    int64_t now_us, const uint8_t fresh_id[16]) {
    struct notify_fact had = {.order_id = latest->order_id,
                              .request_id = latest->request_id,
                              .dispatch_seq = latest->dispatch_seq,
                              .urgency = latest->urgency,
                              .request_number = latest->request_number,
                              .worker_id = latest->worker_id,
                              .service_code = latest->service_code};
    return add(view, NOTIFY_WITHDRAWAL, &had, silent, now_us, fresh_id);
}

enum notify_verdict notify_step_reassign(struct notify_view *view, const struct notify_fact *fact, int64_t now_us,
                                         const uint8_t fresh_id[16], const uint8_t withdrawal_id[16]) {
    const struct notify_delivery *before = latest_assignment(view, fact->order_id);
    enum notify_verdict verdict = notify_step_dispatch(view, fact, now_us, fresh_id);
    if (verdict != NOTIFY_DONE || before == NULL || fact->worker_away ||
        strcmp(before->worker_id, fact->worker_id) == 0) {
        return verdict;
    }
    return withdraw(view, before, false, now_us, withdrawal_id);
}

enum notify_verdict notify_step_withdraw(struct notify_view *view, const struct notify_fact *fact, int64_t now_us,
                                         const uint8_t fresh_id[16]) {
    const struct notify_delivery *latest = latest_assignment(view, fact->order_id);
    if (latest == NULL) {
        return NOTIFY_NOTHING; /* it was never dispatched */
    }
    for (struct notify_delivery *d = notify_view_of_order(view, fact->order_id); d != NULL; d = notify_view_next(d)) {
        if (d->kind == NOTIFY_WITHDRAWAL && d->dispatch_seq == latest->dispatch_seq) {
            return NOTIFY_NOTHING; /* told already */
        }
    }
    supersede_open(view, fact->order_id, latest->worker_id, now_us);
    return withdraw(view, latest, fact->worker_away, now_us, fresh_id);
}

enum notify_verdict notify_step_hold(struct notify_view *view, const struct notify_fact *fact, int64_t now_us) {
    enum notify_verdict verdict = NOTIFY_NOTHING;
    for (struct notify_delivery *d = notify_view_of_order(view, fact->order_id); d != NULL; d = notify_view_next(d)) {
        if (d->kind == NOTIFY_ASSIGNMENT && notify_is_open(d) && d->held_at_us == 0) {
            d->held_at_us = now_us;
            d->next_push_at_us = 0;
            d->push = false;
            mark_changed(d);
            verdict = NOTIFY_DONE;
        }
    }
    return verdict;
}

enum notify_verdict notify_step_release(struct notify_view *view, const struct notify_fact *fact, int64_t now_us) {
    enum notify_verdict verdict = NOTIFY_NOTHING;
    for (struct notify_delivery *d = notify_view_of_order(view, fact->order_id); d != NULL; d = notify_view_next(d)) {
        if (notify_is_open(d) && d->held_at_us != 0) {
            d->held_at_us = 0;
            d->push = true;
            d->attempts++;
            d->next_push_at_us = notify_next_push_us(d->attempts, now_us);
            mark_changed(d);
            verdict = NOTIFY_DONE;
        }
    }
    return verdict;
}

enum notify_verdict notify_step_acknowledge(struct notify_view *view, const uint8_t id[16], const char *worker_id,
                                            int64_t now_us, struct notify_delivery **ret_delivery, bool *ret_announce) {
    struct notify_delivery *delivery = notify_view_find(view, id);
    if (delivery == NULL || strcmp(delivery->worker_id, worker_id) != 0) {
        return NOTIFY_NOT_FOUND;
    }
    *ret_delivery = delivery;
    *ret_announce = false;
    if (delivery->acknowledged_at_us != 0) {
        return NOTIFY_NOTHING;
    }
    *ret_announce = delivery->kind == NOTIFY_ASSIGNMENT && delivery->superseded_at_us == 0;
    delivery->acknowledged_at_us = now_us;
    delivery->next_push_at_us = delivery->held_at_us = 0;
    mark_changed(delivery);
    return NOTIFY_DONE;
}

size_t notify_step_push_due(struct notify_view *view, int64_t now_us) {
    size_t pushed = 0;
    for (size_t i = 0; i < view->count; i++) {
        struct notify_delivery *delivery = &view->deliveries[i];
        if (!delivery->due || !notify_is_open(delivery) || delivery->held_at_us != 0) {
            continue;
        }
        delivery->due = false;
        delivery->push = true;
        delivery->attempts++;
        delivery->next_push_at_us = notify_next_push_us(delivery->attempts, now_us);
        mark_changed(delivery);
        pushed++;
    }
    return pushed;
}
