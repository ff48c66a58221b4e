#include "intake/shell/intake_list.h"

#include <sodium.h>
#include <string.h>

/* Clocks may step back a little between the id of a request and the next: the range of ids is wider than that of times. */
static const int64_t SLACK_MS = 60 * 1000;
static const int64_t ID_TIME_MAX_MS = (INT64_C(1) << 48) - 1;
/* 0001 and 9999: what both Timestamp and timestamptz hold. */
static const int64_t TIME_MIN_US = INT64_C(-62135596800) * 1000000;
static const int64_t TIME_MAX_US = INT64_C(253402300799) * 1000000;

char *intake_cursor_write(const uint8_t id[16], char ret[INTAKE_CURSOR_TEXT]) {
    return sodium_bin2base64(ret, INTAKE_CURSOR_TEXT, id, 16, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static bool cursor_read(const char *text, struct pd_id *ret) {
    size_t length = 0;
    return sodium_base642bin(ret->b, sizeof ret->b, text, strlen(text), NULL, &length, NULL,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
           length == sizeof ret->b;
}

/* The smallest id that could have been made at this time. */
static struct pd_id first_id_of(int64_t ms) {
    int64_t bounded = ms < 0 ? 0 : ms > ID_TIME_MAX_MS ? ID_TIME_MAX_MS : ms;
    struct pd_id id = {{0}};
    for (int i = 0; i < 6; i++) {
        id.b[i] = (uint8_t)(bounded >> (8 * (5 - i)));
    }
    return id;
}

static bool time_of(const Google__Protobuf__Timestamp *at, int64_t absent, int64_t *ret_us) {
    *ret_us = absent;
    if (at == NULL) {
        return true;
    }
    if (at->seconds < TIME_MIN_US / 1000000 || at->seconds > TIME_MAX_US / 1000000 || at->nanos < 0 ||
        at->nanos > 999999999) {
        return false;
    }
    *ret_us = at->seconds * 1000000 + at->nanos / 1000;
    return true;
}

/* A worker sees only his own, whatever he asks for. */
static void restrict_to_own(const struct intake_actor *actor, struct intake_page *page) {
    enum { LISTERS = WO_ROLE_OPERATOR | WO_ROLE_DISPATCHER | WO_ROLE_SUPERVISOR | WO_ROLE_ADMIN | WO_ROLE_SYSTEM };
    if (actor->role == WO_ROLE_WORKER) {
        page->nothing =
            *actor->worker_id == '\0' || (*page->worker != '\0' && strcmp(page->worker, actor->worker_id) != 0);
        page->worker = actor->worker_id;
    } else {
        page->nobody = (actor->role & LISTERS) == 0;
    }
}

const char *intake_page_of(const Paidan__Intake__V1__ListRequestsRequest *request, const struct intake_actor *actor,
                           struct intake_page *ret_page) {
    *ret_page = (struct intake_page){.grid = request->grid, .worker = request->worker};
    restrict_to_own(actor, ret_page);
    int state = (int)request->state;
    if (state < 0 || state >= WO_STATE_COUNT) {
        return "state: unknown";
    }
    ret_page->state = (enum wo_state)state;
    if (request->limit < 0 || request->limit > INTAKE_LIMIT_MAX) {
        return "limit: from 1 to 200";
    }
    ret_page->limit = request->limit == 0 ? INTAKE_LIMIT_DEFAULT : request->limit;
    if (!time_of(request->from, TIME_MIN_US, &ret_page->from_us) ||
        !time_of(request->to, TIME_MAX_US, &ret_page->to_us)) {
        return "from, to: times of the years 1 to 9999";
    }
    ret_page->from = first_id_of(ret_page->from_us / 1000 - SLACK_MS);
    ret_page->before = first_id_of(ret_page->to_us / 1000 + SLACK_MS);
    struct pd_id cursor;
    if (*request->cursor != '\0') {
        if (!cursor_read(request->cursor, &cursor)) {
            return "cursor: give next_cursor of the page before, unchanged";
        }
        if (pd_id_compare(&cursor, &ret_page->before) < 0) {
            ret_page->before = cursor;
        }
    }
    return NULL;
}
