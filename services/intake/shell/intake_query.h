/* intake_query.h - get_request, list_requests, get_texts
 *
 * Use       intake_queries is the table of ops->queries.
 * Promise   read-only; each list walks an index in the order it answers, and stops at its limit. A cursor is opaque and
 *           stays good while rows are added.
 * Fails     404 for what is not there or not the asker's; 400 for an unreadable cursor or limit; 503 without a database.
 * Threads   the reader's. */
#ifndef INTAKE_SHELL_INTAKE_QUERY_H
#define INTAKE_SHELL_INTAKE_QUERY_H

#include "common/relay/engine.h"

extern const struct query_def intake_queries[];

#endif
