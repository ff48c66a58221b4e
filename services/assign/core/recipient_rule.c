#include "assign/core/recipient_rule.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "assign/core/code_rule.h"
#include "common/domain/geo.h"

/* Who must say why: those who may read the whole city. */
static const uint32_t must_say_why = (uint32_t)WO_ROLE_DISPATCHER | (uint32_t)WO_ROLE_SUPERVISOR;

/* One row an act. Roles come from the event's rule; an act that leaves no event asks for the roles of `like`. */
static const struct {
    enum wo_event event, like;
    bool needs_live; /* not with a mark that is over */
    bool shows;      /* personal data: who reads the whole city says why */
} acts[RECIPIENT_ACT_COUNT] = {
    [RECIPIENT_MARK] = {WO_EV_RECIPIENT_MARK, WO_EV_NONE, false, false},
    [RECIPIENT_READ] = {WO_EV_RECIPIENT_READ, WO_EV_NONE, true, true},
    [RECIPIENT_LIST] = {WO_EV_RECIPIENT_READ, WO_EV_NONE, false, true},
    [RECIPIENT_UNMARK] = {WO_EV_RECIPIENT_UNMARK, WO_EV_NONE, true, false},
    [RECIPIENT_ERASE] = {WO_EV_RECIPIENT_ERASE, WO_EV_NONE, false, false},
    [RECIPIENT_COUNT] = {WO_EV_NONE, WO_EV_RECIPIENT_READ, false, false},
    [RECIPIENT_TRACE] = {WO_EV_NONE, WO_EV_RECIPIENT_ERASE, false, false},
};

enum wo_event recipient_event(enum recipient_act act) {
    assert((unsigned)act < RECIPIENT_ACT_COUNT);
    return acts[act].event;
}

static uint32_t roles_of(enum recipient_act act) {
    const struct wo_rule *rule = wo_fsm_rule(acts[act].event == WO_EV_NONE ? acts[act].like : acts[act].event, WO_NONE);
    assert(rule != NULL);
    return rule->actors;
}

enum recipient_verdict recipient_check(enum recipient_act act, uint32_t role, const struct recipient_facts *facts) {
    assert((unsigned)act < RECIPIENT_ACT_COUNT);
    assert((role & (role - 1)) == 0);
    bool worker = role == WO_ROLE_WORKER;
    if ((roles_of(act) & role) == 0) {
        return RECIPIENT_FORBIDDEN;
    }
    if (act == RECIPIENT_MARK) {
        return worker && !facts->has_post ? RECIPIENT_FORBIDDEN : RECIPIENT_OK;
    }
    if (!facts->there || (worker && !facts->has_post)) {
        return RECIPIENT_NOT_FOUND;
    }
    bool over = (acts[act].needs_live && facts->unmarked) || (act != RECIPIENT_TRACE && facts->erased);
    if (over) {
        return worker ? RECIPIENT_NOT_FOUND : RECIPIENT_OVER;
    }
    return acts[act].shows && (must_say_why & role) != 0 && !facts->has_purpose ? RECIPIENT_NEEDS_PURPOSE
                                                                                : RECIPIENT_OK;
}

/* ---- what a mark says */

bool recipient_text_fits(const char *text, long max) {
    long length = text_length(text);
    return length >= 0 && length <= max;
}

static bool is_phone(const char *phone) {
    size_t length = strspn(phone, "0123456789 +-()*#");
    return length >= 3 && length <= RECIPIENT_PHONE_MAX && phone[length] == '\0';
}

bool recipient_text_is_blank(const char *text) {
    return text[strspn(text, " \t\r\n")] == '\0';
}

static const char *admit_place(const struct recipient_words *words) {
    if (!words->has_lat || !words->has_lng) {
        return "location: give lat and long of the home; an address alone cannot be put on the map";
    }
    if (!(fabs(words->lat) <= 90.0)) {
        return "location.lat: from -90 to 90 degrees";
    }
    if (!(fabs(words->lng) <= 180.0)) {
        return "location.long: from -180 to 180 degrees";
    }
    if (!geo_is_system(words->system)) {
        return "location.coordinate_system: one of wgs84, gcj02, bd09, cgcs2000";
    }
    if (words->has_original) {
        return "location.original: kept by the service; put the coordinates into lat and long and name their "
               "coordinate_system";
    }
    return recipient_text_fits(words->address, RECIPIENT_ADDRESS_MAX)
               ? NULL
               : "location.address: at most 200 characters of UTF-8";
}

const char *recipient_admit(const struct recipient_words *words) {
    assert(words->name != NULL && words->phone != NULL);
    assert(words->address != NULL && words->note != NULL);
    if (words->category < 1 || words->category > RECIPIENT_CATEGORY_LAST) {
        return "category: say which kind of recipient it is";
    }
    if (recipient_text_is_blank(words->name) || !recipient_text_fits(words->name, RECIPIENT_NAME_MAX)) {
        return "name: 1 to 64 characters of UTF-8";
    }
    if (words->phone[0] != '\0' && !is_phone(words->phone)) {
        return "phone: 3 to 32 digits, spaces or + - ( ) * #";
    }
    if (!recipient_text_fits(words->note, RECIPIENT_NOTE_MAX)) {
        return "note: at most 500 characters of UTF-8";
    }
    return admit_place(words);
}

char *recipient_count_text(int64_t count, char ret[RECIPIENT_COUNT_TEXT]) {
    assert(count > 0);
    if (count < RECIPIENT_COUNT_MIN) {
        snprintf(ret, RECIPIENT_COUNT_TEXT, "<%d", RECIPIENT_COUNT_MIN);
    } else {
        snprintf(ret, RECIPIENT_COUNT_TEXT, "%lld", (long long)count);
    }
    return ret;
}
