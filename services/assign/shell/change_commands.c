#include "assign/shell/change_commands.h"

#include <stdio.h>
#include <string.h>

#include "assign/shell/assign_words.h"
#include "assign/shell/change_draft.h"
#include "sql/assign_sql.h"

static const struct {
    const char *name;
    enum change_act act;
} commands[] = {
    {"change_features", ACT_FEATURES}, {"change_check", ACT_CHECK},       {"change_consult", ACT_CONSULT},
    {"change_vote", ACT_VOTE},         {"change_submit", ACT_SUBMIT},     {"change_approve", ACT_APPROVE},
    {"change_apply", ACT_APPLY},       {"change_withdraw", ACT_WITHDRAW},
};

static bool is_draft(const struct input *input) {
    return strcmp(input->name, "change_draft") == 0;
}

/* CHANGE_ACT_COUNT: none. */
static enum change_act act_of(const struct input *input) {
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, input->name) == 0) {
            return commands[i].act;
        }
    }
    return CHANGE_ACT_COUNT;
}

bool change_is_due(const struct input *input) {
    return is_draft(input) || act_of(input) != CHANGE_ACT_COUNT;
}

/* ---- ask and read */

static const char *id_text_of(const struct input *input) {
    return act_of(input) == ACT_FEATURES ? ((const Paidan__Assign__V1__ChangeFeaturesRequest *)input->message)->id
                                         : ((const Paidan__Assign__V1__ChangeStepRequest *)input->message)->id;
}

enum pd_fate change_ask(struct batch *batch, struct change_work *work, struct pg *pg, struct pd_err *reterr) {
    struct pg_array ids;
    struct pg_args args;
    uint8_t id[16];
    (void)work;
    pg_array_init(&ids, batch_arena(batch), PG_UUID);
    for (size_t i = 0; i < batch_count(batch); i++) {
        const struct input *input = batch_input(batch, i);
        if (input->kind == INPUT_COMMAND && act_of(input) != CHANGE_ACT_COUNT && assign_id(id_text_of(input), id)) {
            pg_array_uuid(&ids, id);
        }
    }
    pg_args_init(&args, batch_arena(batch));
    pg_arg_array(&args, &ids);
    return pg_queue(pg, SQL_READ_CHANGES, &args, reterr);
}

struct change_slot *change_add_slot(struct batch *batch, struct change_work *work) {
    struct change_slot *slot = batch_alloc(batch, sizeof *slot);
    if (slot != NULL) {
        slot->next = work->slots;
        work->slots = slot;
    }
    return slot;
}

enum pd_fate change_read(struct batch *batch, struct change_work *work, struct pg *pg, struct pd_err *reterr) {
    const struct pg_result *rows = pg_take(pg);
    for (int row = 0; row < pg_rows(rows); row++) {
        struct change_slot *slot = change_add_slot(batch, work);
        if (slot == NULL || !change_row(rows, row, batch_arena(batch), &slot->change)) {
            return pd_fail(reterr, PD_RETRY, "ARENA", "the batch is out of memory");
        }
    }
    return PD_OK;
}

static struct change_slot *find_slot(const struct change_work *work, const uint8_t id[16]) {
    struct change_slot *slot = work->slots;
    while (slot != NULL && memcmp(slot->change.id, id, 16) != 0) {
        slot = slot->next;
    }
    return slot;
}

/* ---- features and steps */

static bool take_features(struct batch *batch, struct change_work *work, struct input *input,
                          struct change_slot *slot) {
    const Paidan__Assign__V1__ChangeFeaturesRequest *r =
        (const Paidan__Assign__V1__ChangeFeaturesRequest *)input->message;
    if (r->raw_body.len == 0) {
        batch_refuse(batch, input, 422, "guard", "send a FeatureCollection (RFC 7946) as the body");
        return false;
    }
    if (slot->change.parts >= CHANGE_PARTS_MAX || slot->change.bytes + (int64_t)r->raw_body.len > CHANGE_BYTES_MAX) {
        batch_refuse(batch, input, 413, "too-large",
                     "at most 256 parts and 64 MB in one change: draw the rest in another one");
        return false;
    }
    struct change_part *part = batch_alloc(batch, sizeof *part);
    if (part == NULL) {
        return false;
    }
    slot->change.parts++;
    slot->change.bytes += (int64_t)r->raw_body.len;
    *part = (struct change_part){.slot = slot,
                                 .number = slot->change.parts,
                                 .bytes = r->raw_body.data,
                                 .length = r->raw_body.len,
                                 .next = work->parts};
    work->parts = part;
    return true;
}

