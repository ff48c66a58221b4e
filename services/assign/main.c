/* assign - whose matter it is, and the work order between acceptance and call-back; see README.md */
#include "assign/shell/assign_batch.h"
#include "assign/shell/assign_context.h"
#include "assign/shell/assign_locate.h"
#include "assign/shell/assign_query.h"
#include "assign/shell/change_query.h"
#include "assign/shell/people_query.h"
#include "assign/shell/place_query.h"
#include "assign/shell/recipient_query.h"
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
    {"reassign", &paidan__assign__v1__reassign_request__descriptor, false},
    {"put_leave", &paidan__assign__v1__put_leave_request__descriptor, false},
    {"cancel_leave", &paidan__assign__v1__cancel_leave_request__descriptor, false},
    {"set_duty", &paidan__assign__v1__set_duty_request__descriptor, false},
    {"import_city", &paidan__assign__v1__import_city_request__descriptor, false},
    {"recipient_mark", &paidan__assign__v1__recipient_mark_request__descriptor, false},
    {"recipient_read", &paidan__assign__v1__recipient_read_request__descriptor, .never_kept = true},
    {"recipient_list", &paidan__assign__v1__recipient_list_request__descriptor, .never_kept = true},
    {"recipient_unmark", &paidan__assign__v1__recipient_unmark_request__descriptor, false},
    {"recipient_erase", &paidan__assign__v1__recipient_erase_request__descriptor, false},
    {"place", &paidan__assign__v1__place_request__descriptor, false},
    {"place_order", &paidan__assign__v1__place_order_request__descriptor, false},
    {"import_places", &paidan__assign__v1__import_places_request__descriptor, false},
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
    {"recipient_counts", &paidan__assign__v1__recipient_counts_request__descriptor, assign_answer_recipient_counts},
    {"recipient_texts", &paidan__assign__v1__recipient_texts_request__descriptor, assign_answer_recipient_texts},
    {"list_workers", &paidan__assign__v1__list_workers_request__descriptor, people_answer_list_workers},
    {"get_worker", &paidan__assign__v1__get_worker_request__descriptor, people_answer_get_worker},
    {"list_vacant", &paidan__assign__v1__list_vacant_request__descriptor, people_answer_list_vacant},
    {"list_accountable", &paidan__assign__v1__list_accountable_request__descriptor, people_answer_list_accountable},
    {"list_places", &paidan__assign__v1__list_places_request__descriptor, place_answer_list_places},
    {"match_address", &paidan__assign__v1__match_address_request__descriptor, place_answer_match_address},
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
    .prepare = assign_prepare,
    .dispose = assign_dispose,
    .halt = assign_halt,
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
