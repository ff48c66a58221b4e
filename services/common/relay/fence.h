/* fence.h - notices that the stream went backwards
 *
 * Use       fence_note_any() for every message of the stream; fence_look() on every new connection and every few seconds, from
 *           the reader's thread.
 * Promise   compares the stream's creation time and last number with what was seen before (kept in bus_position, and in memory the
 *           highest number that was delivered). A stream that is gone, was made anew or went back makes the caller rewind its
 *           outbox, and raises an alarm. A number that comes a second time, stored later than the highest before it, tells the
 *           same even when new messages have covered the hole. A consumer of ours whose position lies beyond the stream's end
 *           swallows new messages (pitfalls, finding 2): that too is an alarm; the deploy role's steward makes it anew.
 * Fails     quietly when NATS or PostgreSQL do not answer: it looks again soon. */
#ifndef COMMON_RELAY_FENCE_H
#define COMMON_RELAY_FENCE_H

#include <pthread.h>

#include "common/base/arena.h"
#include "common/io/bus.h"
#include "common/io/pg.h"

enum fence_finding { FENCE_FINE, FENCE_GONE, FENCE_NEW_STREAM, FENCE_WENT_BACK, FENCE_CONSUMER_AHEAD };

/* The end of the stream as its messages told it. */
struct fence_mark {
    pthread_mutex_t lock;
    uint64_t seq;      /* highest delivered */
    int64_t stored_ns; /* when the stream stored it */
    bool went_back;    /* found, not yet reported */
};

void fence_mark_init(struct fence_mark *mark);
void fence_note_any(struct fence_mark *mark, const struct bus_message *message);
/* Pure part of it: does this position prove that the stream went back? Moves the mark. */
bool fence_note_position(struct fence_mark *mark, uint64_t seq, int64_t stored_ns);

/* Pure: what two looks at the stream tell. before.exists false: never seen. */
enum fence_finding fence_compare(const struct bus_stream_state *before, const struct bus_stream_state *now);

struct fence {
    struct bus *bus;
    const char *service;
    const char *const *hears;
    struct fence_mark *mark;
    struct bus_stream_state before;
    bool loaded;
    bool gone_reported;
};

/* Looks once; answers what is to be done. FENCE_FINE also when it could not look. */
enum fence_finding fence_look(struct fence *fence, struct pg *pg, struct pd_arena *scratch);

#endif
