/* audit_query.h - answers of audit: pd.qry.audit.trace and pd.qry.audit.counts
 *
 * Use       rows of the query table.
 * Promise   a trace is told to operators, dispatchers, supervisors and admins; counts to supervisors and admins.
 *           An event of a type or with a payload that this version does not know is told as far as its envelope
 *           goes.
 * Fails     403 forbidden, 400 malformed, 404 not-found, 503 busy.
 * Limits    2000 events of one request, the first ones.
 * Threads   the reader's. */
#ifndef AUDIT_SHELL_AUDIT_QUERY_H
#define AUDIT_SHELL_AUDIT_QUERY_H

struct query;

void audit_answer_trace(struct query *query);
void audit_answer_counts(struct query *query);

#endif
