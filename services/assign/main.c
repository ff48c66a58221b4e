/* assign - whose matter it is, and the work order between acceptance and call-back; see README.md */
#include "assign/shell/assign_batch.h"
#include "assign/shell/assign_query.h"
#include "assign/shell/change_query.h"
#include "paidan/assign/v1/assign.pb-c.h"
#include "paidan/intake/v1/intake.pb-c.h"

static const char *const hears[] = {"intake", NULL};
static const char *const confirmed_by[] = {"intake", "notify", "audit", NULL};

static const struct command_def commands[] = {
    {"dispatch", &paidan__assign__v1__dispatch_request__descriptor, false},
    {"sign", &paidan__assign__v1__sign_request__descriptor, false},
    {"start", &paidan__assign__v1__start_request__descriptor, false},
    {"feed_back", &paidan__assign__v1__feed_back_request__descriptor, false},
    {"review_pass", &paidan__assign__v1__review_pass_request__descriptor, false},
    {"review_fail", &paidan__assign__v1__review_fail_request__descriptor, false},
    {"import_city", &paidan__assign__v1__import_city_request__descriptor, false},
    {"change_draft", &paidan__assign__v1__change_draft_request__descriptor, false},
    {"change_features", &paidan__assign__v1__change_features_request__descriptor, false},
    {"change_check", &paidan__assign__v1__change_step_request__descriptor, false},
    {"change_consult", &paidan__assign__v1__change_step_request__descriptor, false},
    {"change_vote", &paidan__assign__v1__change_step_request__descriptor, false},
    {"change_submit", &paidan__assign__v1__change_step_request__descriptor, false},
    {"change_approve", &paidan__assign__v1__change_step_request__descriptor, false},
    {"change_apply", &paidan__assign__v1__change_step_request__descriptor, false},
    {"change_withdraw", &paidan__assign__v1__change_step_request__descriptor, false},
    {NULL, NULL, false},
};

static const struct event_def events[] = {
    {WO_EV_ACCEPT, &paidan__intake__v1__accept_event__descriptor},
    {WO_EV_CANCEL, &paidan__intake__v1__request_end_event__descriptor},
    {WO_EV_VISIT_CLOSE, &paidan__intake__v1__request_end_event__descriptor},
    {WO_EV_VISIT_REDO, &paidan__intake__v1__request_end_event__descriptor},
    {WO_EV_REOPEN, &paidan__intake__v1__request_end_event__descriptor},
    {WO_EV_ARCHIVE, &paidan__intake__v1__request_end_event__descriptor},
    {WO_EV_NONE, NULL},
};

static const struct query_def queries[] = {
    {"get_order", &paidan__assign__v1__get_order_request__descriptor, assign_answer_get_order},
    {"list_orders", &paidan__assign__v1__list_orders_request__descriptor, assign_answer_list_orders},
    {"locate", &paidan__assign__v1__locate_request__descriptor, assign_answer_locate},
    {"get_texts", &paidan__assign__v1__get_texts_request__descriptor, assign_answer_get_texts},
    {"get_change", &paidan__assign__v1__get_grid_change_request__descriptor, change_answer_get},
    {"list_changes", &paidan__assign__v1__list_grid_changes_request__descriptor, change_answer_list},
    {"change_difference", &paidan__assign__v1__change_difference_request__descriptor, change_answer_difference},
    {NULL, NULL, NULL},
};

static const struct service_ops ops = {
    .name = "assign",
    .hears = hears,
    .hears_unpacked_only = true,
    .commands = commands,
    .events = events,
    .queries = queries,
    .confirmed_by = confirmed_by,
    .timer_ms = ASSIGN_TICK_MS,
    .open = assign_open,
    .close = assign_close,
    .ask = assign_ask,
    .read = assign_read,
    .decide = assign_decide,
    .save = assign_save,
    .committed = assign_committed,
};

int main(int argc, char **argv) {
    return engine_main(&ops, argc, argv);
}
