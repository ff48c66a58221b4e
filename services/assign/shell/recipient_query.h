/* recipient_query.h - recipient_counts and recipient_texts
 *
 * Promise   read-only, and nothing that points at a person: counts below three are not told. The words of a recipient's events are for
 *           the supervisor's trace alone.
 * Fails     403 for other roles, 404 for what is not there or not the asker's to know of, 400 for an unreadable request.
 * Limits    1,000 counts; 2,000 words or 700 kB of them, newest first.
 * Threads   the reader's. */
#ifndef ASSIGN_SHELL_RECIPIENT_QUERY_H
#define ASSIGN_SHELL_RECIPIENT_QUERY_H

#include "common/relay/engine.h"

void assign_answer_recipient_counts(struct query *query);
void assign_answer_recipient_texts(struct query *query);

#endif