static bool may_apply(struct batch *batch, struct change_work *work, bool map_is_changing, struct input *input,
                      const struct change_slot *slot) {
    if (work->applied != NULL || map_is_changing || slot->change.map_version != work->map_version) {
        batch_refuse(batch, input, 409, "wrong-state",
                     "the map has changed since the check: POST .../check again, look at the difference, then apply");
        return false;
    }
    return true;
}

static void refuse(struct batch *batch, struct input *input, enum change_answer answer, enum change_act act,
                   const struct grid_change *change) {
    char words[320] = "";
    const char *names[CHANGE_ACT_COUNT];
    struct change_facts facts = {change->kind, change->state, change->verdict, input->actor.role};
    size_t count = change_allowed(&facts, names);
    size_t length = (size_t)snprintf(words, sizeof words,
                                     "%s: a change that is %s cannot do this; possible now:", change_act_text(act),
                                     change_state_text(change->state));
    for (size_t i = 0; i < count && length < sizeof words; i++) {
        length += (size_t)snprintf(words + length, sizeof words - length, " %s", names[i]);
    }
    if (count == 0 && length < sizeof words) {
        snprintf(words + length, sizeof words - length, " nothing");
    }
    if (answer == CHANGE_WRONG_ROLE) {
        batch_refuse(batch, input, 403, "forbidden",
                     "approving and applying a change is for supervisors and administrators");
    } else if (answer == CHANGE_UNCHECKED) {
        batch_refuse(batch, input, 409, "wrong-state",
                     change->verdict == CHECK_RUNNING ? "the check still runs: wait until its verdict is there"
                     : change->verdict == CHECK_FAULTY
                         ? "the check found faults: put them right, or accept_findings for overlaps and gaps"
                         : "the change was not checked: POST .../check first");
    } else {
        batch_refuse(batch, input, 409, "wrong-state", words);
    }
}

static void step(struct change_slot *slot, enum change_act act, enum change_state to, int64_t now_us) {
    struct grid_change *change = &slot->change;
    change->state = to;
    change->updated_at_us = now_us;
    change->version += change_event(act) != WO_EV_NONE;
    slot->changed = true;
    if (act == ACT_CHECK || act == ACT_FEATURES || act == ACT_WITHDRAW) {
        change->check_seq++;
        change->progress = 0;
        change->verdict = act == ACT_CHECK ? CHECK_RUNNING : CHECK_NONE;
    }
    if (act == ACT_APPLY) {
        change->applied_at_us = now_us;
        change->valid_from_us = change->valid_from_us == 0 ? now_us : change->valid_from_us;
    }
}

void change_decide(struct batch *batch, struct change_work *work, bool map_is_changing, struct input *input) {
    enum change_act act = act_of(input);
    enum change_state to = CHANGE_DRAFT;
    uint8_t id[16];
    if (is_draft(input)) {
        change_decide_draft(batch, work, input);
        return;
    }
    if (!assign_id(id_text_of(input), id)) {
        batch_refuse(batch, input, 400, "malformed", "id: must be the UUID of a grid change");
        return;
    }
    struct change_slot *slot = find_slot(work, id);
    if (slot == NULL) {
        batch_refuse(batch, input, 404, "not-found", "no such grid change; GET /v1/grid-changes lists them");
        return;
    }
    struct change_facts facts = {slot->change.kind, slot->change.state, slot->change.verdict, input->actor.role};
    enum change_answer answer = change_check(act, &facts, &to);
    if (answer != CHANGE_OK) {
        refuse(batch, input, answer, act, &slot->change);
        return;
    }
    if ((act == ACT_FEATURES && !take_features(batch, work, input, slot)) ||
        (act == ACT_APPLY && !may_apply(batch, work, map_is_changing, input, slot))) {
        return;
    }
    step(slot, act, to, batch_now_us(batch));
    work->applied = act == ACT_APPLY ? slot : work->applied;
    if (change_event(act) != WO_EV_NONE) {
        change_emit(batch, input, &slot->change, change_event(act));
    }
    change_reply(batch, input, work, &slot->change, 200);
}
