/* audit - the trace: every event once, under a dense sequence; see README.md */
#include "audit/shell/audit_batch.h"
#include "audit/shell/audit_query.h"
#include "paidan/audit/v1/audit.pb-c.h"

static const char *const hears[] = {"intake", "assign", "notify", NULL};

static const struct command_def commands[] = {{NULL, NULL, false}};

/* No payload is unpacked on the way in: what is not understood is kept all the same. */
static const struct event_def events[] = {{WO_EV_NONE, NULL}};

static const struct query_def queries[] = {
    {"trace", &paidan__audit__v1__trace_request__descriptor, audit_answer_trace},
    {"counts", &paidan__audit__v1__counts_request__descriptor, audit_answer_counts},
    {NULL, NULL, NULL},
};

static const struct service_ops ops = {
    .name = "audit",
    .hears = hears,
    .hears_unpacked_only = false,
    .pace_ms = 40,
    .commands = commands,
    .events = events,
    .queries = queries,
    .confirmed_by = NULL,
    .open = audit_open,
    .close = audit_close,
    .ask = audit_ask,
    .read = audit_read,
    .decide = audit_decide,
    .save = audit_save,
    .committed = audit_committed,
};

int main(int argc, char **argv) {
    return engine_main(&ops, argc, argv);
}
