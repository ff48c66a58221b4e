#include "notify/shell/notify_push.h"

#include "notify/shell/notify_words.h"
#include "paidan/common/v1/envelope.pb-c.h"

/* A push is about 200 bytes; the bus takes 1 MB a message. */
enum { PUSHES_A_MESSAGE = 1000 };

static const char subject[] = "pd.push.gateway";

static Paidan__Common__V1__Push *push_of(const struct notify_delivery *delivery, struct pd_arena *arena) {
    Paidan__Common__V1__Push *push = pd_alloc(arena, sizeof *push);
    if (push == NULL) {
        return NULL;
    }
    paidan__common__v1__push__init(push);
    push->delivery_id = notify_id_text(arena, delivery->id);
    push->worker_id = pd_strdup(arena, delivery->worker_id);
    push->order_id = notify_id_text(arena, delivery->order_id);
    push->request_number = pd_strdup(arena, delivery->request_number);
    push->dispatch_seq = delivery->dispatch_seq;
    push->urgency = (Paidan__Common__V1__Urgency)delivery->urgency;
    push->service_code = pd_strdup(arena, delivery->service_code);
    push->kind = pd_strdup(arena, delivery->kind == NOTIFY_ASSIGNMENT ? "assignment" : "withdrawal");
    return arena->full ? NULL : push;
}

static void say(Paidan__Common__V1__PushBatch *pushes, struct pd_arena *arena, struct bus *bus) {
    size_t length = paidan__common__v1__push_batch__get_packed_size(pushes);
    uint8_t *bytes = pd_alloc(arena, length);
    if (bytes != NULL) {
        bus_say(bus, subject, bytes, paidan__common__v1__push_batch__pack(pushes, bytes));
    }
}

void notify_push(const struct notify_view *view, struct pd_arena *arena, struct bus *bus) {
    Paidan__Common__V1__Push *list[PUSHES_A_MESSAGE];
    Paidan__Common__V1__PushBatch pushes = PAIDAN__COMMON__V1__PUSH_BATCH__INIT;
    pushes.pushes = list;
    for (size_t i = 0; i < view->count; i++) {
        const struct notify_delivery *delivery = &view->deliveries[i];
        if (!delivery->push || !notify_is_open(delivery)) {
            continue;
        }
        Paidan__Common__V1__Push *push = push_of(delivery, arena);
        if (push == NULL) {
            break;
        }
        list[pushes.n_pushes++] = push;
        if (pushes.n_pushes == PUSHES_A_MESSAGE) {
            say(&pushes, arena, bus);
            pushes.n_pushes = 0;
        }
    }
    if (pushes.n_pushes > 0) {
        say(&pushes, arena, bus);
    }
}
