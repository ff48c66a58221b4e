#include "intake/core/intake_admit.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

#include "common/domain/geo.h"
#include "intake/core/intake_text.h"

/* Greatest numbers of the enums in paidan/common/v1/types.proto; 0 is "not given". */
enum { CHANNEL_LAST = 6, URGENCY_LAST = 2, REASON_LAST = 7, SATISFACTION_LAST = 4 };

static bool is_enum(int value, int last) {
    return value >= 0 && value <= last;
}

static bool fits(const char *text, long max) {
    long length = intake_text_length(text);
    return length >= 0 && length <= max;
}

static const char *admit_place(const struct intake_wish *wish) {
    if (wish->has_lat != wish->has_lon) {
        return "location: give both lat and long, or neither";
    }
    if (wish->has_lat && !(fabs(wish->lat) <= 90.0)) {
        return "location.lat: from -90 to 90 degrees";
    }
    if (wish->has_lon && !(fabs(wish->lon) <= 180.0)) {
        return "location.long: from -180 to 180 degrees";
    }
    if (!geo_is_system(wish->coordinate_system)) {
        return "location.coordinate_system: one of wgs84, gcj02, bd09, cgcs2000";
    }
    if (wish->has_original) {
        return "location.original: kept by the service; put the coordinates into lat and long and name their "
               "coordinate_system";
    }
    if (!fits(wish->address, INTAKE_ADDRESS_MAX)) {
        return "location.address: at most 500 characters of UTF-8";
    }
    return NULL;
}

static const char *admit_registration(const struct intake_wish *wish) {
    if (!intake_text_is(wish->text, INTAKE_TEXT_MAX)) {
        return "description: 1 to 4000 characters of UTF-8";
    }
    if (!intake_is_service_code(wish->service_code)) {
        return "service_code: 1 to 64 characters of A-Z a-z 0-9 _ . : + -";
    }
    if (!is_enum(wish->channel, CHANNEL_LAST)) {
        return "channel: unknown";
    }
    if (!fits(wish->name, INTAKE_NAME_MAX)) {
        return "requester.name: at most 64 characters of UTF-8";
    }
    if (*wish->phone != '\0' && !intake_is_phone(wish->phone)) {
        return "requester.phone: 3 to 32 digits, spaces or + - ( ) * #";
    }
    return admit_place(wish);
}

static const char *admit_change(const struct intake_wish *wish) {
    if (!fits(wish->text, INTAKE_TEXT_MAX)) {
        return "text: at most 4000 characters of UTF-8";
    }
    if (*wish->service_code != '\0' && !intake_is_service_code(wish->service_code)) {
        return "service_code: 1 to 64 characters of A-Z a-z 0-9 _ . : + -";
    }
    if (!is_enum(wish->reject_reason, REASON_LAST)) {
        return "reason: unknown";
    }
    if (!is_enum(wish->satisfaction, SATISFACTION_LAST)) {
        return "satisfaction: unknown";
    }
    return NULL;
}

static const char *admit_time(const struct intake_row *row, const struct intake_wish *wish, int64_t now_us) {
    if (wish->at_us == 0) {
        return NULL;
    }
    if (wish->at_us < 0 || wish->at_us > now_us + INTAKE_AHEAD_US) {
        return row == NULL ? "requested_at: after 1970 and at most five minutes ahead of now"
                           : "occurred_at: after 1970 and at most five minutes ahead of now";
    }
    if (row != NULL && wish->at_us < row->requested_at_us) {
        return "occurred_at: not before the request was made (requested_at)";
    }
    if (wish->act == INTAKE_REOPEN && wish->at_us < row->closed_at_us) {
        return "occurred_at: not before the request was closed (closed_at)";
    }
    return NULL;
}

const char *intake_admit(const struct intake_row *row, const struct intake_wish *wish, int64_t now_us) {
    assert(wish->text != NULL && wish->service_code != NULL && wish->address != NULL);
    assert((wish->act == INTAKE_REGISTER) == (row == NULL));
    const char *detail = wish->act == INTAKE_REGISTER ? admit_registration(wish) : admit_change(wish);
    if (detail == NULL && !is_enum(wish->urgency, URGENCY_LAST)) {
        detail = "urgency: unknown";
    }
    return detail != NULL ? detail : admit_time(row, wish, now_us);
}

uint32_t intake_holds(const struct intake_row *row, const struct intake_wish *wish, int64_t at_us, int64_t reopen_us) {
    bool categorised = *wish->service_code != '\0' || (row != NULL && row->service_code[0] != '\0');
    bool window = wish->actor.role == WO_ROLE_SUPERVISOR ||
                  (row != NULL && row->closed_at_us != 0 && at_us - row->closed_at_us <= reopen_us);
    bool placed = (wish->has_lat && wish->has_lon) || intake_text_is(wish->address, INTAKE_ADDRESS_MAX);
    return (placed ? (uint32_t)WO_GUARD_HAS_PLACE : 0) | (categorised ? (uint32_t)WO_GUARD_HAS_CATEGORY : 0) |
           (intake_text_is(wish->text, INTAKE_TEXT_MAX) ? (uint32_t)WO_GUARD_HAS_TEXT : 0) |
           (wish->reject_reason > 0 ? (uint32_t)WO_GUARD_HAS_REASON : 0) |
           (wish->satisfaction > 0 ? (uint32_t)WO_GUARD_HAS_SATISFACTION : 0) |
           (row != NULL && row->has_order ? (uint32_t)WO_GUARD_HAS_ORDER : 0) |
           (window ? (uint32_t)WO_GUARD_REOPEN_WINDOW : 0);
}
