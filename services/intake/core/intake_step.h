/* intake_step.h - decides what a command does to a service request
 *
 * Use       intake_step() for each command, with the row as earlier inputs of the batch left it; intake_mirror() for each
 *           event of assign; fold the plan's row into the view, record plan->event, answer.
 * Promise   pure: same arguments, same plan. The state machine is wo_fsm.def, asked through wo_fsm_check(); nothing here
 *           knows a transition. Each plan is one event and raises the version by one; a refusal changes nothing.
 * Happy path      register -> accept -> (assign handles, mirrored) -> visit -> archive
 * Failure modes   - a field is out of bounds: MALFORMED with words naming the field
 *                 - the request is not there, or not the actor's to see: NOT_FOUND
 *                 - the table says no: REFUSED with the verdict of wo_fsm_check()
 * Memory    the caller's; plan->row is a copy. Threads any. */
#ifndef INTAKE_CORE_INTAKE_STEP_H
#define INTAKE_CORE_INTAKE_STEP_H

#include "intake/core/intake_row.h"

enum intake_act {
    INTAKE_REGISTER,
    INTAKE_ACCEPT,
    INTAKE_ANSWER_DIRECTLY,
    INTAKE_REJECT,
    INTAKE_CANCEL,
    INTAKE_VISIT,
    INTAKE_REOPEN,
    INTAKE_ARCHIVE,
    INTAKE_DISCLOSE,
    INTAKE_ACT_COUNT
};

enum {
    INTAKE_TEXT_MAX = 4000, /* characters of a description or of an event's words */
    INTAKE_NAME_MAX = 64,
    INTAKE_ADDRESS_MAX = 500
};

/* How far ahead of our clock a reported time may be: clocks of phones and of other systems differ. */
#define INTAKE_AHEAD_US (INT64_C(5) * 60 * 1000000)

/* What is asked. Texts are never NULL; zeros are "not given". */
struct intake_wish {
    enum intake_act act;
    struct intake_actor actor;
    int64_t at_us;            /* occurred_at; for register requested_at */
    const char *text;         /* description, answer, reason's words, purpose */
    const char *service_code; /* register, accept */
    int channel, urgency;
    bool has_lat, has_lon; /* register */
    double lat, lon;
    int coordinate_system;
    bool has_original; /* what only a service may say */
    const char *address, *name, *phone;
    int reject_reason, satisfaction;
    bool justified;
};

/* What the shell brings in. */
struct intake_env {
    int64_t now_us;
    int64_t reopen_us;  /* how long operators and requesters may reopen */
    uint8_t new_id[16]; /* for register */
    const char *city;
    int64_t day_count; /* the next number of today */
};

struct intake_plan {
    enum wo_event event;
    enum wo_state from, to;
    int64_t at_us; /* when it happened */
    struct intake_row row;
};

enum intake_answer { INTAKE_DONE, INTAKE_MALFORMED, INTAKE_NOT_FOUND, INTAKE_REFUSED };

struct intake_refusal {
    const char *detail; /* MALFORMED: a sentence, static */
    enum wo_verdict verdict;
    enum wo_event event;
    enum wo_state state;
    uint32_t missing;
};

/* row is NULL for register and for an id that was not found. ret_plan is written on DONE, ret_refusal otherwise. */
enum intake_answer intake_step(const struct intake_row *row, const struct intake_wish *wish,
                               const struct intake_env *env, struct intake_plan *ret_plan,
                               struct intake_refusal *ret_refusal);

/* What an event of assign says about the order of a request. */
struct intake_order_fact {
    uint8_t order_id[16];
    int64_t version;
    enum wo_state to;
    bool has_details; /* the payload was understood */
    const char *grid, *worker_id;
    int dispatch_seq, result;
};

enum intake_mirrored { INTAKE_MIRROR_OLD, INTAKE_MIRROR_CHANGED, INTAKE_MIRROR_IMPOSSIBLE };

/* Takes the fact into *row: order, worker, grid, result, and the state unless the request's end (or its beginning) is
 * intake's alone to change. A fact not newer than the row is OLD. */
enum intake_mirrored intake_mirror(struct intake_row *row, const struct intake_order_fact *fact, int64_t now_us);

#endif
