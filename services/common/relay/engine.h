/* engine.h - load, decide, commit: the one writer of a service, and everything that makes its effects happen once
 *
 * Happy path
 *   - nats.c's threads put commands and event batches into the queue; the writer thread takes whatever queued while its last
 *     COMMIT ran (at most PAIDAN_BATCH_MAX inputs), unpacks it and begins a transaction
 *   - one round trip locks the service's positions and loads: idempotency keys, inbox watermarks, and what ops->ask() queued;
 *     repeats of a command get the stored reply, repeats of an event are skipped, a gap asks the producer to send again
 *   - ops->read() makes a view of the rows; ops->decide() is called for each input, in order, and answers with reply, events
 *     and changed rows; later inputs see what earlier ones of the batch decided
 *   - one round trip writes it all: ops->save(), outbox, idempotency, inbox, COMMIT
 *   - only then: replies, publication from memory, ack of the events, ops->committed()
 * Failure modes
 *   - a constraint or data error: the batch is halved until the culprit is alone; a command gets 500-series words, an event goes to
 *     the dead letters with its reason; its neighbours are committed
 *   - the connection is lost before COMMIT: the same inputs again on a new connection
 *   - the connection is lost in COMMIT: the writer's mark is read back (it is locked from the start, so the answer is final) and
 *     the batch is either finished or done again
 * Memory    batch_alloc() lives until the batch is answered; everything reachable from struct input likewise.
 * Threads   ask, read, decide, save, committed run on the writer thread; queries on the reader thread, with a context of their own. */
#ifndef COMMON_RELAY_ENGINE_H
#define COMMON_RELAY_ENGINE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/err.h"
#include "common/domain/wo_fsm.h"
#include "common/io/bus.h"
#include "common/io/conf.h"
#include "common/io/pg.h"

struct batch;
struct query;

enum input_kind {
    INPUT_COMMAND, /* somebody asked; must be answered with batch_reply() or batch_refuse() */
    INPUT_EVENT,   /* another service committed a fact; nothing to answer */
    INPUT_TIMER    /* ops->timer_ms passed; nothing to answer */
};

/* Who does it, as plain data. Ids are text and never NULL ("" when absent). */
struct wo_actor {
    uint32_t role; /* one enum wo_role; 0: unknown */
    const char *account_id;
    const char *worker_id;
};

/* The envelope of an event of another service. */
struct event_head {
    const char *producer;
    uint32_t partition;
    int64_t seq; /* the producer's dense number within the partition */
    uint8_t event_id[16];
    uint8_t aggregate_id[16];
    int64_t aggregate_version;
    uint8_t request_id[16];
    enum wo_event type;
    enum wo_state from, to;
    int64_t occurred_at_us, recorded_at_us;
    const uint8_t *bytes; /* the whole Event as received */
    size_t length;
};

struct input {
    enum input_kind kind;
    const char *name;        /* command name; NULL otherwise */
    struct wo_actor actor;   /* of the command or of the event */
    const char *traceparent; /* "" when absent */
    const ProtobufCMessage
        *message; /* unpacked payload, of the type that the ops table names; NULL for timers and unknown types */
    struct event_head event; /* INPUT_EVENT only */
    void *work;              /* the service's own, from batch_alloc() */
};

/* A fact to record, see batch_emit(). */
struct event_draft {
    uint8_t aggregate_id[16];
    int64_t aggregate_version;
    uint8_t request_id[16];
    enum wo_event type;
    enum wo_state from, to;
    int64_t occurred_at_us; /* 0: now */
    const ProtobufCMessage *payload;
};

struct command_def {
    const char *name; /* NULL ends the table */
    const ProtobufCMessageDescriptor *request;
    bool never_kept; /* the answer may not be stored: a repeat under the same key is decided again */
};

struct event_def {
    enum wo_event type; /* WO_EV_NONE ends the table */
    const ProtobufCMessageDescriptor *payload;
};

struct query_def {
    const char *name; /* NULL ends the table */
    const ProtobufCMessageDescriptor *request;
    void (*answer)(struct query *query);
};

struct service_ops {
    const char *name;         /* the word */
    const char *const *hears; /* producers, NULL-terminated; NULL: none */
    bool hears_unpacked_only; /* false: inputs are made for every event; true: only for types in `events` */
    const struct command_def *commands;
    const struct event_def *events; /* payload types to unpack */
    const struct query_def *queries;
    const char *const
        *confirmed_by; /* services that must confirm this one's events, NULL-terminated; NULL: says nothing */
    int pace_ms;       /* batches of events alone begin at most so often; 0: at once */
    int timer_ms;      /* period of INPUT_TIMER, see also batch_hurry_timer(); 0: none */

