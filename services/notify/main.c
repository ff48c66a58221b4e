/* notify - who must be told what, and the proof that it arrived; see README.md */
#include "notify/shell/notify_batch.h"
#include "notify/shell/notify_query.h"
#include "paidan/assign/v1/assign.pb-c.h"
#include "paidan/notify/v1/notify.pb-c.h"

static const char *const hears[] = {"assign", NULL};
static const char *const confirmed_by[] = {"audit", NULL};

static const struct command_def commands[] = {
    {"acknowledge", &paidan__notify__v1__acknowledge_request__descriptor, false},
    {NULL, NULL, false},
};

static const struct event_def events[] = {
    {WO_EV_DISPATCH, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_REASSIGN, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_DUTY_END, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_DUTY_BEGIN, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_WITHDRAW, &paidan__assign__v1__order_event__descriptor},
    {WO_EV_NONE, NULL},
};

static const struct query_def queries[] = {
    {"undelivered", &paidan__notify__v1__undelivered_request__descriptor, notify_answer_undelivered},
    {"list_deliveries", &paidan__notify__v1__list_deliveries_request__descriptor, notify_answer_list_deliveries},
    {NULL, NULL, NULL},
};

static const struct service_ops ops = {
    .name = "notify",
    .hears = hears,
    .hears_unpacked_only = true,
    .commands = commands,
    .events = events,
    .queries = queries,
    .confirmed_by = confirmed_by,
    .timer_ms = NOTIFY_TICK_MS,
    .ask = notify_ask,
    .read = notify_read,
    .decide = notify_decide,
    .save = notify_save,
    .committed = notify_committed,
};

int main(int argc, char **argv) {
    return engine_main(&ops, argc, argv);
}
