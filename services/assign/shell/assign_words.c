#include "assign/shell/assign_words.h"

#include <stdlib.h>
#include <string.h>

#include "assign/core/order_step.h"
#include "common/base/borrow.h"
#include "common/base/id.h"

/* An order with room for its parts: one allocation. */
struct order_words {
    Paidan__Assign__V1__WorkOrder order;
    Paidan__Common__V1__Location location;
    Google__Protobuf__Timestamp accepted_at, dispatched_at, signed_at, started_at, fed_back_at, updated_at;
    char id[PD_ID_TEXT], request_id[PD_ID_TEXT];
    char *actions[WO_EVENT_COUNT];
};

char *assign_text(const char *text) {
    return pd_borrow(text);
}

bool assign_id(const char *text, uint8_t ret_id[16]) {
    struct pd_id id;
    if (!pd_id_parse(text, strlen(text), &id)) {
        return false;
    }
    memcpy(ret_id, id.b, 16);
    return true;
}

static const int64_t first_s = INT64_C(-62135596800), last_s = INT64_C(253402300799); /* years 1 and 9999 */

int64_t assign_time_us(const Google__Protobuf__Timestamp *at) {
    if (at == NULL) {
        return 0;
    }
    int64_t seconds = at->seconds < first_s ? first_s : at->seconds > last_s ? last_s : at->seconds;
    int32_t nanos = at->nanos < 0 || at->nanos > 999999999 ? 0 : at->nanos;
    return seconds * 1000000 + nanos / 1000;
}

Google__Protobuf__Timestamp *assign_timestamp(Google__Protobuf__Timestamp *at, int64_t at_us) {
    if (at_us == 0) {
        return NULL;
    }
    int64_t rest = at_us % 1000000 < 0 ? at_us % 1000000 + 1000000 : at_us % 1000000;
    google__protobuf__timestamp__init(at);
    at->seconds = (at_us - rest) / 1000000;
    at->nanos = (int32_t)rest * 1000;
    return at;
}

enum { CURSOR_TIME = 16 /* hex digits, then the id */ };

bool assign_cursor_read(const char *text, int64_t *ret_at_us, uint8_t ret_id[16]) {
    char digits[CURSOR_TIME + 1] = "";
    if (strlen(text) != CURSOR_TIME + PD_ID_TEXT - 1 || strspn(text, "0123456789abcdef") < CURSOR_TIME ||
        !assign_id(text + CURSOR_TIME, ret_id)) {
        return false;
    }
    memcpy(digits, text, CURSOR_TIME);
    *ret_at_us = (int64_t)strtoull(digits, NULL, 16);
    return *ret_at_us >= first_s * 1000000 && *ret_at_us <= last_s * 1000000;
}

char *assign_cursor_text(struct pd_arena *arena, int64_t at_us, const uint8_t id[16]) {
    struct pd_id bytes;
    char text[PD_ID_TEXT];
    memcpy(bytes.b, id, sizeof bytes.b);
    return pd_format(arena, "%016llx%s", (unsigned long long)at_us, pd_id_text(&bytes, text));
}

static char *id_text(const uint8_t id[16], char text[PD_ID_TEXT]) {
    struct pd_id bytes;
    memcpy(bytes.b, id, sizeof bytes.b);
    return pd_id_text(&bytes, text);
}

static void set_times(struct order_words *words, const struct order *order) {
    Paidan__Assign__V1__WorkOrder *w = &words->order;
    w->accepted_at = assign_timestamp(&words->accepted_at, order->accepted_at_us);
    w->dispatched_at = assign_timestamp(&words->dispatched_at, order->dispatched_at_us);
    w->signed_at = assign_timestamp(&words->signed_at, order->signed_at_us);
    w->started_at = assign_timestamp(&words->started_at, order->started_at_us);
    w->fed_back_at = assign_timestamp(&words->fed_back_at, order->fed_back_at_us);
    w->updated_at = assign_timestamp(&words->updated_at, order->updated_at_us);
}

static void set_location(struct order_words *words, const struct order *order) {
    if (!order->has_place) {
        return;
    }
    paidan__common__v1__location__init(&words->location);
    words->location.lat_presence_case = PAIDAN__COMMON__V1__LOCATION__LAT_PRESENCE_LAT;
    words->location.lat = order->lat;
    words->location.long_presence_case = PAIDAN__COMMON__V1__LOCATION__LONG_PRESENCE_LONG;
    words->location.long_ = order->lng;
    words->location.coordinate_system = PAIDAN__COMMON__V1__COORDINATE_SYSTEM__COORDINATE_SYSTEM_WGS84;
    words->order.location = &words->location;
}

Paidan__Assign__V1__WorkOrder *assign_order_words(struct pd_arena *arena, const struct order *order,
                                                  const struct wo_actor *actor) {
    struct order_words *words = pd_alloc(arena, sizeof *words);
    if (words == NULL) {
        return NULL;
    }
    Paidan__Assign__V1__WorkOrder *w = &words->order;
    paidan__assign__v1__work_order__init(w);
    w->id = id_text(order->id, words->id);
    w->request_id = id_text(order->request_id, words->request_id);
    w->request_number = assign_text(order->request_number);
    w->version = order->version;
    w->state = (Paidan__Common__V1__WorkOrderState)order->state;
    w->service_code = assign_text(order->service_code);
    w->urgency = (Paidan__Common__V1__Urgency)order->urgency;
    w->grid = assign_text(order->grid);
    w->grid_version = order->grid_version;
    w->worker_id = assign_text(order->worker_id);
    w->dispatch_seq = order->dispatch_seq;
    w->queue_reason = (Paidan__Assign__V1__QueueReason)order->queue_reason;
    w->result = (Paidan__Common__V1__ResultCode)order->result;
    w->feedback = assign_text(order->feedback);
    w->redo_count = order->redo_count;
    w->grid_now = assign_text(order->grid_now);
    w->held = order->held;
    set_times(words, order);
    set_location(words, order);
    enum wo_event events[WO_EVENT_COUNT];
    w->allowed_actions = words->actions;
    w->n_allowed_actions = order_allowed(order, actor->role, actor->worker_id, events, WO_EVENT_COUNT);
    for (size_t i = 0; i < w->n_allowed_actions; i++) {
        words->actions[i] = assign_text(wo_event_text(events[i]));
    }
    return w;
}
