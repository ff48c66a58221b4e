#include "assign/shell/change_words.h"

#include <string.h>

#include "assign/shell/assign_words.h"
#include "common/base/id.h"

/* A change with room for its parts: one allocation. */
struct change_room {
    Paidan__Assign__V1__GridChange change;
    Paidan__Assign__V1__ChangeCounts counts;
    Paidan__Assign__V1__ChangePreview preview;
    Google__Protobuf__Timestamp valid_from, created_at, updated_at, checked_at, applied_at;
    char id[PD_ID_TEXT];
    char *actions[CHANGE_ACT_COUNT];
};

static void set_counts(struct change_room *room, const struct change_counts *counts) {
    paidan__assign__v1__change_counts__init(&room->counts);
    room->counts.added = counts->added;
    room->counts.changed = counts->changed;
    room->counts.closed = counts->closed;
    room->counts.unchanged = counts->unchanged;
    room->counts.faults = counts->faults;
    room->counts.overlaps = counts->overlaps;
    room->counts.gaps = counts->gaps;
    room->change.counts = &room->counts;
    paidan__assign__v1__change_preview__init(&room->preview);
    room->preview.households_moved = counts->households_moved;
    room->preview.workers_moved = counts->workers_moved;
    room->preview.orders_moved = counts->orders_moved;
    room->preview.recipients_moved = counts->recipients_moved;
    room->change.preview = &room->preview;
}

static void set_actions(struct change_room *room, const struct grid_change *change, uint32_t role) {
    const char *names[CHANGE_ACT_COUNT];
    struct change_facts facts = {change->kind, change->state, change->verdict, role};
    room->change.n_allowed_actions = change_allowed(&facts, names);
    room->change.allowed_actions = room->actions;
    for (size_t i = 0; i < room->change.n_allowed_actions; i++) {
        room->actions[i] = assign_text(names[i]);
    }
}

Paidan__Assign__V1__GridChange *change_words(struct pd_arena *arena, const struct grid_change *change,
                                             const struct wo_actor *actor, int64_t map_version) {
    struct change_room *room = pd_alloc(arena, sizeof *room);
    if (room == NULL) {
        return NULL;
    }
    Paidan__Assign__V1__GridChange *w = &room->change;
    paidan__assign__v1__grid_change__init(w);
    struct pd_id id;
    memcpy(id.b, change->id, sizeof id.b);
    w->id = pd_id_text(&id, room->id);
    w->version = change->version;
    w->kind = (Paidan__Assign__V1__ChangeKind)change->kind;
    w->layer = (Paidan__Assign__V1__MapLayer)change->layer;
    w->mode = (Paidan__Assign__V1__ChangeMode)change->mode;
    w->title = assign_text(change->title);
    w->state = (Paidan__Assign__V1__ChangeState)change->state;
    w->verdict = (Paidan__Assign__V1__CheckVerdict)change->verdict;
    w->progress = change->progress;
    w->tolerance_m2 = change->tolerance_m2;
    w->accept_findings = change->accept_findings;
    w->parts = change->parts;
    w->bytes = change->bytes;
    w->outdated = map_version != 0 && change->verdict == CHECK_CLEAN && change->state < CHANGE_APPLIED &&
                  change->map_version != map_version;
    w->valid_from = assign_timestamp(&room->valid_from, change->valid_from_us);
    w->created_at = assign_timestamp(&room->created_at, change->created_at_us);
    w->updated_at = assign_timestamp(&room->updated_at, change->updated_at_us);
    w->checked_at = assign_timestamp(&room->checked_at, change->checked_at_us);
    w->applied_at = assign_timestamp(&room->applied_at, change->applied_at_us);
    set_counts(room, &change->counts);
    set_actions(room, change, actor->role);
    return w;
}
