/* writer.h - the thread that decides and commits. Private to the relay.
 *
 * Threads   writer_start() and writer_stop() from the loop thread; the queue and the outbox take from any. */
#ifndef COMMON_RELAY_WRITER_H
#define COMMON_RELAY_WRITER_H

#include <stdatomic.h>

#include "common/relay/batch.h"
#include "common/relay/fence.h"

struct writer {
    const struct service_ops *ops;
    const struct conf *conf;
    struct bus *bus;
    struct queue queue;
    struct outbox outbox;
    struct inbox inboxes[HEARS_MAX];
    struct fence_mark mark; /* the stream's end as seen by all inboxes */
    int inbox_count;
    struct pg *pg;
    struct batch *batch;
    uint8_t id[16];   /* of this process, names its mark */
    int64_t number;   /* of the last batch committed */
    int64_t began_us; /* the last batch, monotonic */
    int64_t next_timer_us, next_upkeep_us;
    _Atomic bool stopping;
    _Atomic bool ready; /* positions known: PostgreSQL was there */
    pthread_t thread;
    bool started;
};

enum pd_fate writer_start(struct writer *writer, const struct service_ops *ops, const struct conf *conf,
                          struct bus *bus, void *shared, struct pd_err *reterr);
/* Finishes what is queued, then stops the thread. NULL-safe on a writer never started. */
void writer_stop(struct writer *writer);
/* Asks the running statement to stop: the drain's deadline has passed. */
void writer_hurry_any(struct writer *writer);

/* Subscribes to commands, events and confirmations. In writer_in.c. */
enum pd_fate writer_listen(struct writer *writer, struct pd_err *reterr);
/* Sends the replies and acknowledges the events of a settled batch. In writer_out.c. */
void writer_finish(struct writer *writer);
/* Answers every command of a message with 503 busy and frees it. Any thread. */
void writer_refuse_message(struct bus *bus, struct bus_message *message);

/* One attempt on slots [from, to): load, decide, commit, then say the events. In attempt.c. */
enum pd_fate attempt(struct writer *writer, size_t from, size_t to, struct pd_err *reterr);
/* Its second half: queues everything that was decided, without COMMIT. In attempt_save.c. */
enum pd_fate attempt_save(struct writer *writer, size_t from, size_t to, struct pd_err *reterr);

/* Is this the command replay_dead_letter, which every service has? */
bool replay_wanted(const struct work *work);
/* Reads the letter and adds it to the batch. */
void replay_add(struct writer *writer, const struct work *work);

/* The queries of every service, in dead_letter.c. */
extern const struct query_def dead_letter_queries[];

#endif
