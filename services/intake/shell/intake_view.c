#include "intake/shell/intake_view.h"

#include <string.h>

#include "common/base/borrow.h"
#include "common/base/id.h"
#include "intake/core/intake_sight.h"
#include "intake/core/intake_text.h"

/* protobuf-c has no const in its structs; packing only reads. */
static char *borrow(const char *text) {
    return pd_borrow(text);
}

/* One allocation for everything of fixed size that a view points to. */
struct view {
    Paidan__Intake__V1__ServiceRequest request;
    Paidan__Common__V1__Location location;
    Paidan__Common__V1__OriginalPoint original;
    Paidan__Intake__V1__Requester requester;
    Google__Protobuf__Timestamp requested, registered, accepted, closed, updated;
    char id[PD_ID_TEXT], order_id[PD_ID_TEXT];
    char name[INTAKE_MASKED_NAME], phone[INTAKE_MASKED_PHONE];
    const char *actions[INTAKE_ACTIONS_MAX];
};

static Google__Protobuf__Timestamp *at(Google__Protobuf__Timestamp *place, int64_t us) {
    if (us == 0) {
        return NULL;
    }
    google__protobuf__timestamp__init(place);
    place->seconds = us / 1000000;
    place->nanos = (int32_t)(us % 1000000) * 1000;
    return place;
}

static char *id_text(const uint8_t id[16], char ret[PD_ID_TEXT]) {
    struct pd_id packed;
    memcpy(packed.b, id, sizeof packed.b);
    return pd_id_text(&packed, ret);
}

static void show_times(struct view *view, const struct intake_row *row) {
    view->request.requested_at = at(&view->requested, row->requested_at_us);
    view->request.registered_at = at(&view->registered, row->registered_at_us);
    view->request.accepted_at = at(&view->accepted, row->accepted_at_us);
    view->request.closed_at = at(&view->closed, row->closed_at_us);
    view->request.updated_at = at(&view->updated, row->updated_at_us);
}

static void show_place(struct view *view, const struct intake_row *row, const char *address) {
    Paidan__Common__V1__Location *location = &view->location;
    paidan__common__v1__location__init(location);
    if (row->has_point) {
        location->lat_presence_case = PAIDAN__COMMON__V1__LOCATION__LAT_PRESENCE_LAT;
        location->long_presence_case = PAIDAN__COMMON__V1__LOCATION__LONG_PRESENCE_LONG;
        location->lat = row->lat;
        location->long_ = row->lon;
        location->coordinate_system = PAIDAN__COMMON__V1__COORDINATE_SYSTEM__COORDINATE_SYSTEM_WGS84;
    }
    if (row->original.system != 0) {
        paidan__common__v1__original_point__init(&view->original);
        view->original.coordinate_system = (Paidan__Common__V1__CoordinateSystem)row->original.system;
        view->original.lat = row->original.lat;
        view->original.long_ = row->original.lon;
        location->original = &view->original;
    }
    location->address = borrow(address);
    view->request.location = location;
}

static void show_personal(struct view *view, const struct intake_row *row, const struct intake_personal *personal,
                          bool may_read) {
    bool reads = personal != NULL && may_read;
    show_place(view, row, reads ? personal->address : "");
    if (reads) {
        view->request.description = borrow(personal->description);
        view->request.answer = borrow(personal->answer);
    }
    if (personal != NULL && (*personal->name != '\0' || *personal->phone != '\0')) {
        paidan__intake__v1__requester__init(&view->requester);
        view->requester.name = intake_mask_name(personal->name, view->name);
        view->requester.phone = intake_mask_phone(personal->phone, view->phone);
        view->request.requester = &view->requester;
    }
}

Paidan__Intake__V1__ServiceRequest *intake_view_of(struct pd_arena *arena, const struct intake_row *row,
                                                   const struct intake_personal *personal,
                                                   const struct intake_actor *actor) {
    struct view *view = pd_alloc(arena, sizeof *view);
    if (view == NULL) {
        return NULL;
    }
    Paidan__Intake__V1__ServiceRequest *request = &view->request;
    paidan__intake__v1__service_request__init(request);
    request->id = id_text(row->id, view->id);
    request->number = borrow(row->number);
    request->version = row->version;
    request->state = (Paidan__Common__V1__WorkOrderState)row->state;
    request->channel = (Paidan__Common__V1__Channel)row->channel;
    request->service_code = borrow(row->service_code);
    request->urgency = (Paidan__Common__V1__Urgency)row->urgency;
    request->grid = borrow(row->grid);
    request->worker_id = borrow(row->worker_id);
    request->result = (Paidan__Common__V1__ResultCode)row->result;
    request->satisfaction = (Paidan__Common__V1__Satisfaction)row->satisfaction;
    request->reopen_count = row->reopen_count;
    if (row->has_order) {
        request->order_id = id_text(row->order_id, view->order_id);
    }
    show_times(view, row);
    show_personal(view, row, personal, intake_may_read(row, actor));
    request->n_allowed_actions = intake_actions(row, actor, view->actions);
    request->allowed_actions = pd_borrow(view->actions);
    return request;
}
