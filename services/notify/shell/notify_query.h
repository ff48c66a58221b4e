/* notify_query.h - answers of notify: pd.qry.notify.undelivered and pd.qry.notify.list_deliveries
 *
 * Use       rows of the query table.
 * Promise   a worker sees his own deliveries only; the other roles that may ask are dispatcher, supervisor and admin.
 * Fails     403 forbidden, 400 malformed, 503 busy.
 * Threads   the reader's. */
#ifndef NOTIFY_SHELL_NOTIFY_QUERY_H
#define NOTIFY_SHELL_NOTIFY_QUERY_H

struct query;

void notify_answer_undelivered(struct query *query);
void notify_answer_list_deliveries(struct query *query);

#endif
