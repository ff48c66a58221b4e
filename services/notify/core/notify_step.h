/* notify_step.h - who must be told what: the rules of deliveries
 *
 * Use       one call for each input of a batch, in order, over the same view.
 * Promise   pure: the same view, input and time give the same changes. A later input sees what an earlier one
 *           decided.
 *             - an order has at most one open assignment: the one with the highest dispatch_seq
 *             - a delivery is acknowledged once; what was acknowledged or superseded is never pushed again
 *             - who is off duty is never pushed to: what is open is held until he is back
 *             - the pauses between pushes double from 5 s up to 5 min; after NOTIFY_ATTEMPTS_MAX the app must
 *               ask by itself
 * Fails     NOTIFY_FULL when the view has no room, which is a fault of the caller.
 * Memory    the view's.
 * Threads   one at a time. */
#ifndef NOTIFY_CORE_NOTIFY_STEP_H
#define NOTIFY_CORE_NOTIFY_STEP_H

#include "notify/core/notify_view.h"

enum {
    NOTIFY_BACKOFF_MIN_S = 5,
    NOTIFY_BACKOFF_MAX_S = 300,
    NOTIFY_ATTEMPTS_MAX = 290 /* about a day */
};

enum notify_verdict {
    NOTIFY_DONE,      /* the view has changed */
    NOTIFY_NOTHING,   /* nothing to do: known already, or nobody to tell */
    NOTIFY_NOT_FOUND, /* no such delivery of this worker */
    NOTIFY_NO_WORKER, /* the dispatch names nobody */
    NOTIFY_FULL
};

/* What assign said about an order. */
struct notify_fact {
    const uint8_t *order_id;   /* 16 bytes */
    const uint8_t *request_id; /* 16 bytes */
    int32_t dispatch_seq;
    int32_t urgency;
    const char *request_number;
    const char *worker_id;
    const char *service_code;
    bool worker_away; /* who has or had the order is off duty */
};

/* When the next push is due, after so many. 0: never again. */
int64_t notify_next_push_us(int32_t attempts, int64_t now_us);

/* A worker was made accountable: tell him, and no longer tell the one before. fresh_id is used when NOTIFY_DONE. */
enum notify_verdict notify_step_dispatch(struct notify_view *view, const struct notify_fact *fact, int64_t now_us,
                                         const uint8_t fresh_id[16]);

/* The order goes to another worker: as a dispatch, and the one before is told that it is withdrawn, unless he is off duty.
 * fresh_id and withdrawal_id are used when NOTIFY_DONE. */
enum notify_verdict notify_step_reassign(struct notify_view *view, const struct notify_fact *fact, int64_t now_us,
                                         const uint8_t fresh_id[16], const uint8_t withdrawal_id[16]);

/* The worker goes off duty and the order stays his: what is open for it is held. */
enum notify_verdict notify_step_hold(struct notify_view *view, const struct notify_fact *fact, int64_t now_us);

/* He is back: what was held is pushed at once. */
enum notify_verdict notify_step_release(struct notify_view *view, const struct notify_fact *fact, int64_t now_us);

/* The order ended under the worker's hands: tell the one who had it last; when he is off duty his
 * app learns it when it asks, without a push. */
enum notify_verdict notify_step_withdraw(struct notify_view *view, const struct notify_fact *fact, int64_t now_us,
                                         const uint8_t fresh_id[16]);

/* The worker's app has the delivery. *ret_delivery is set unless NOTIFY_NOT_FOUND; NOTIFY_NOTHING: it was acknowledged
 * before. *ret_announce: the fact must be told to the others (a current assignment arrived). */
enum notify_verdict notify_step_acknowledge(struct notify_view *view, const uint8_t id[16], const char *worker_id,
                                            int64_t now_us, struct notify_delivery **ret_delivery, bool *ret_announce);

/* Time passed: everything due is pushed again. Returns how many. */
size_t notify_step_push_due(struct notify_view *view, int64_t now_us);

#endif
