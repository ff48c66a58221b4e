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

size_t intake_actions(const struct intake_row *row, const struct intake_actor *actor,
                      const char *ret_names[INTAKE_ACTIONS_MAX]) {
    assert(row != NULL && actor != NULL);
    if (!intake_may_see(row, actor)) {
        return 0;
    }
    return wo_fsm_actions(row->state, actor->role, ret_names, INTAKE_ACTIONS_MAX);
}
