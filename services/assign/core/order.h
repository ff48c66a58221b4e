/* order.h - a work order as plain data, as it is in the database and in the heads of the rules
 *
 * Promise   texts are never NULL ("" when absent); times are microseconds UTC, 0 when absent.
 * Memory    borrows its texts from the batch.
 * Threads   any. */
#ifndef ASSIGN_CORE_ORDER_H
#define ASSIGN_CORE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/domain/wo_fsm.h"

/* Why an order waits for a dispatcher; the numbers of paidan.assign.v1.QueueReason. */
enum queue_reason {
    QUEUE_NONE,
    QUEUE_NO_LOCATION,
    QUEUE_OUTSIDE_EVERY_GRID,
    QUEUE_NOBODY_ON_DUTY,
    QUEUE_ADDRESS_UNSURE
};

struct order {
    uint8_t id[16];
    uint8_t request_id[16];
    const char *request_number;
    const char *service_code;
    const char *grid;      /* grid of record: of the acceptance, or named by a dispatcher when that found none */
    const char *grid_now;  /* whose people answer since the map changed; "" while that is the grid of record */
    const char *worker_id; /* accountable now, or last when it is over */
    const char *feedback;
    uint8_t feedback_event[16]; /* whose text it is; zeros: none */
    int64_t version;            /* of the last own event */
    int64_t grid_version;
    enum wo_state state;
    enum queue_reason queue_reason;
    int32_t urgency, result, redo_count;
    int32_t dispatch_seq; /* of the last assignment */
    bool held;            /* the accountable worker is off duty and nobody else is there */
    bool has_place;
    double lat, lng;
    int64_t accepted_at_us, dispatched_at_us, signed_at_us, started_at_us, fed_back_at_us, updated_at_us;
    int64_t retry_at_us; /* when automatic dispatch is tried again */
};

#endif
