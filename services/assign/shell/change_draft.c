#include "assign/shell/change_draft.h"

#include <math.h>
#include <string.h>

#include "assign/core/code_rule.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/change_words.h"

static const double tolerance_default_m2 = 1, tolerance_max_m2 = 1e6;

void change_reply(struct batch *batch, struct input *input, const struct change_work *work,
                  const struct grid_change *change, int status) {
    Paidan__Assign__V1__GridChange *words =
        change_words(batch_arena(batch), change, &input->actor, work->applied == NULL ? work->map_version : 0);
    if (words == NULL) {
        batch_refuse(batch, input, 503, "busy", "too much at once: try again in a moment");
        return;
    }
    batch_reply(batch, input, status, &words->base);
}

void change_emit(struct batch *batch, struct input *input, const struct grid_change *change, enum wo_event event) {
    Paidan__Assign__V1__GridChangeEvent payload = PAIDAN__ASSIGN__V1__GRID_CHANGE_EVENT__INIT;
    Google__Protobuf__Timestamp valid_from = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    payload.kind = (Paidan__Assign__V1__ChangeKind)change->kind;
    payload.layer = (Paidan__Assign__V1__MapLayer)change->layer;
    payload.added = change->counts.added;
    payload.changed = change->counts.changed;
    payload.closed = change->counts.closed;
    payload.orders_moved = change->counts.orders_moved;
    if (change->valid_from_us != 0) {
        valid_from.seconds = change->valid_from_us / 1000000;
        valid_from.nanos = (int32_t)(change->valid_from_us % 1000000) * 1000;
        payload.valid_from = &valid_from;
    }
    struct event_draft draft = {
        .aggregate_version = change->version, .type = event, .from = WO_NONE, .to = WO_NONE, .payload = &payload.base};
    memcpy(draft.aggregate_id, change->id, sizeof draft.aggregate_id);
    memcpy(draft.request_id, change->id, sizeof draft.request_id);
    batch_emit(batch, input, &draft, NULL);
}

/* NULL: nothing is wrong with it. */
static const char *fault_of(const Paidan__Assign__V1__ChangeDraftRequest *r) {
    long length = text_length(r->title);
    if ((int)r->kind < CHANGE_IMPORT || (int)r->kind >= CHANGE_KIND_END) {
        return "kind: one of import, split, merge, boundary";
    }
    if ((int)r->layer < LAYER_UNIT || (int)r->layer > LAYER_COMMUNITY) {
        return "layer: one of unit, responsibility, governance, special, town, community";
    }
    if ((int)r->mode < 0 || (int)r->mode > MODE_WHOLE) {
        return "mode: amend or whole";
    }
    if (length < 1 || length > CHANGE_TITLE_MAX_CHARS) {
        return "title: 1 to 200 characters that say what is changed and why";
    }
    if (!isfinite(r->tolerance_m2) || r->tolerance_m2 < 0 || r->tolerance_m2 > tolerance_max_m2) {
        return "tolerance_m2: 0 (for 1 m2) to 1000000";
    }
    if (r->n_posts > CHANGE_POSTS_MAX) {
        return "posts: at most 2000; import the rest with POST /v1/import afterwards";
    }
    for (size_t i = 0; i < r->n_posts; i++) {
        if (!grid_code_is_valid(r->posts[i]->grid) || !worker_id_is_valid(r->posts[i]->worker_id) ||
            (int)r->posts[i]->accountability < 1 || (int)r->posts[i]->accountability > 3) {
            return "posts: each needs the 15-digit code of a grid, a worker_id, and accountability primary, deputy or "
                   "grid_head";
        }
    }
    return NULL;
}

void change_decide_draft(struct batch *batch, struct change_work *work, struct input *input) {
    const Paidan__Assign__V1__ChangeDraftRequest *r = (const Paidan__Assign__V1__ChangeDraftRequest *)input->message;
    const char *fault = fault_of(r);
    const struct wo_rule *rule = wo_fsm_rule(WO_EV_CHANGE_DRAFT, WO_NONE);
    if (rule == NULL || (rule->actors & input->actor.role) == 0) {
        batch_refuse(batch, input, 403, "forbidden", "the map is drawn by dispatchers, supervisors and administrators");
        return;
    }
    if (fault != NULL) {
        batch_refuse(batch, input, 422, "guard", fault);
        return;
    }
    struct change_slot *slot = change_add_slot(batch, work);
    if (slot == NULL) {
        return; /* out of memory: the batch is tried again in halves */
    }
    int64_t now_us = batch_now_us(batch);
    slot->is_new = true;
    slot->draft = r;
    slot->change = (struct grid_change){.version = 1,
                                        .kind = (enum change_kind)r->kind,
                                        .layer = (enum change_layer)r->layer,
                                        .mode = r->mode == 0 ? MODE_AMEND : (enum change_mode)r->mode,
                                        .title = r->title,
                                        .tolerance_m2 = r->tolerance_m2 == 0 ? tolerance_default_m2 : r->tolerance_m2,
                                        .accept_findings = r->accept_findings,
                                        .state = CHANGE_DRAFT,
                                        .valid_from_us = assign_time_us(r->valid_from),
                                        .created_at_us = now_us,
                                        .updated_at_us = now_us};
    batch_new_id(batch, slot->change.id);
    change_emit(batch, input, &slot->change, WO_EV_CHANGE_DRAFT);
    change_reply(batch, input, work, &slot->change, 201);
}
