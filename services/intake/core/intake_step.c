#include "intake/core/intake_step.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "common/domain/geo.h"
#include "intake/core/intake_admit.h"
#include "intake/core/intake_sight.h"

/* Numbers of paidan/common/v1/types.proto that a decision writes by itself. */
enum { CHANNEL_HOTLINE = 1, CHANNEL_APP = 2, CHANNEL_PATROL = 3, URGENCY_NORMAL = 1, RESULT_ANSWERED = 7 };
enum { SATISFACTION_NOT = 3 };

/* The table's event for each act; the visit has two, by its verdict. */
static enum wo_event event_of(const struct intake_wish *wish) {
    static const enum wo_event events[INTAKE_ACT_COUNT] = {
        [INTAKE_REGISTER] = WO_EV_REGISTER, [INTAKE_ACCEPT] = WO_EV_ACCEPT,
        [INTAKE_REJECT] = WO_EV_REJECT,     [INTAKE_ANSWER_DIRECTLY] = WO_EV_ANSWER_DIRECTLY,
        [INTAKE_CANCEL] = WO_EV_CANCEL,     [INTAKE_VISIT] = WO_EV_VISIT_CLOSE,
        [INTAKE_REOPEN] = WO_EV_REOPEN,     [INTAKE_ARCHIVE] = WO_EV_ARCHIVE,
        [INTAKE_DISCLOSE] = WO_EV_DISCLOSE,
    };
    bool redo = wish->act == INTAKE_VISIT && wish->satisfaction == SATISFACTION_NOT && wish->justified;
    return redo ? WO_EV_VISIT_REDO : events[wish->act];
}

static int default_channel(uint32_t role) {
    return role == WO_ROLE_WORKER ? CHANNEL_PATROL : role == WO_ROLE_REQUESTER ? CHANNEL_APP : CHANNEL_HOTLINE;
}

static void copy_word(char ret[INTAKE_WORD], const char *word) {
    size_t length = strlen(word);
    assert(length < INTAKE_WORD);
    memcpy(ret, word, length + 1);
}

/* What is stored and passed on is WGS84; what was said in another system is kept beside it. */
static void set_point(const struct intake_wish *wish, struct intake_row *ret) {
    if (!ret->has_point) {
        return;
    }
    bool converted = geo_to_wgs84(wish->coordinate_system, wish->lat, wish->lon, &ret->lat, &ret->lon);
    assert(converted); /* admitted */
    (void)converted;
    if (wish->coordinate_system != GEO_UNSPECIFIED && wish->coordinate_system != GEO_WGS84) {
        ret->original = (struct intake_original){wish->coordinate_system, wish->lat, wish->lon};
    }
}

static void first_row(const struct intake_wish *wish, const struct intake_env *env, int64_t at_us,
                      struct intake_row *ret) {
    assert(env->day_count > 0);
    *ret = (struct intake_row){
        .channel = wish->channel != 0 ? wish->channel : default_channel(wish->actor.role),
        .urgency = URGENCY_NORMAL,
        .has_point = wish->has_lat && wish->has_lon,
        .requested_at_us = at_us,
        .registered_at_us = env->now_us,
    };
    memcpy(ret->id, env->new_id, sizeof ret->id);
    intake_number(env->city, intake_day(env->now_us), env->day_count, ret->number);
    set_point(wish, ret);
    if (wish->actor.role == WO_ROLE_REQUESTER && strlen(wish->actor.account_id) <= INTAKE_WORD_MAX) {
        copy_word(ret->requester_account, wish->actor.account_id);
    }
}

/* What else the event changes, besides state, version and time. */
static void apply(const struct intake_wish *wish, const struct intake_plan *plan, struct intake_row *row) {
    bool reopened = plan->event == WO_EV_VISIT_REDO || plan->event == WO_EV_REOPEN;
    bool ended = plan->to == WO_CLOSED || plan->to == WO_REJECTED || plan->to == WO_CANCELLED;
    if (ended && plan->from != plan->to) {
        row->closed_at_us = plan->at_us;
    } else if (reopened) {
        row->closed_at_us = 0;
    }
    row->reopen_count += plan->event == WO_EV_REOPEN ? 1 : 0;
    if (plan->event == WO_EV_ACCEPT) {
        row->accepted_at_us = plan->at_us;
    }
    if (plan->event == WO_EV_ANSWER_DIRECTLY) {
        row->result = RESULT_ANSWERED;
    }
    if (wish->act == INTAKE_REGISTER || wish->act == INTAKE_ACCEPT) {
        row->urgency = wish->urgency != 0 ? wish->urgency : row->urgency;
        if (*wish->service_code != '\0') {
            copy_word(row->service_code, wish->service_code);
        }
    }
    if (wish->act == INTAKE_VISIT) {
        row->satisfaction = wish->satisfaction;
    }
    if (wish->act == INTAKE_REJECT) {
        row->reject_reason = wish->reject_reason;
    }
}

