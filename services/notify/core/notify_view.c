#include "notify/core/notify_view.h"

#include <assert.h>
#include <string.h>

/* The last bytes of a UUIDv7 are random. */
static size_t bucket_of(const struct notify_view *view, const uint8_t id[16]) {
    uint64_t tail;
    memcpy(&tail, id + 8, sizeof tail);
    tail *= UINT64_C(0x9E3779B97F4A7C15); /* ids from elsewhere may be less random */
    return (size_t)(tail >> 32) & (view->buckets - 1);
}

size_t notify_view_buckets(size_t capacity) {
    size_t buckets = 16;
    while (buckets < capacity) {
        buckets *= 2;
    }
    return buckets;
}

void notify_view_init(struct notify_view *view, struct notify_delivery *deliveries, size_t capacity,
                      struct notify_delivery **heads) {
    size_t buckets = notify_view_buckets(capacity);
    assert(deliveries != NULL && heads != NULL);
    *view = (struct notify_view){.deliveries = deliveries,
                                 .capacity = capacity,
                                 .by_id = heads,
                                 .by_order = heads + buckets,
                                 .buckets = buckets};
}

struct notify_delivery *notify_view_put(struct notify_view *view, const struct notify_delivery *row) {
    struct notify_delivery *known = notify_view_find(view, row->id);
    if (known != NULL) {
        return known;
    }
    if (view->count == view->capacity) {
        return NULL;
    }
    struct notify_delivery *delivery = &view->deliveries[view->count++];
    struct notify_delivery **id_head = &view->by_id[bucket_of(view, row->id)];
    struct notify_delivery **order_head = &view->by_order[bucket_of(view, row->order_id)];
    *delivery = *row;
    delivery->next_by_id = *id_head;
    delivery->next_by_order = *order_head;
    *id_head = delivery;
    *order_head = delivery;
    return delivery;
}

struct notify_delivery *notify_view_find(const struct notify_view *view, const uint8_t id[16]) {
    struct notify_delivery *at = view->by_id[bucket_of(view, id)];
    while (at != NULL && memcmp(at->id, id, 16) != 0) {
        at = at->next_by_id;
    }
    return at;
}

/* The first of the chain that belongs to the order. */
static struct notify_delivery *same_order(struct notify_delivery *at, const uint8_t order_id[16]) {
    while (at != NULL && memcmp(at->order_id, order_id, 16) != 0) {
        at = at->next_by_order;
    }
    return at;
}

struct notify_delivery *notify_view_of_order(const struct notify_view *view, const uint8_t order_id[16]) {
    return same_order(view->by_order[bucket_of(view, order_id)], order_id);
}

struct notify_delivery *notify_view_next(const struct notify_delivery *delivery) {
    return same_order(delivery->next_by_order, delivery->order_id);
}

bool notify_is_open(const struct notify_delivery *delivery) {
    return delivery->acknowledged_at_us == 0 && delivery->superseded_at_us == 0;
}
