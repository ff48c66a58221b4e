/* wo_fsm.h - the state machine of the work order, as a table
 *
 * Use       wo_fsm_check() answers whether an event may happen; wo_fsm_allowed() lists what could happen instead.
 * Promise   pure: no I/O, no clock, no allocation. One table (wo_fsm.def) for all services; (event, from) is unique.
 * Source    domain.md section 2.
 * Threads   any. */
#ifndef COMMON_DOMAIN_WO_FSM_H
#define COMMON_DOMAIN_WO_FSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wo_state {
#define STATE(name, number, text, chinese, open311, final) WO_##name = number,
#include "common/domain/wo_fsm.def"
#undef STATE
    WO_STATE_COUNT
};

enum wo_event {
    WO_EV_NONE = 0,
#define EVENT(name, number, text, chinese, owner) WO_EV_##name = number,
#include "common/domain/wo_fsm.def"
#undef EVENT
    WO_EVENT_COUNT
};

/* Roles as a set; bit = 1 << number of paidan.common.v1.Role. */
enum wo_role {
    WO_ROLE_OPERATOR = 1 << 1,
    WO_ROLE_DISPATCHER = 1 << 2,
    WO_ROLE_WORKER = 1 << 3,
    WO_ROLE_SUPERVISOR = 1 << 4,
    WO_ROLE_ADMIN = 1 << 5,
    WO_ROLE_REQUESTER = 1 << 6,
    WO_ROLE_SYSTEM = 1 << 7
};

/* Facts that a rule may demand. The caller of wo_fsm_check() says which hold. */
enum wo_guard {
    WO_GUARD_HAS_PLACE = 1 << 0,        /* coordinates or an address */
    WO_GUARD_HAS_CATEGORY = 1 << 1,     /* a known service code */
    WO_GUARD_HAS_TEXT = 1 << 2,         /* the words that the event must carry */
    WO_GUARD_HAS_REASON = 1 << 3,       /* a reason code */
    WO_GUARD_HAS_WORKER = 1 << 4,       /* one accountable worker was found */
    WO_GUARD_ASSIGNED = 1 << 5,         /* the actor is the accountable worker */
    WO_GUARD_CURRENT_SEQ = 1 << 6,      /* the dispatch_seq the actor saw is the current one (fencing) */
    WO_GUARD_HAS_RESULT = 1 << 7,       /* a result code */
    WO_GUARD_HAS_SATISFACTION = 1 << 8, /* the requester's verdict */
    WO_GUARD_HAS_ORDER = 1 << 9,        /* the request led to a work order */
    WO_GUARD_REOPEN_WINDOW = 1 << 10    /* within the days in which a closed request may be reopened by this actor */
};

enum wo_owner { WO_OWNER_INTAKE, WO_OWNER_ASSIGN, WO_OWNER_NOTIFY };

enum wo_verdict {
    WO_OK,
    WO_WRONG_STATE, /* no rule leads from the state with this event */
    WO_WRONG_ACTOR, /* a rule exists but not for this role */
    WO_GUARD_FAILED /* a demanded fact does not hold: ret_missing has the guards that failed */
};

struct wo_rule {
    enum wo_event event;
    enum wo_state from;
    enum wo_state to;
    uint32_t actors; /* set of enum wo_role */
    uint32_t guards; /* set of enum wo_guard */
};

/* The rule with this key, or NULL. */
const struct wo_rule *wo_fsm_rule(enum wo_event event, enum wo_state from);

/* All rules, *ret_count of them. Static storage. */
const struct wo_rule *wo_fsm_rules(size_t *ret_count);

/* May this event happen to an order in state `from`, fired by `role` (one enum wo_role), with the facts in `holds`?
 * On WO_OK *ret_to is the next state. On WO_GUARD_FAILED *ret_missing is the set of guards that do not hold. */
enum wo_verdict wo_fsm_check(enum wo_event event, enum wo_state from, uint32_t role, uint32_t holds,
                             enum wo_state *ret_to, uint32_t *ret_missing);

/* Writes the events that `role` could fire from `state`, in order of their numbers; returns how many (<= max). */
size_t wo_fsm_allowed(enum wo_state state, uint32_t role, enum wo_event *ret_events, size_t max);

/* The same as names of the API's actions, for people and clients: the two verdicts of a visit are one action, and what is no call of
 * its own (a delivery is acknowledged on the socket) or about no request (a fact of the city) is left out. Returns how many
 * (<= max). Static storage. */
size_t wo_fsm_actions(enum wo_state state, uint32_t role, const char **ret_names, size_t max);

/* Names: lower-case text used in URLs, JSON and the trace; NULL when the number is unknown. */
const char *wo_state_text(enum wo_state state);
const char *wo_state_chinese(enum wo_state state);
const char *wo_event_text(enum wo_event event);
const char *wo_event_chinese(enum wo_event event);
const char *
wo_event_action(enum wo_event event); /* the API's word: visit for both verdicts of a visit, else the event's */
enum wo_event wo_event_from_text(const char *text); /* WO_EV_NONE when unknown */
enum wo_owner wo_event_owner(enum wo_event event);
bool wo_state_is_final(enum wo_state state);

/* A sentence for a person: what the guard demands, e.g. "a text is missing". NULL when unknown. */
const char *wo_guard_text(enum wo_guard guard);
/* Stable refusal code of the guard, e.g. "WO-TEXT". */
const char *wo_guard_code(enum wo_guard guard);

#endif