enum intake_answer intake_step(const struct intake_row *row, const struct intake_wish *wish,
                               const struct intake_env *env, struct intake_plan *ret_plan,
                               struct intake_refusal *ret_refusal) {
    assert((unsigned)wish->act < INTAKE_ACT_COUNT);
    assert(env->now_us > 0);
    *ret_refusal = (struct intake_refusal){.event = event_of(wish), .state = row == NULL ? WO_NONE : row->state};
    if (wish->act != INTAKE_REGISTER && (row == NULL || !intake_may_see(row, &wish->actor))) {
        return INTAKE_NOT_FOUND;
    }
    ret_refusal->detail = intake_admit(row, wish, env->now_us);
    if (ret_refusal->detail != NULL) {
        return INTAKE_MALFORMED;
    }
    struct intake_plan plan = {.event = ret_refusal->event, .from = ret_refusal->state};
    plan.at_us = wish->at_us != 0 ? wish->at_us : env->now_us;
    if (row != NULL && plan.at_us < row->requested_at_us) {
        plan.at_us = row->requested_at_us; /* was given a little ahead of our clock */
    }
    uint32_t holds = intake_holds(row, wish, plan.at_us, env->reopen_us);
    ret_refusal->verdict =
        wo_fsm_check(plan.event, plan.from, wish->actor.role, holds, &plan.to, &ret_refusal->missing);
    if (ret_refusal->verdict != WO_OK) {
        return INTAKE_REFUSED;
    }
    if (row == NULL) {
        first_row(wish, env, plan.at_us, &plan.row);
    } else {
        plan.row = *row;
    }
    apply(wish, &plan, &plan.row);
    plan.row.state = plan.to;
    plan.row.version++;
    plan.row.updated_at_us = env->now_us;
    *ret_plan = plan;
    return INTAKE_DONE;
}

/* The order's states follow the request's acceptance; its beginning, its closing and its final states are intake's own. */
static bool follows_order(enum wo_state state) {
    return state != WO_REGISTERED && state != WO_PRECHECK && state != WO_CLOSED && !wo_state_is_final(state);
}

/* States in which the order is at work; an order that was withdrawn says nothing about its request. */
static bool is_order_state(enum wo_state state) {
    return state > WO_PRECHECK && state < WO_CLOSED;
}

enum intake_mirrored intake_mirror(struct intake_row *row, const struct intake_order_fact *fact, int64_t now_us) {
    assert(row != NULL && fact != NULL);
    assert(!fact->has_details || (fact->grid != NULL && fact->worker_id != NULL));
    bool same = row->has_order && memcmp(row->order_id, fact->order_id, sizeof row->order_id) == 0;
    if (same && fact->version <= row->order_version) {
        return INTAKE_MIRROR_OLD;
    }
    if (row->has_order && !same && fact->version != 1) {
        return INTAKE_MIRROR_OLD; /* of an order which another has replaced */
    }
    if (fact->has_details && (strlen(fact->grid) > INTAKE_WORD_MAX || strlen(fact->worker_id) > INTAKE_WORD_MAX)) {
        return INTAKE_MIRROR_IMPOSSIBLE;
    }
    row->has_order = true;
    memcpy(row->order_id, fact->order_id, sizeof row->order_id);
    row->order_version = fact->version;
    if (fact->has_details) {
        copy_word(row->grid, fact->grid);
        copy_word(row->worker_id, fact->worker_id);
        row->dispatch_seq = fact->dispatch_seq;
        row->result = fact->result != 0 ? fact->result : row->result;
    }
    if (follows_order(row->state) && is_order_state(fact->to)) {
        row->state = fact->to;
    }
    row->updated_at_us = now_us;
    return INTAKE_MIRROR_CHANGED;
}
