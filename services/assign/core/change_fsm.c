#include "assign/core/change_fsm.h"

#include <assert.h>

enum {
    DRAFTERS = WO_ROLE_DISPATCHER | WO_ROLE_SUPERVISOR | WO_ROLE_ADMIN,
    DECIDERS = WO_ROLE_SUPERVISOR | WO_ROLE_ADMIN,
    SYSTEM = WO_ROLE_SYSTEM
};

/* Kinds as a set. */
#define OF(kind) (1u << (kind))
#define IMPORT   OF(CHANGE_IMPORT)
#define FORMAL   (OF(CHANGE_SPLIT) | OF(CHANGE_MERGE) | OF(CHANGE_BOUNDARY))
#define ANY      (IMPORT | FORMAL)

static const struct {
    const char *text;
    enum wo_event event;
    bool needs_clean_check;
} acts[CHANGE_ACT_COUNT] = {
    [ACT_FEATURES] = {"features", WO_EV_NONE, false},
    [ACT_CHECK] = {"check", WO_EV_NONE, false},
    [ACT_PASS] = {"pass", WO_EV_NONE, false},
    [ACT_FAIL] = {"fail", WO_EV_NONE, false},
    [ACT_CONSULT] = {"consult", WO_EV_CHANGE_CONSULT, true},
    [ACT_VOTE] = {"vote", WO_EV_CHANGE_VOTE, false},
    [ACT_SUBMIT] = {"submit", WO_EV_CHANGE_SUBMIT, false},
    [ACT_APPROVE] = {"approve", WO_EV_CHANGE_APPROVE, false},
    [ACT_APPLY] = {"apply", WO_EV_CHANGE_APPLY, true},
    [ACT_WITHDRAW] = {"withdraw", WO_EV_CHANGE_WITHDRAW, false},
};

static const struct {
    enum change_act act;
    enum change_state from, to;
    unsigned kinds;
    uint32_t roles;
} rules[] = {
    {ACT_FEATURES, CHANGE_DRAFT, CHANGE_DRAFT, ANY, DRAFTERS},
    {ACT_FEATURES, CHANGE_FAULTY, CHANGE_DRAFT, ANY, DRAFTERS},
    {ACT_FEATURES, CHANGE_CHECKED, CHANGE_DRAFT, ANY, DRAFTERS},
    {ACT_CHECK, CHANGE_DRAFT, CHANGE_DRAFT, ANY, DRAFTERS},
    {ACT_CHECK, CHANGE_FAULTY, CHANGE_DRAFT, ANY, DRAFTERS},
    {ACT_CHECK, CHANGE_CHECKED, CHANGE_DRAFT, ANY, DRAFTERS},
    {ACT_CHECK, CHANGE_CONSULTED, CHANGE_CONSULTED, FORMAL, DRAFTERS},
    {ACT_CHECK, CHANGE_VOTED, CHANGE_VOTED, FORMAL, DRAFTERS},
    {ACT_CHECK, CHANGE_SUBMITTED, CHANGE_SUBMITTED, FORMAL, DRAFTERS},
    {ACT_CHECK, CHANGE_APPROVED, CHANGE_APPROVED, FORMAL, DRAFTERS},
    {ACT_PASS, CHANGE_DRAFT, CHANGE_CHECKED, ANY, SYSTEM},
    {ACT_PASS, CHANGE_CONSULTED, CHANGE_CONSULTED, FORMAL, SYSTEM},
    {ACT_PASS, CHANGE_VOTED, CHANGE_VOTED, FORMAL, SYSTEM},
    {ACT_PASS, CHANGE_SUBMITTED, CHANGE_SUBMITTED, FORMAL, SYSTEM},
    {ACT_PASS, CHANGE_APPROVED, CHANGE_APPROVED, FORMAL, SYSTEM},
    {ACT_FAIL, CHANGE_DRAFT, CHANGE_FAULTY, ANY, SYSTEM},
    {ACT_FAIL, CHANGE_CONSULTED, CHANGE_CONSULTED, FORMAL, SYSTEM},
    {ACT_FAIL, CHANGE_VOTED, CHANGE_VOTED, FORMAL, SYSTEM},
    {ACT_FAIL, CHANGE_SUBMITTED, CHANGE_SUBMITTED, FORMAL, SYSTEM},
    {ACT_FAIL, CHANGE_APPROVED, CHANGE_APPROVED, FORMAL, SYSTEM},
    {ACT_CONSULT, CHANGE_CHECKED, CHANGE_CONSULTED, FORMAL, DRAFTERS},
    {ACT_VOTE, CHANGE_CONSULTED, CHANGE_VOTED, FORMAL, DRAFTERS},
    {ACT_SUBMIT, CHANGE_VOTED, CHANGE_SUBMITTED, FORMAL, DRAFTERS},
    {ACT_APPROVE, CHANGE_SUBMITTED, CHANGE_APPROVED, FORMAL, DECIDERS},
    {ACT_APPLY, CHANGE_CHECKED, CHANGE_APPLIED, IMPORT, DECIDERS},
    {ACT_APPLY, CHANGE_APPROVED, CHANGE_APPLIED, FORMAL, DECIDERS},
    {ACT_WITHDRAW, CHANGE_DRAFT, CHANGE_WITHDRAWN, ANY, DRAFTERS},
    {ACT_WITHDRAW, CHANGE_FAULTY, CHANGE_WITHDRAWN, ANY, DRAFTERS},
    {ACT_WITHDRAW, CHANGE_CHECKED, CHANGE_WITHDRAWN, ANY, DRAFTERS},
    {ACT_WITHDRAW, CHANGE_CONSULTED, CHANGE_WITHDRAWN, FORMAL, DRAFTERS},
    {ACT_WITHDRAW, CHANGE_VOTED, CHANGE_WITHDRAWN, FORMAL, DRAFTERS},
    {ACT_WITHDRAW, CHANGE_SUBMITTED, CHANGE_WITHDRAWN, FORMAL, DRAFTERS},
    {ACT_WITHDRAW, CHANGE_APPROVED, CHANGE_WITHDRAWN, FORMAL, DRAFTERS},
};

