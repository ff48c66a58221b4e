/* batch.h - one turn of the writer: what came in, what was decided, what is to be written. Private to the relay.
 *
 * A batch is collected once and attempted one or more times: whole, and in halves when something in it cannot be stored.
 * Memory    `gathered` lives until the batch is answered, `scratch` until the next attempt. */
#ifndef COMMON_RELAY_BATCH_H
#define COMMON_RELAY_BATCH_H

#include "common/relay/engine.h"
#include "common/relay/inbox.h"
#include "common/relay/queue.h"
#include "paidan/common/v1/envelope.pb-c.h"

enum { INPUTS_MAX = 1024, SOURCES_MAX = 512, HEARS_MAX = 4, EVENTS_MAX = 4096, BATCH_MEMORY_MAX = 96 * 1024 * 1024 };

enum slot_state {
    SLOT_LIVE,    /* to be decided */
    SLOT_REPEAT,  /* event applied before, or gap: nothing to do */
    SLOT_ANSWERED /* the reply stands (stored earlier, or this input can never be decided) */
};

struct slot {
    struct input input; /* first: a struct input * of the service is a struct slot * */
    enum slot_state state;
    struct source *source; /* NULL for timers */
    size_t place;          /* within the source */
    const uint8_t *key;    /* 32 bytes of a command whose answer is kept; NULL: none */
    uint8_t payload_hash[32];
    const struct slot *same_as; /* an earlier command of this batch with the same key */
    uint8_t *reply;             /* packed Reply */
    size_t reply_length;
    bool refused;
    const char *poison; /* reason */
    int64_t replay_id;  /* the dead letter that this event was; 0: an ordinary input */
    unsigned emitted;
};

/* One message from the bus. */
struct source {
    struct work work;
    size_t first, count; /* slots */
};

struct batch {
    const struct service_ops *ops;
    const struct conf *conf;
    struct bus *bus;
    void *context;
    struct pd_arena gathered, scratch;
    int64_t now_us;

    struct source sources[SOURCES_MAX];
    size_t source_count;
    struct slot slots[INPUTS_MAX];
    size_t slot_count;

    /* of the present attempt */
    struct input *live[INPUTS_MAX];
    size_t live_count;
    void *view;
    bool out_of_memory;
    int timer_after_ms;                   /* wish of this batch, see batch_hurry_timer(); 0: none */
    bool abandoned;                       /* the process stops while the database is away */
    int64_t marks[HEARS_MAX][PARTITIONS]; /* inbox after this attempt */
    bool marks_changed[HEARS_MAX];
    int64_t last_seq[PARTITIONS]; /* outbox numbers after this attempt */
    int16_t outbox_slot;
    struct outbox_event events[EVENTS_MAX];
    size_t event_count;
};

/* Unpacks one message into slots. A message that cannot be unpacked becomes one answered slot with the reason. */
void batch_add(struct batch *batch, const struct work *work);
void batch_add_timer(struct batch *batch);
/* For commands that the engine itself serves (replay.c): an empty source, then its slots. */
struct source *batch_new_source(struct batch *batch, const struct work *work);
/* A dead letter's body (copied) becomes an event to be decided again, outside the dense numbers. */
void batch_add_replay(struct batch *batch, struct source *source, int64_t id, const char *producer,
                      ProtobufCBinaryData body);
/* An answered command. */
void batch_add_problem(struct batch *batch, struct source *source, int status, const char *code, const char *detail);
/* Forgets everything; frees the messages. */
void batch_clear(struct batch *batch);

/* Packs the answer "stop: status, code, detail" for a slot. */
void batch_answer_problem(struct batch *batch, struct slot *slot, int status, const char *code, const char *detail);
const char *batch_source_subject(const struct slot *slot);

struct slot *slot_of(struct input *input);

#endif
