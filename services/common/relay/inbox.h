/* inbox.h - takes every event of a producer once, in order, and tells the producer how far it came
 *
 * Use       the writer asks inbox_judge() for each event, saves the marks in the transaction of the effects, and calls
 *           inbox_settle() and inbox_confirm() after COMMIT and now and then.
 * Promise   per (producer, partition) the events are applied in the order of their dense numbers: below the mark is a
 *           repeat, the next one applies, anything higher is a gap: it is dropped, and the producer is asked to send again from
 *           the mark. So the stream may lose, double and reorder as it likes.
 *           Events that mean nothing to this service move the marks in memory only; inbox_settle() commits them soon, with
 *           those of many others. Only what is committed is confirmed.
 * Memory    fixed. Threads   writer thread. */
#ifndef COMMON_RELAY_INBOX_H
#define COMMON_RELAY_INBOX_H

#include "common/relay/outbox.h"

enum inbox_verdict { INBOX_APPLY, INBOX_REPEAT, INBOX_GAP };

/* One producer that is heard. */
struct inbox {
    const char *consumer, *producer;
    struct bus *bus;
    struct bus_pull *pull;
    int64_t marks[PARTITIONS];  /* applied: the next number is one more */
    int64_t stored[PARTITIONS]; /* committed */
    bool gap;                   /* something was dropped since the last confirmation */
    bool changed;               /* `stored` moved since the last confirmation */
    int64_t next_settle_us;
    int64_t next_confirm_us;
    int64_t next_gap_us;
};

/* What to do with number seq, given that everything up to `mark` of its partition is applied or about to be. */
enum inbox_verdict inbox_judge(int64_t mark, int64_t seq);

/* After a COMMIT that saved these marks. */
void inbox_committed(struct inbox *inbox, const int64_t marks[PARTITIONS]);

/* Commits marks that moved without effects, at most every half second. False when another copy of the service moved them
 * meanwhile: then they are what that one stored. now_us is monotonic. */
bool inbox_settle(struct inbox *inbox, struct pg *pg, struct pd_arena *scratch, int64_t now_us);

/* Tells the producer; at once after a commit or a gap (bounded in rate), else every second. now_us is monotonic. */
void inbox_confirm(struct inbox *inbox, bool queue_empty, int64_t now_us);

#endif