enum change_answer change_check(enum change_act act, const struct change_facts *facts, enum change_state *ret_to) {
    assert((unsigned)act < CHANGE_ACT_COUNT);
    assert(facts->kind >= CHANGE_IMPORT && facts->kind < CHANGE_KIND_END);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].act != act || rules[i].from != facts->state || (rules[i].kinds & OF(facts->kind)) == 0) {
            continue;
        }
        if ((rules[i].roles & facts->role) == 0) {
            return CHANGE_WRONG_ROLE;
        }
        if (acts[act].needs_clean_check && facts->verdict != CHECK_CLEAN) {
            return CHANGE_UNCHECKED;
        }
        *ret_to = rules[i].to;
        return CHANGE_OK;
    }
    return CHANGE_WRONG_STATE;
}

size_t change_allowed(const struct change_facts *facts, const char *ret_names[CHANGE_ACT_COUNT]) {
    size_t count = 0;
    enum change_state to;
    for (int act = 0; act < CHANGE_ACT_COUNT; act++) {
        if (change_check((enum change_act)act, facts, &to) == CHANGE_OK) {
            ret_names[count++] = acts[act].text;
        }
    }
    return count;
}

enum wo_event change_event(enum change_act act) {
    assert((unsigned)act < CHANGE_ACT_COUNT);
    return acts[act].event;
}

const char *change_act_text(enum change_act act) {
    assert((unsigned)act < CHANGE_ACT_COUNT);
    return acts[act].text;
}

const char *change_state_text(enum change_state state) {
    static const char *const texts[CHANGE_STATE_END] = {
        [CHANGE_DRAFT] = "draft",         [CHANGE_FAULTY] = "faulty",   [CHANGE_CHECKED] = "checked",
        [CHANGE_CONSULTED] = "consulted", [CHANGE_VOTED] = "voted",     [CHANGE_SUBMITTED] = "submitted",
        [CHANGE_APPROVED] = "approved",   [CHANGE_APPLIED] = "applied", [CHANGE_WITHDRAWN] = "withdrawn"};
    return state >= CHANGE_DRAFT && state < CHANGE_STATE_END ? texts[state] : "unknown";
}
