#include "intake/core/intake_sight.h"

#include <assert.h>
#include <string.h>

enum { STAFF = WO_ROLE_OPERATOR | WO_ROLE_DISPATCHER | WO_ROLE_SUPERVISOR | WO_ROLE_ADMIN };

static bool is_his(const char *owner, const char *asker) {
    return *owner != '\0' && strcmp(owner, asker) == 0;
}

bool intake_may_read(const struct intake_row *row, const struct intake_actor *actor) {
    assert(row != NULL && actor != NULL);
    if (actor->role == WO_ROLE_WORKER) {
        return is_his(row->worker_id, actor->worker_id);
    }
    if (actor->role == WO_ROLE_REQUESTER) {
        return is_his(row->requester_account, actor->account_id);
    }
    return (actor->role & STAFF) != 0;
}

bool intake_may_see(const struct intake_row *row, const struct intake_actor *actor) {
    return actor->role == WO_ROLE_SYSTEM || intake_may_read(row, actor);
}

/* Two verdicts of the table are one action for the person who gives them. */
static const char *url_name(enum wo_event event) {
    return event == WO_EV_VISIT_CLOSE || event == WO_EV_VISIT_REDO ? "visit" : wo_event_text(event);
}

size_t intake_actions(const struct intake_row *row, const struct intake_actor *actor,
                      const char *ret_names[INTAKE_ACTIONS_MAX]) {
    assert(row != NULL && actor != NULL);
    if (!intake_may_see(row, actor)) {
        return 0;
    }
    enum wo_event events[INTAKE_ACTIONS_MAX];
    size_t count = wo_fsm_allowed(row->state, actor->role, events, INTAKE_ACTIONS_MAX);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (wo_event_owner(events[i]) == WO_OWNER_NOTIFY) {
            continue; /* deliveries are acknowledged on the socket */
        }
        const char *name = url_name(events[i]);
        if (kept == 0 || strcmp(ret_names[kept - 1], name) != 0) {
            ret_names[kept++] = name;
        }
    }
    return kept;
}
