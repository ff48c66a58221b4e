/* order_step.h - what an event makes of a work order
 *
 * Use       order_accept() makes the order; order_step() for everything that happens to it later; order_place() is the
 *           automatic dispatch: the event DISPATCH when somebody is accountable, else QUEUE_MANUALLY.
 * Promise   pure and driven by tables: wo_fsm.def says where an event leads and who may fire it, the table of effects in
 *           order_step.c what it does to the fields. Same arguments, same plan.
 *           Every change that assign decides has exactly one event of assign and raises the version by one; what intake
 *           decided (visit_close, visit_redo, reopen, archive) is mirrored and has none.
 * Fails     with the verdict of wo_fsm_check(); *ret_plan is then not to be used.
 * Memory    the plan borrows the texts of its arguments.
 * Threads   any. */
#ifndef ASSIGN_CORE_ORDER_STEP_H
#define ASSIGN_CORE_ORDER_STEP_H

#include "assign/core/order.h"

/* Where automatic or manual dispatch leads. */
struct order_target {
    const char *grid; /* "" when the place is in none */
    int64_t grid_version;
    const char *worker_id; /* "" when nobody is accountable now */
    enum queue_reason reason;
    int64_t retry_at_us; /* when somebody may be; 0: never */
};

struct order_act {
    enum wo_event event;
    uint32_t role;
    const char *worker_id; /* of the actor, "" when none */
    int32_t seen_seq;      /* dispatch_seq that the actor saw; 0: does not say */
    int64_t occurred_at_us;
    bool has_text;
    int32_t result;
    struct order_target target; /* for DISPATCH and QUEUE_MANUALLY */
};

struct order_plan {
    struct order after;
    bool says; /* an event of assign is to be recorded, with version after.version */
    enum wo_event event;
    int32_t ended_seq;  /* the assignment that ends now; 0: none */
    int32_t opened_seq; /* the assignment that begins now; 0: none */
    int64_t at_us;      /* when it happened */
};

enum order_time { ORDER_TIME_OK, ORDER_TIME_FUTURE, ORDER_TIME_BEFORE_ACCEPTANCE };

enum { ORDER_CLOCK_SKEW_US = 5 * 60 * 1000000 };

/* A fresh order in state ACCEPTED without events. */
struct order order_accept(const uint8_t id[16], const uint8_t request_id[16], int64_t accepted_at_us, int64_t now_us);

enum wo_verdict order_step(const struct order *before, const struct order_act *act, int64_t now_us,
                           struct order_plan *ret_plan, uint32_t *ret_missing);

/* Automatic dispatch of an order in state ACCEPTED. When it already waits for the same reason only retry_at_us moves and
 * nothing is said. */
enum wo_verdict order_place(const struct order *before, const struct order_target *target, int64_t now_us,
                            struct order_plan *ret_plan, uint32_t *ret_missing);

/* May something on this order have happened then? Feedback comes late from places without network, so only the acceptance
 * bounds it below, and the clocks of phones above. */
enum order_time order_time_check(const struct order *order, int64_t occurred_at_us, int64_t now_us);

/* Does an assignment run now? */
bool order_is_assigned(const struct order *order);

/* Is this person the one who is accountable? */
bool order_is_of(const struct order *order, const char *worker_id);

/* assign's own events that this actor could fire now; returns how many (<= max). */
size_t order_allowed(const struct order *order, uint32_t role, const char *worker_id, enum wo_event *ret_events,
                     size_t max);

#endif