    /* Makes what writer and reader share, with threads of its own if it wants, before either starts. halt() stops those threads that ask
     * the writer or the reader for something, before these stop; dispose() ends the rest after both have stopped. Both cope with what
     * prepare() left half made. May be NULL. */
    enum pd_fate (*prepare)(const struct conf *conf, struct bus *bus, void **ret_shared, struct pd_err *reterr);
    void (*halt)(void *shared);
    void (*dispose)(void *shared);

    /* Makes the writer's context (for_reader false) or the reader's (true). shared: of prepare(). May be NULL. */
    enum pd_fate (*open)(const struct conf *conf, void *shared, bool for_reader, void **ret_context,
                         struct pd_err *reterr);
    void (*close)(void *context);

    /* Queues with pg_queue() what must be read to decide this batch; rows that will change are locked FOR UPDATE, ordered by id. */
    enum pd_fate (*ask)(struct batch *batch, struct pg *pg, struct pd_err *reterr);
    /* Takes the results with pg_take(), in the order asked. May do further pg_query() when a second look is needed. */
    enum pd_fate (*read)(struct batch *batch, struct pg *pg, struct pd_err *reterr);
    void (*decide)(struct batch *batch, struct input *input);
    /* Queues the writes. One statement per table, arrays with unnest. */
    enum pd_fate (*save)(struct batch *batch, struct pg *pg, struct pd_err *reterr);
    /* After COMMIT, for effects that are not proof of anything (pushes). May be NULL. */
    void (*committed)(struct batch *batch, struct bus *bus);
};

/* main() of a service: runs until SIGTERM, returns the exit code. */
int engine_main(const struct service_ops *ops, int argc, char **argv);

/* ---- for ask, read, decide, save, committed */

void *batch_context(const struct batch *batch);
struct pd_arena *batch_arena(struct batch *batch);
/* Zeroed memory until the end of the batch; NULL when the batch is out of memory (then it is retried smaller). */
void *batch_alloc(struct batch *batch, size_t size);
/* The inputs to decide in this batch (repeats and gaps are already out). */
size_t batch_count(const struct batch *batch);
struct input *batch_input(struct batch *batch, size_t i);
/* Microseconds since 1970 UTC; the same for the whole batch. */
int64_t batch_now_us(const struct batch *batch);
/* A fresh UUIDv7. */
void batch_new_id(struct batch *batch, uint8_t ret_id[16]);
/* 32 fresh random bytes (salts, nonces). */
void batch_random(struct batch *batch, void *ret_bytes, size_t length);
/* Something waits for what will be there soon: the next INPUT_TIMER comes after so long, once. */
void batch_hurry_timer(struct batch *batch, int after_ms);
/* The service's slot for what read() found and save() writes; NULL at the start of each attempt. */
void batch_set_view(struct batch *batch, void *view);
void *batch_view(const struct batch *batch);
const struct conf *batch_conf(const struct batch *batch);

/* Records a fact: packs envelope and payload, numbers it, puts it into the outbox. ret_event_id may be NULL. */
void batch_emit(struct batch *batch, const struct input *cause, const struct event_draft *draft,
                uint8_t ret_event_id[16]);
/* Answers a command. Exactly one answer per command. message is packed at once. */
void batch_reply(struct batch *batch, struct input *input, int status, const ProtobufCMessage *message);

/* Refusals. code is the problem's last word ("not-found"); detail says what to do next. Nothing of the input may have been emitted. */
void batch_refuse(struct batch *batch, struct input *input, int status, const char *code, const char *detail);
/* 409/403/422 made from a verdict of wo_fsm_check(), with the present state and what the actor could do instead. */
void batch_refuse_verdict(struct batch *batch, struct input *input, enum wo_verdict verdict, enum wo_event event,
                          enum wo_state state, uint32_t missing);
/* An event that cannot be applied and never will: to the dead letters, with the reason. */
void batch_poison(struct batch *batch, struct input *input, const char *reason);

/* ---- for queries */

const struct wo_actor *query_actor(const struct query *query);
const ProtobufCMessage *query_request(const struct query *query);
struct pg *query_pg(struct query *query);
struct pd_arena *query_arena(struct query *query);
void *query_context(struct query *query);
int64_t query_now_us(const struct query *query);
void query_reply(struct query *query, const ProtobufCMessage *message);
void query_refuse(struct query *query, int status, const char *code, const char *detail);
/* A database failure inside a query: 503 for PD_RETRY, else 500; the text goes to the log, not to the asker. */
void query_fail(struct query *query, enum pd_fate fate, const struct pd_err *err);

#endif
