/* order_view.h - the orders of one batch, found by their id or their request's
 *
 * Use       order_view_init() on zeroed memory of the caller, order_view_put() for each order read or made.
 * Promise   pure. A later input sees what an earlier one made of the order. One order a request.
 * Fails     order_view_put() gives NULL when the capacity is used up.
 * Memory    the caller's: `capacity` slots and 2 * order_view_buckets(capacity) heads.
 * Threads   one at a time. */
#ifndef ASSIGN_CORE_ORDER_VIEW_H
#define ASSIGN_CORE_ORDER_VIEW_H

#include <stddef.h>

#include "assign/core/order.h"

struct order_slot {
    struct order order;
    bool is_new;  /* not in the database yet */
    bool changed; /* to be written */
    bool due;     /* automatic dispatch is to be tried again */
    bool adrift;  /* its worker's duty changed: it may have to follow */
    struct order_slot *next_by_id, *next_by_request;
};

struct order_view {
    struct order_slot *slots;
    size_t count, capacity, buckets;
    struct order_slot **by_id, **by_request;
};

/* A power of two. */
size_t order_view_buckets(size_t capacity);
void order_view_init(struct order_view *view, struct order_slot *slots, size_t capacity, struct order_slot **heads);

/* Copies the order in, unless it is there already; gives its slot. */
struct order_slot *order_view_put(struct order_view *view, const struct order *order);

/* NULL: not in the view. */
struct order_slot *order_view_by_id(const struct order_view *view, const uint8_t id[16]);
struct order_slot *order_view_by_request(const struct order_view *view, const uint8_t request_id[16]);

#endif
