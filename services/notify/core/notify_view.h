/* notify_view.h - the deliveries that one batch knows: what was stored, and what the batch makes of it
 *
 * Use       notify_view_init() over the caller's memory, sized for every stored row and every delivery that the
 *           batch can make; notify_view_put() the stored rows; then the steps of notify_step.h find, change and
 *           add.
 * Promise   pure. A delivery is in the view once, however often it was put: the first put wins, so that an
 *           earlier input's change is never undone. Found by id and by order in constant time.
 * Fails     NULL when the view is full.
 * Memory    everything is the caller's; texts are borrowed until the end of the batch.
 * Threads   one at a time. */
#ifndef NOTIFY_CORE_NOTIFY_VIEW_H
#define NOTIFY_CORE_NOTIFY_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers of paidan.notify.v1.DeliveryKind, and of the column. */
enum notify_kind { NOTIFY_ASSIGNMENT = 1, NOTIFY_WITHDRAWAL = 2 };

/* A row of table delivery. Times are microseconds since 1970 UTC, 0: not. */
struct notify_delivery {
    uint8_t id[16];
    uint8_t order_id[16];
    uint8_t request_id[16];
    enum notify_kind kind;
    int32_t dispatch_seq;
    int32_t urgency;
    int32_t attempts; /* pushes so far */
    const char *request_number;
    const char *worker_id;
    const char *service_code;
    int64_t created_at_us;
    int64_t acknowledged_at_us;
    int64_t superseded_at_us;
    int64_t next_push_at_us; /* 0: no more pushes */
    int64_t held_at_us;      /* its worker is off duty since: neither pushed nor sent */

    /* of this batch */
    bool fresh;   /* to be inserted */
    bool changed; /* to be updated; never together with fresh */
    bool due;     /* stored, and its next push is due */
    bool push;    /* to be pushed after COMMIT, when still open */
    struct notify_delivery *next_by_id;
    struct notify_delivery *next_by_order;
};

struct notify_view {
    struct notify_delivery *deliveries;
    size_t count, capacity;
    struct notify_delivery **by_id, **by_order; /* `buckets` heads each */
    size_t buckets;                             /* a power of two */
};

/* The number of heads that by_id and by_order need for so many deliveries. */
size_t notify_view_buckets(size_t capacity);

/* All memory must be zeroed: `capacity` deliveries, and twice notify_view_buckets(capacity) heads. */
void notify_view_init(struct notify_view *view, struct notify_delivery *deliveries, size_t capacity,
                      struct notify_delivery **heads);

/* The view's copy of the row; the one already there when its id is known. NULL: full. */
struct notify_delivery *notify_view_put(struct notify_view *view, const struct notify_delivery *row);

/* NULL: unknown. */
struct notify_delivery *notify_view_find(const struct notify_view *view, const uint8_t id[16]);

/* The order's deliveries, in no particular order, linked by next_by_order through notify_view_next(). NULL: none. */
struct notify_delivery *notify_view_of_order(const struct notify_view *view, const uint8_t order_id[16]);
struct notify_delivery *notify_view_next(const struct notify_delivery *delivery);

/* Neither acknowledged nor superseded. */
bool notify_is_open(const struct notify_delivery *delivery);

#endif
