/* outbox.h - says every committed event to the bus until every consumer has confirmed it
 *
 * Use       the writer calls outbox_say() after each COMMIT and outbox_turn() often; confirmations come in by outbox_confirm_any().
 * Promise   Done means confirmed by the consumer's own COMMIT; a PubAck proves nothing here and none is asked for (ADR 0002).
 *           Per partition the events go out in the order of their dense numbers, without holes: what cannot be said from
 *           memory is read from the table. A consumer that misses something says from where; the outbox goes back to it.
 * Happy path        - COMMIT; outbox_say() publishes from memory; the consumer's Confirm comes back; nothing was read
 * Failure modes     - we died between COMMIT and publish: the consumer is idle behind our number; rewind
 *                   - the stream lost its tail, or all: the same
 *                   - the consumer met a gap (redelivery, a lost message): its Confirm says so; rewind at once
 *                   - the consumer is down: nothing is said twice; it finds the stream as it left it
 * Memory    fixed.
 * Threads   writer thread; outbox_confirm_any() and outbox_rewind_all_any() from any. */
#ifndef COMMON_RELAY_OUTBOX_H
#define COMMON_RELAY_OUTBOX_H

#include <pthread.h>
#include <stdatomic.h>

#include "common/base/arena.h"
#include "common/io/bus.h"
#include "common/io/pg.h"

enum { PARTITIONS = 16, CONSUMERS_MAX = 4, OUTBOX_CHUNK = 256 };

/* One committed event, ready to be said. */
struct outbox_event {
    uint8_t event_id[16];
    unsigned partition;
    int64_t seq;
    const uint8_t *bytes;
    size_t length;
};

struct outbox_consumer {
    const char *name;
    int64_t watermarks[PARTITIONS]; /* committed by the consumer, up to and including */
    int64_t saved[PARTITIONS];      /* what outbox_confirm has of it */
    bool gap, idle;
    int64_t next_rewind_us; /* not before then */
    int64_t patience_us;    /* grows while rewinding does not help */
};

struct outbox {
    const char *producer;
    struct bus *bus;
    int64_t last[PARTITIONS];    /* committed here */
    int64_t sent[PARTITIONS];    /* said, without a hole, up to and including */
    int64_t said_us[PARTITIONS]; /* when last */
    int64_t next_sweep_us, next_save_us;

    pthread_mutex_t lock; /* guards consumers */
    struct outbox_consumer consumers[CONSUMERS_MAX];
    int consumer_count;
    _Atomic bool rewind_all;
    _Atomic bool gap_reported;
};

void outbox_init(struct outbox *outbox, const char *producer, const char *const *consumers, struct bus *bus);
void outbox_fini(struct outbox *outbox);

/* Learns positions and confirmations from the tables; what was not confirmed of the newest events is said again. */
enum pd_fate outbox_recover(struct outbox *outbox, struct pg *pg, struct pd_arena *arena, struct pd_err *reterr);

/* Says what a COMMIT just made durable: events of one batch, in order of their numbers within each partition. */
void outbox_say(struct outbox *outbox, const struct outbox_event *events, size_t count, struct pd_arena *scratch,
                int64_t now_us);

/* Reads and says what is behind, looks for consumers that miss something, saves confirmations. True when there is more to do
 * at once. now_us is monotonic. */
bool outbox_turn(struct outbox *outbox, struct pg *pg, struct pd_arena *scratch, int64_t now_us);

/* A Confirm message of this consumer arrived (bytes as received; nonsense is ignored). True when it reports a gap. */
bool outbox_confirm_any(struct outbox *outbox, const char *name, const uint8_t *bytes, size_t length);

/* The fence saw the stream go backwards: start again from what is confirmed. */
void outbox_rewind_all_any(struct outbox *outbox);

/* Events not yet confirmed by everybody. */
int64_t outbox_unconfirmed(struct outbox *outbox);

#endif
