#include "common/domain/wo_fsm.h"

#include <string.h>

#define OPERATOR   WO_ROLE_OPERATOR
#define DISPATCHER WO_ROLE_DISPATCHER
#define WORKER     WO_ROLE_WORKER
#define SUPERVISOR WO_ROLE_SUPERVISOR
#define ADMIN      WO_ROLE_ADMIN
#define REQUESTER  WO_ROLE_REQUESTER
#define SYSTEM     WO_ROLE_SYSTEM

#define HAS_PLACE        WO_GUARD_HAS_PLACE
#define HAS_CATEGORY     WO_GUARD_HAS_CATEGORY
#define HAS_TEXT         WO_GUARD_HAS_TEXT
#define HAS_REASON       WO_GUARD_HAS_REASON
#define HAS_WORKER       WO_GUARD_HAS_WORKER
#define ASSIGNED         WO_GUARD_ASSIGNED
#define CURRENT_SEQ      WO_GUARD_CURRENT_SEQ
#define HAS_RESULT       WO_GUARD_HAS_RESULT
#define HAS_SATISFACTION WO_GUARD_HAS_SATISFACTION
#define HAS_ORDER        WO_GUARD_HAS_ORDER
#define REOPEN_WINDOW    WO_GUARD_REOPEN_WINDOW

/* SAME: an overlay keeps the state. No real state has this number. */
#define WO_SAME WO_STATE_COUNT

static const struct wo_rule rules[] = {
#define RULE(event, from, to, actors, guards) {WO_EV_##event, WO_##from, WO_##to, (actors), (guards)},
#include "common/domain/wo_fsm.def"
#undef RULE
};

#define RULE_COUNT (sizeof rules / sizeof rules[0])

static const struct {
    const char *text;
    const char *chinese;
    bool final;
} states[WO_STATE_COUNT] = {
#define STATE(name, number, text, chinese, open311, final) [number] = {text, chinese, final},
#include "common/domain/wo_fsm.def"
#undef STATE
};

static const struct {
    const char *text;
    const char *chinese;
    enum wo_owner owner;
} events[WO_EVENT_COUNT] = {
#define EVENT(name, number, text, chinese, owner) [number] = {text, chinese, WO_OWNER_##owner},
#include "common/domain/wo_fsm.def"
#undef EVENT
};

static const struct {
    enum wo_guard guard;
    const char *code;
    const char *text;
} guards[] = {
    {WO_GUARD_HAS_PLACE, "WO-PLACE", "give coordinates or an address"},
    {WO_GUARD_HAS_CATEGORY, "WO-CATEGORY", "give a service_code of the catalogue"},
    {WO_GUARD_HAS_TEXT, "WO-TEXT", "give a text (1 to 4000 characters)"},
    {WO_GUARD_HAS_REASON, "WO-REASON", "give a reason"},
    {WO_GUARD_HAS_WORKER, "WO-WORKER", "name a worker who is on duty, or a grid that has one"},
    {WO_GUARD_ASSIGNED, "WO-ASSIGNED", "only the worker accountable for the order may do this"},
    {WO_GUARD_CURRENT_SEQ, "WO-FENCED", "the order was dispatched anew: read it again and use its dispatch_seq"},
    {WO_GUARD_HAS_RESULT, "WO-RESULT", "give a result code"},
    {WO_GUARD_HAS_SATISFACTION, "WO-SATISFACTION", "give the requester's satisfaction"},
    {WO_GUARD_HAS_ORDER, "WO-ORDER", "the request was answered without an order: register a new one"},
    {WO_GUARD_REOPEN_WINDOW, "WO-WINDOW", "the time for reopening is over: register a new request"},
};

const struct wo_rule *wo_fsm_rule(enum wo_event event, enum wo_state from) {
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if (rules[i].event == event && rules[i].from == from) {
            return &rules[i];
        }
    }
    return NULL;
}

const struct wo_rule *wo_fsm_rules(size_t *ret_count) {
    *ret_count = RULE_COUNT;
    return rules;
}

enum wo_verdict wo_fsm_check(enum wo_event event, enum wo_state from, uint32_t role, uint32_t holds,
                             enum wo_state *ret_to, uint32_t *ret_missing) {
    const struct wo_rule *rule = wo_fsm_rule(event, from);
    if (rule == NULL) {
        return WO_WRONG_STATE;
    }
    if ((rule->actors & role) == 0) {
        return WO_WRONG_ACTOR;
    }
    uint32_t missing = rule->guards & ~holds;
    if (missing != 0) {
        *ret_missing = missing;
        return WO_GUARD_FAILED;
    }
    *ret_to = rule->to == WO_SAME ? from : rule->to;
    return WO_OK;
}

size_t wo_fsm_allowed(enum wo_state state, uint32_t role, enum wo_event *ret_events, size_t max) {
    size_t n = 0;
    for (int event = 1; event < WO_EVENT_COUNT && n < max; event++) {
        const struct wo_rule *rule = wo_fsm_rule((enum wo_event)event, state);
        if (rule != NULL && (rule->actors & role) != 0) {
            ret_events[n++] = (enum wo_event)event;
        }
    }
    return n;
}

size_t wo_fsm_actions(enum wo_state state, uint32_t role, const char **ret_names, size_t max) {
    enum wo_event allowed[WO_EVENT_COUNT];
    size_t count = wo_fsm_allowed(state, role, allowed, WO_EVENT_COUNT);
    size_t kept = 0;
    for (size_t i = 0; i < count && kept < max; i++) {
        const char *name = wo_event_action(allowed[i]);
        bool again = kept > 0 && strcmp(ret_names[kept - 1], name) == 0;
        bool of_city = state == WO_NONE && wo_fsm_rule(allowed[i], state)->to == WO_SAME;
        if (events[allowed[i]].owner != WO_OWNER_NOTIFY && !again && !of_city) {
            ret_names[kept++] = name;
        }
    }
    return kept;
}

const char *wo_state_text(enum wo_state state) {
    return (unsigned)state < WO_STATE_COUNT ? states[state].text : NULL;
}

const char *wo_state_chinese(enum wo_state state) {
    return (unsigned)state < WO_STATE_COUNT ? states[state].chinese : NULL;
}

const char *wo_event_text(enum wo_event event) {
    return (unsigned)event < WO_EVENT_COUNT ? events[event].text : NULL;
}

const char *wo_event_chinese(enum wo_event event) {
    return (unsigned)event < WO_EVENT_COUNT ? events[event].chinese : NULL;
}

const char *wo_event_action(enum wo_event event) {
    return event == WO_EV_VISIT_CLOSE || event == WO_EV_VISIT_REDO ? "visit" : wo_event_text(event);
}

enum wo_event wo_event_from_text(const char *text) {
    for (int event = 1; event < WO_EVENT_COUNT; event++) {
        if (strcmp(events[event].text, text) == 0) {
            return (enum wo_event)event;
        }
    }
    return WO_EV_NONE;
}

enum wo_owner wo_event_owner(enum wo_event event) {
    return events[event].owner;
}

bool wo_state_is_final(enum wo_state state) {
    return (unsigned)state < WO_STATE_COUNT && states[state].final;
}

const char *wo_guard_text(enum wo_guard guard) {
    for (size_t i = 0; i < sizeof guards / sizeof guards[0]; i++) {
        if (guards[i].guard == guard) {
            return guards[i].text;
        }
    }
    return NULL;
}

const char *wo_guard_code(enum wo_guard guard) {
    for (size_t i = 0; i < sizeof guards / sizeof guards[0]; i++) {
        if (guards[i].guard == guard) {
            return guards[i].code;
        }
    }
    return NULL;
}
