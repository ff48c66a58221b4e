/* trace_text.h - brings the words of a trace to its events
 *
 * The audit log holds no texts, only commitments; the owners keep the words. A trace shows both: each text goes to the event with
 * its event_id.
 *
 * Use       fill texts[] from all owners, trace_text_sort(), then trace_text_find() for each event.
 * Promise   pure. A text whose event the log does not have (yet) is not shown; the log alone says what happened. Of two texts of
 *           one event the first of texts[] wins.
 * Memory    the caller's. trace_text_find() borrows.
 * Threads   any. */
#ifndef GATEWAY_CORE_TRACE_TEXT_H
#define GATEWAY_CORE_TRACE_TEXT_H

#include <stddef.h>

struct trace_text {
    const char *event_id;
    const char *text;
    size_t place; /* set by trace_text_sort() */
};

void trace_text_sort(struct trace_text *texts, size_t count);

/* The text of the event, or NULL. */
const char *trace_text_find(const struct trace_text *texts, size_t count, const char *event_id);

#endif
