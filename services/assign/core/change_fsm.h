/* change_fsm.h - the procedure of a grid change (网格变更), as a table
 *
 * Use       change_check() answers whether an act may happen and where it leads; change_allowed() lists what could happen instead.
 * Promise   pure; (act, from) is unique. An import needs no procedure; a split, a merge and a boundary change are consulted, voted,
 *           submitted and approved before they are applied (domain.md A17). Past the draft the features stand still; only the
 *           check may be repeated, because the map around them moves on.
 * Threads   any. */
#ifndef ASSIGN_CORE_CHANGE_FSM_H
#define ASSIGN_CORE_CHANGE_FSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/domain/wo_fsm.h"

/* The numbers of paidan.assign.v1.ChangeKind, ChangeState and CheckVerdict. */
enum change_kind { CHANGE_IMPORT = 1, CHANGE_SPLIT, CHANGE_MERGE, CHANGE_BOUNDARY, CHANGE_KIND_END };
enum change_state {
    CHANGE_DRAFT = 1,
    CHANGE_FAULTY,
    CHANGE_CHECKED,
    CHANGE_CONSULTED,
    CHANGE_VOTED,
    CHANGE_SUBMITTED,
    CHANGE_APPROVED,
    CHANGE_APPLIED,
    CHANGE_WITHDRAWN,
    CHANGE_STATE_END
};
enum change_verdict { CHECK_NONE, CHECK_RUNNING, CHECK_CLEAN, CHECK_FAULTY };

enum change_act {
    ACT_FEATURES, /* a part of the features comes */
    ACT_CHECK,    /* a check is asked for */
    ACT_PASS,     /* it found nothing in the way */
    ACT_FAIL,     /* it did */
    ACT_CONSULT,
    ACT_VOTE,
    ACT_SUBMIT,
    ACT_APPROVE,
    ACT_APPLY,
    ACT_WITHDRAW,
    CHANGE_ACT_COUNT
};

enum change_answer {
    CHANGE_OK,
    CHANGE_WRONG_STATE,
    CHANGE_WRONG_ROLE,
    CHANGE_UNCHECKED /* its check is missing, runs or found faults */
};

struct change_facts {
    enum change_kind kind;
    enum change_state state;
    enum change_verdict verdict;
    uint32_t role; /* one enum wo_role */
};

/* On CHANGE_OK *ret_to is the next state. */
enum change_answer change_check(enum change_act act, const struct change_facts *facts, enum change_state *ret_to);

/* Names of what this role could do now; returns how many (<= CHANGE_ACT_COUNT). Static storage. */
size_t change_allowed(const struct change_facts *facts, const char *ret_names[CHANGE_ACT_COUNT]);

/* The event that records the act; WO_EV_NONE: none. */
enum wo_event change_event(enum change_act act);
/* "features", "check", ...; the last word of its address. */
const char *change_act_text(enum change_act act);
const char *change_state_text(enum change_state state);

#endif
