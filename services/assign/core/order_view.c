#include "assign/core/order_view.h"

#include <assert.h>
#include <string.h>

/* The last bytes of a UUIDv7 are random. */
static size_t bucket(const struct order_view *view, const uint8_t id[16]) {
    uint64_t random;
    memcpy(&random, id + 8, sizeof random);
    return (size_t)((random * 0x9e3779b97f4a7c15u) >> 32) & (view->buckets - 1);
}

size_t order_view_buckets(size_t capacity) {
    size_t buckets = 16;
    while (buckets < capacity) {
        buckets *= 2;
    }
    return buckets;
}

void order_view_init(struct order_view *view, struct order_slot *slots, size_t capacity, struct order_slot **heads) {
    size_t buckets = order_view_buckets(capacity);
    *view = (struct order_view){
        .slots = slots, .capacity = capacity, .buckets = buckets, .by_id = heads, .by_request = heads + buckets};
}

struct order_slot *order_view_by_id(const struct order_view *view, const uint8_t id[16]) {
    struct order_slot *slot = view->by_id[bucket(view, id)];
    while (slot != NULL && memcmp(slot->order.id, id, 16) != 0) {
        slot = slot->next_by_id;
    }
    return slot;
}

struct order_slot *order_view_by_request(const struct order_view *view, const uint8_t request_id[16]) {
    struct order_slot *slot = view->by_request[bucket(view, request_id)];
    while (slot != NULL && memcmp(slot->order.request_id, request_id, 16) != 0) {
        slot = slot->next_by_request;
    }
    return slot;
}

struct order_slot *order_view_put(struct order_view *view, const struct order *order) {
    struct order_slot *slot = order_view_by_id(view, order->id);
    if (slot != NULL) {
        return slot;
    }
    if (view->count == view->capacity) {
        return NULL;
    }
    assert(order_view_by_request(view, order->request_id) == NULL);
    slot = &view->slots[view->count++];
    struct order_slot **id_head = &view->by_id[bucket(view, order->id)];
    struct order_slot **request_head = &view->by_request[bucket(view, order->request_id)];
    *slot = (struct order_slot){.order = *order, .next_by_id = *id_head, .next_by_request = *request_head};
    *id_head = *request_head = slot;
    return slot;
}
