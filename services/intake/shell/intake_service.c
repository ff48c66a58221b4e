#include "intake/shell/intake_service.h"

#include "intake/shell/intake_context.h"
#include "intake/shell/intake_decide.h"
#include "intake/shell/intake_query.h"
#include "intake/shell/intake_store.h"
#include "paidan/assign/v1/assign.pb-c.h"
#include "paidan/intake/v1/intake.pb-c.h"

enum { ARCHIVE_TICK_MS = 5000 };

static const char *const hears[] = {"assign", NULL};
static const char *const confirmed_by[] = {"assign", "audit", NULL};

static const struct command_def commands[] = {
    {"register", &paidan__intake__v1__register_request__descriptor, false},
    {"accept", &paidan__intake__v1__accept_request__descriptor, false},
    {"answer_directly", &paidan__intake__v1__answer_directly_request__descriptor, false},
    {"reject", &paidan__intake__v1__reject_request__descriptor, false},
    {"cancel", &paidan__intake__v1__cancel_request__descriptor, false},
    {"visit", &paidan__intake__v1__visit_request__descriptor, false},
    {"reopen", &paidan__intake__v1__reopen_request__descriptor, false},
    {"archive", &paidan__intake__v1__archive_request__descriptor, false},
    {"disclose", &paidan__intake__v1__disclose_request__descriptor, .never_kept = true},
    {NULL, NULL, false},
};

/* Others of assign move the state all the same: that is in the envelope. */
static const struct event_def events[] = {
    {WO_EV_DISPATCH, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_REASSIGN, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_REGRID, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_SIGN, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_START, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_FEED_BACK, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_REVIEW_PASS, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_REVIEW_FAIL, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_WITHDRAW, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_QUEUE_MANUALLY, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_REASSIGN, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_REGRID, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_DUTY_END, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_DUTY_BEGIN, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_NONE, NULL},
};

const struct service_ops intake_ops = {
    .name = "intake",
    .hears = hears,
    .hears_unpacked_only = false,
    .commands = commands,
    .events = events,
    .queries = intake_queries,
    .confirmed_by = confirmed_by,
    .pace_ms = 8,
    .timer_ms = ARCHIVE_TICK_MS,
    .open = intake_context_open,
    .close = intake_context_close,
    .ask = intake_ask,
    .read = intake_read,
    .decide = intake_decide,
    .save = intake_save,
};
