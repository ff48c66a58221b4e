/* fence.h - notices that the stream went backwards
 *
 * Use       fence_look() on every new connection and every few seconds, from the reader's thread.
 * Promise   compares the stream's creation time and last number with what was seen before (kept in bus_position). A stream that is
 *           gone, was made anew or has a lower last number makes the caller rewind its outbox, and raises an alarm.
 *           A consumer of ours whose position lies beyond the stream's end swallows new messages (pitfalls, finding 2): that too is
 *           an alarm; the deploy role's steward makes it anew.
 * Fails     quietly when NATS or PostgreSQL do not answer: it looks again soon. */
#ifndef COMMON_RELAY_FENCE_H
#define COMMON_RELAY_FENCE_H

#include "common/base/arena.h"
#include "common/io/bus.h"
#include "common/io/pg.h"

enum fence_finding { FENCE_FINE, FENCE_GONE, FENCE_NEW_STREAM, FENCE_WENT_BACK, FENCE_CONSUMER_AHEAD };

/* Pure: what two looks at the stream tell. before.exists false: never seen. */
enum fence_finding fence_compare(const struct bus_stream_state *before, const struct bus_stream_state *now);

struct fence {
    struct bus *bus;
    const char *service;
    const char *const *hears;
    struct bus_stream_state before;
    bool loaded;
    bool gone_reported;
};

/* Looks once; answers what is to be done. FENCE_FINE also when it could not look. */
enum fence_finding fence_look(struct fence *fence, struct pg *pg, struct pd_arena *scratch);

#endif
