#include "assign/shell/recipient_act.h"

#include <assert.h>
#include <string.h>

#include "assign/shell/recipient_words.h"
#include "common/base/borrow.h"

void recipient_out_of_memory(struct batch *batch) {
    (void)batch_alloc(batch, SIZE_MAX);
}

bool recipient_has_post(const struct city *city, const char *grid, const struct wo_actor *actor) {
    const struct posts *posts = city_posts_of(city, grid);
    for (size_t i = 0; posts != NULL && actor->worker_id[0] != '\0' && i < posts->count; i++) {
        if (strcmp(posts->list[i].worker->id, actor->worker_id) == 0) {
            return true;
        }
    }
    return false;
}

void recipient_refuse(struct batch *batch, struct input *input, enum recipient_act act,
                      enum recipient_verdict verdict) {
    switch (verdict) {
    case RECIPIENT_OK:
        assert(false);
        break;
    case RECIPIENT_FORBIDDEN:
        batch_refuse(batch, input, 403, "forbidden",
                     act == RECIPIENT_MARK && input->actor.role == WO_ROLE_WORKER
                         ? "The place is in a grid in which you have no post: tell its people or a dispatcher."
                         : "This is not for your role.");
        break;
    case RECIPIENT_NOT_FOUND:
        batch_refuse(batch, input, 404, "not-found",
                     act == RECIPIENT_LIST ? "There is no such grid, or it is not yours (any more)."
                                           : "There is no such recipient, or not in a grid of yours (any more).");
        break;
    case RECIPIENT_OVER:
        batch_refuse(
            batch, input, 409, "wrong-state",
            "The mark was taken away or its personal data were erased. A supervisor can read its trace; mark the "
            "person anew if it was a mistake.");
        break;
    case RECIPIENT_NEEDS_PURPOSE:
        batch_refuse(batch, input, 422, "guard", "purpose: say why you read it; the words stay in the trace");
        break;
    }
}

void recipient_emit(struct batch *batch, const struct input *cause, enum recipient_act act, struct recipient *row,
                    const uint8_t *digest, uint8_t ret_event_id[16]) {
    Paidan__Assign__V1__RecipientEvent payload = PAIDAN__ASSIGN__V1__RECIPIENT_EVENT__INIT;
    payload.grid = pd_borrow(row->grid);
    if (digest != NULL) {
        payload.text_digest = (ProtobufCBinaryData){SEAL_DIGEST, pd_borrow(digest)};
    }
    row->version++;
    struct event_draft draft = {.aggregate_version = row->version,
                                .type = recipient_event(act),
                                .from = WO_NONE,
                                .to = WO_NONE,
                                .payload = &payload.base};
    memcpy(draft.aggregate_id, row->id, 16);
    memcpy(draft.request_id, row->id, 16);
    batch_emit(batch, cause, &draft, ret_event_id);
}

void recipient_reply_mark(struct batch *batch, struct input *input, int status, const struct recipient *row) {
    Paidan__Assign__V1__RecipientMark *words = recipient_mark_words(batch_arena(batch), row);
    if (words == NULL) {
        recipient_out_of_memory(batch);
        return;
    }
    batch_reply(batch, input, status, &words->base);
}
