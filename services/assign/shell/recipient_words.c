#include "assign/shell/recipient_words.h"

#include <string.h>

#include "common/base/borrow.h"
#include "common/base/id.h"

char *recipient_id_text(struct pd_arena *arena, const uint8_t id[16]) {
    struct pd_id packed;
    char *text = pd_alloc(arena, PD_ID_TEXT);
    memcpy(packed.b, id, sizeof packed.b);
    return text == NULL ? NULL : pd_id_text(&packed, text);
}

static Google__Protobuf__Timestamp *timestamp(struct pd_arena *arena, int64_t at_us) {
    Google__Protobuf__Timestamp *at = at_us == 0 ? NULL : pd_alloc(arena, sizeof *at);
    if (at != NULL) {
        google__protobuf__timestamp__init(at);
        at->seconds = at_us / 1000000;
        at->nanos = (int32_t)(at_us % 1000000) * 1000;
    }
    return at;
}

static Paidan__Common__V1__Location *location(struct pd_arena *arena, const struct recipient *row,
                                              Paidan__Assign__V1__RecipientPersonal *personal) {
    Paidan__Common__V1__Location *place = pd_alloc(arena, sizeof *place);
    if (place != NULL) {
        paidan__common__v1__location__init(place);
        place->lat_presence_case = PAIDAN__COMMON__V1__LOCATION__LAT_PRESENCE_LAT;
        place->lat = row->lat;
        place->long_presence_case = PAIDAN__COMMON__V1__LOCATION__LONG_PRESENCE_LONG;
        place->long_ = row->lng;
        place->coordinate_system = PAIDAN__COMMON__V1__COORDINATE_SYSTEM__COORDINATE_SYSTEM_WGS84;
        place->address = personal->address;
        place->original = personal->original;
    }
    return place;
}

Paidan__Assign__V1__Recipient *recipient_in_clear(struct pd_arena *arena, const struct recipient *row,
                                                  Paidan__Assign__V1__RecipientPersonal *personal) {
    Paidan__Assign__V1__Recipient *words = pd_alloc(arena, sizeof *words);
    if (words == NULL) {
        return NULL;
    }
    paidan__assign__v1__recipient__init(words);
    words->id = recipient_id_text(arena, row->id);
    words->category = (Paidan__Assign__V1__RecipientCategory)row->category;
    words->grid = pd_borrow(row->grid);
    words->version = row->version;
    words->name = personal->name;
    words->phone = personal->phone;
    words->note = personal->note;
    words->location = location(arena, row, personal);
    words->marked_at = timestamp(arena, row->marked_at_us);
    return arena->full ? NULL : words;
}

Paidan__Assign__V1__RecipientMark *recipient_mark_words(struct pd_arena *arena, const struct recipient *row) {
    Paidan__Assign__V1__RecipientMark *words = pd_alloc(arena, sizeof *words);
    if (words == NULL) {
        return NULL;
    }
    paidan__assign__v1__recipient_mark__init(words);
    words->id = recipient_id_text(arena, row->id);
    words->grid = pd_borrow(row->grid);
    words->version = row->version;
    words->marked_at = timestamp(arena, row->marked_at_us);
    words->unmarked_at = timestamp(arena, row->unmarked_at_us);
    words->erased = row->secret.wrapped.data == NULL;
    return arena->full ? NULL : words;
}

void recipient_words_of(const Paidan__Assign__V1__RecipientMarkRequest *request, struct recipient_words *ret) {
    static const Paidan__Common__V1__Location nowhere = PAIDAN__COMMON__V1__LOCATION__INIT;
    const Paidan__Common__V1__Location *location = request->location == NULL ? &nowhere : request->location;
    *ret = (struct recipient_words){
        .category = (int)request->category,
        .name = request->name,
        .phone = request->phone,
        .note = request->note,
        .address = location->address,
        .has_lat = location->lat_presence_case == PAIDAN__COMMON__V1__LOCATION__LAT_PRESENCE_LAT,
        .has_lng = location->long_presence_case == PAIDAN__COMMON__V1__LOCATION__LONG_PRESENCE_LONG,
        .has_original = location->original != NULL,
        .system = (int)location->coordinate_system};
    ret->lat = ret->has_lat ? location->lat : 0;
    ret->lng = ret->has_lng ? location->long_ : 0;
}
