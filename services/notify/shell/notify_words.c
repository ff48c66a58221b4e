#include "notify/shell/notify_words.h"

#include <string.h>

#include "common/base/id.h"

char *notify_id_text(struct pd_arena *arena, const uint8_t id[16]) {
    struct pd_id bytes;
    char *text = pd_alloc(arena, PD_ID_TEXT);
    memcpy(bytes.b, id, sizeof bytes.b);
    return text == NULL ? NULL : pd_id_text(&bytes, text);
}

Google__Protobuf__Timestamp *notify_timestamp(Google__Protobuf__Timestamp *at, int64_t at_us) {
    if (at_us == 0) {
        return NULL;
    }
    google__protobuf__timestamp__init(at);
    at->seconds = at_us / 1000000;
    at->nanos = (int32_t)(at_us % 1000000) * 1000;
    return at;
}

/* A delivery with room for its times: one allocation. */
struct delivery_words {
    Paidan__Notify__V1__Delivery delivery;
    Google__Protobuf__Timestamp created_at, acknowledged_at, superseded_at;
};

Paidan__Notify__V1__Delivery *notify_delivery_words(struct pd_arena *arena, const struct notify_delivery *delivery) {
    struct delivery_words *words = pd_alloc(arena, sizeof *words);
    if (words == NULL) {
        return NULL;
    }
    Paidan__Notify__V1__Delivery *d = &words->delivery;
    paidan__notify__v1__delivery__init(d);
    d->id = notify_id_text(arena, delivery->id);
    d->kind = (Paidan__Notify__V1__DeliveryKind)delivery->kind;
    d->order_id = notify_id_text(arena, delivery->order_id);
    d->request_id = notify_id_text(arena, delivery->request_id);
    d->request_number = pd_strdup(arena, delivery->request_number);
    d->worker_id = pd_strdup(arena, delivery->worker_id);
    d->dispatch_seq = delivery->dispatch_seq;
    d->urgency = (Paidan__Common__V1__Urgency)delivery->urgency;
    d->service_code = pd_strdup(arena, delivery->service_code);
    d->created_at = notify_timestamp(&words->created_at, delivery->created_at_us);
    d->acknowledged_at = notify_timestamp(&words->acknowledged_at, delivery->acknowledged_at_us);
    d->superseded_at = notify_timestamp(&words->superseded_at, delivery->superseded_at_us);
    return arena->full ? NULL : d;
}
