#include "common/relay/outbox.h"
#include "common/base/borrow.h"

#include <stdio.h>
#include <string.h>

#include "common/io/metrics.h"
#include "paidan/common/v1/envelope.pb-c.h"
#include "sql/common_sql.h"

enum {
    SWEEP_US = 500 * 1000,
    SAVE_US = 5 * 1000 * 1000,
    SETTLE_US = 1500 * 1000,      /* an event said so recently may still be on its way */
    PATIENCE_MIN_US = 500 * 1000, /* between two rewinds for one consumer */
    PATIENCE_MAX_US = 10 * 1000 * 1000,
    RECOVER_MAX = 512,       /* numbers said again per partition after a start */
    MESSAGE_MAX = 512 * 1024 /* stays below the server's max_payload of 1 MiB */
};

void outbox_init(struct outbox *outbox, const char *producer, const char *const *consumers, struct bus *bus) {
    *outbox = (struct outbox){.producer = producer, .bus = bus};
    pthread_mutex_init(&outbox->lock, NULL);
    for (int i = 0; consumers != NULL && consumers[i] != NULL && i < CONSUMERS_MAX; i++) {
        outbox->consumers[i] = (struct outbox_consumer){.name = consumers[i], .patience_us = PATIENCE_MIN_US};
        outbox->consumer_count++;
    }
}

void outbox_fini(struct outbox *outbox) {
    pthread_mutex_destroy(&outbox->lock);
}

static struct outbox_consumer *consumer_named(struct outbox *outbox, const char *name) {
    for (int i = 0; i < outbox->consumer_count; i++) {
        if (strcmp(outbox->consumers[i].name, name) == 0) {
            return &outbox->consumers[i];
        }
    }
    return NULL;
}

enum pd_fate outbox_recover(struct outbox *outbox, struct pg *pg, struct pd_arena *arena, struct pd_err *reterr) {
    (void)arena;
    struct pg_result *result = NULL;
    enum pd_fate fate = pg_query(pg, SQL_READ_POSITIONS, NULL, &result, reterr);
    if (fate != PD_OK) {
        return fate;
    }
    pg_int8_array(result, 0, 0, outbox->last, PARTITIONS);
    fate = pg_query(pg, SQL_READ_CONFIRMS, NULL, &result, reterr);
    if (fate != PD_OK) {
        return fate;
    }
    pthread_mutex_lock(&outbox->lock);
    for (int row = 0; row < pg_rows(result); row++) {
        struct outbox_consumer *consumer = consumer_named(outbox, pg_text(result, row, 0));
        if (consumer != NULL) {
            pg_int8_array(result, row, 1, consumer->saved, PARTITIONS);
            for (int p = 0; p < PARTITIONS; p++) {
                if (consumer->watermarks[p] < consumer->saved[p]) {
                    consumer->watermarks[p] = consumer->saved[p];
                }
            }
        }
    }
    for (int p = 0; p < PARTITIONS; p++) {
        int64_t confirmed = outbox->last[p];
        for (int i = 0; i < outbox->consumer_count; i++) {
            int64_t mark = outbox->consumers[i].watermarks[p];
            confirmed = mark < confirmed ? mark : confirmed;
        }
        int64_t floor = outbox->last[p] - RECOVER_MAX;
        outbox->sent[p] = confirmed > floor ? confirmed : floor;
    }
    pthread_mutex_unlock(&outbox->lock);
    pg_release(pg);
    return PD_OK;
}

/* Publishes events[0..count) of one partition as one message. */
static bool say(struct outbox *outbox, unsigned partition, int64_t first_seq, ProtobufCBinaryData *events, size_t count,
                struct pd_arena *scratch, int64_t now_us) {
    Paidan__Common__V1__EventBatch batch = PAIDAN__COMMON__V1__EVENT_BATCH__INIT;
    char producer[32], subject[64];
    snprintf(producer, sizeof producer, "%s", outbox->producer);
    snprintf(subject, sizeof subject, "pd.evt.%s.p%02u", outbox->producer, partition);
    batch.producer = producer;
    batch.partition = partition;
    batch.first_seq = first_seq;
    batch.n_events = count;
    batch.events = events;
    size_t length = paidan__common__v1__event_batch__get_packed_size(&batch);
    uint8_t *bytes = pd_alloc(scratch, length);
    if (bytes == NULL) {
        return false;
    }
    paidan__common__v1__event_batch__pack(&batch, bytes);
    if (!bus_connected(outbox->bus) || bus_say_soon(outbox->bus, subject, bytes, length) != PD_OK) {
        return false;
    }
    outbox->sent[partition] = first_seq + (int64_t)count - 1;
    outbox->said_us[partition] = now_us;
    metric_add(METRIC_EVENTS_PUBLISHED, (int64_t)count);
    return true;
}

void outbox_say(struct outbox *outbox, const struct outbox_event *events, size_t count, struct pd_arena *scratch,
                int64_t now_us) {
    ProtobufCBinaryData *slices = pd_alloc_array(scratch, count, sizeof slices[0]);
    for (unsigned p = 0; p < PARTITIONS; p++) {
        size_t n = 0;
        int64_t first = 0;
        for (size_t i = 0; i < count; i++) {
            if (events[i].partition == p) {
                first = n == 0 ? events[i].seq : first;
                outbox->last[p] = events[i].seq;
                if (slices != NULL) {
                    slices[n] = (ProtobufCBinaryData){.data = pd_borrow(events[i].bytes), .len = events[i].length};
                }
                n++;
            }
        }
        /* Behind? Then these follow from the table, in order. */
        if (n > 0 && slices != NULL && outbox->sent[p] == first - 1) {
            say(outbox, p, first, slices, n, scratch, now_us);
        }
    }
}

/* Reads the next chunk of one partition from the table and says it. False when the database or the bus did not serve. */
static bool catch_up(struct outbox *outbox, unsigned p, struct pg *pg, struct pd_arena *scratch, int64_t now_us) {
    struct pg_args args;
    pg_args_init(&args, scratch);
    pg_arg_int2(&args, (int16_t)p);
    pg_arg_int8(&args, outbox->sent[p]);
    pg_arg_int4(&args, OUTBOX_CHUNK);
    struct pg_result *result = NULL;
    struct pd_err ignored;
    if (pg_query(pg, SQL_READ_OUTBOX, &args, &result, &ignored) != PD_OK) {
        return false;
    }
    ProtobufCBinaryData slices[OUTBOX_CHUNK];
    size_t n = 0, bytes = 0;
    int64_t first = outbox->sent[p] + 1;
    for (int row = 0; row < pg_rows(result); row++) {
        size_t length;
        const uint8_t *data = pg_bytea(result, row, 1, &length);
        int64_t seq = pg_int8(result, row, 0);
        if (n == 0) {
            /* Rotated away: confirmed by all long ago, so the hole is nobody's. */
            first = seq;
        }
        if (seq != first + (int64_t)n || bytes + length > MESSAGE_MAX) {
            break;
        }
        slices[n++] = (ProtobufCBinaryData){.data = pd_borrow(data), .len = length};
        bytes += length;
    }
    bool said = n > 0 && say(outbox, p, first, slices, n, scratch, now_us);
    pg_release(pg);
    return said;
}

/* Goes back to what a consumer misses. The caller holds the lock. */
static void rewind_for(struct outbox *outbox, struct outbox_consumer *consumer, int64_t now_us) {
    if (now_us < consumer->next_rewind_us || !(consumer->gap || consumer->idle)) {
        return;
    }
    bool behind = false;
    for (int p = 0; p < PARTITIONS; p++) {
        bool settled = consumer->gap || now_us - outbox->said_us[p] > SETTLE_US;
        if (consumer->watermarks[p] < outbox->sent[p] && settled) {
            outbox->sent[p] = consumer->watermarks[p];
            behind = true;
        }
    }
    if (behind) {
        consumer->next_rewind_us = now_us + consumer->patience_us;
        consumer->patience_us *= consumer->patience_us < PATIENCE_MAX_US ? 2 : 1;
        metric_add(METRIC_REWINDS, 1);
    }
    consumer->gap = false;
}

static void sweep(struct outbox *outbox, int64_t now_us) {
    bool all = atomic_exchange(&outbox->rewind_all, false);
    atomic_store(&outbox->gap_reported, false);
    pthread_mutex_lock(&outbox->lock);
    for (int i = 0; i < outbox->consumer_count; i++) {
        if (all) {
            outbox->consumers[i].gap = true;
            outbox->consumers[i].next_rewind_us = 0;
        }
        rewind_for(outbox, &outbox->consumers[i], now_us);
    }
    pthread_mutex_unlock(&outbox->lock);
}

static void save_confirms(struct outbox *outbox, struct pg *pg, struct pd_arena *scratch) {
    for (int i = 0; i < outbox->consumer_count; i++) {
        struct outbox_consumer *consumer = &outbox->consumers[i];
        int64_t marks[PARTITIONS];
        pthread_mutex_lock(&outbox->lock);
        memcpy(marks, consumer->watermarks, sizeof marks);
        pthread_mutex_unlock(&outbox->lock);
        if (memcmp(marks, consumer->saved, sizeof marks) == 0) {
            continue;
        }
        struct pg_args args;
        struct pg_array array;
        pg_args_init(&args, scratch);
        pg_array_init(&array, scratch, PG_INT8);
        for (int p = 0; p < PARTITIONS; p++) {
            pg_array_int8(&array, marks[p]);
        }
        pg_arg_text(&args, consumer->name);
        pg_arg_array(&args, &array);
        struct pg_result *result = NULL;
        struct pd_err ignored;
        if (pg_query(pg, SQL_SAVE_CONFIRM, &args, &result, &ignored) == PD_OK) {
            memcpy(consumer->saved, marks, sizeof marks);
            pg_release(pg);
        }
    }
}

bool outbox_turn(struct outbox *outbox, struct pg *pg, struct pd_arena *scratch, int64_t now_us) {
    if (outbox->consumer_count == 0) {
        return false;
    }
    if (now_us >= outbox->next_sweep_us || atomic_load(&outbox->gap_reported)) {
        outbox->next_sweep_us = now_us + SWEEP_US;
        sweep(outbox, now_us);
        metric_set(METRIC_OUTBOX_UNCONFIRMED, outbox_unconfirmed(outbox));
    }
    if (now_us >= outbox->next_save_us) {
        outbox->next_save_us = now_us + SAVE_US;
        save_confirms(outbox, pg, scratch);
    }
    bool more = false;
    for (unsigned p = 0; p < PARTITIONS; p++) {
        if (outbox->sent[p] < outbox->last[p] && bus_connected(outbox->bus)) {
            more |= catch_up(outbox, p, pg, scratch, now_us) && outbox->sent[p] < outbox->last[p];
        }
    }
    return more;
}

bool outbox_confirm_any(struct outbox *outbox, const char *name, const uint8_t *bytes, size_t length) {
    Paidan__Common__V1__Confirm *confirm = paidan__common__v1__confirm__unpack(NULL, length, bytes);
    if (confirm == NULL) {
        return false;
    }
    bool gap = false;
    pthread_mutex_lock(&outbox->lock);
    struct outbox_consumer *consumer = consumer_named(outbox, name);
    if (consumer != NULL && confirm->n_watermarks == PARTITIONS) {
        for (int p = 0; p < PARTITIONS; p++) {
            if (confirm->watermarks[p] > consumer->watermarks[p]) {
                consumer->patience_us = PATIENCE_MIN_US;
            }
            /* Lower than before is possible and true: the consumer's database was restored. */
            consumer->watermarks[p] = confirm->watermarks[p];
        }
        consumer->idle = confirm->idle;
        consumer->gap = consumer->gap || confirm->gap;
        gap = confirm->gap;
    }
    pthread_mutex_unlock(&outbox->lock);
    paidan__common__v1__confirm__free_unpacked(confirm, NULL);
    if (gap) {
        atomic_store(&outbox->gap_reported, true);
    }
    return gap;
}

void outbox_rewind_all_any(struct outbox *outbox) {
    atomic_store(&outbox->rewind_all, true);
    atomic_store(&outbox->gap_reported, true);
}

int64_t outbox_unconfirmed(struct outbox *outbox) {
    int64_t sum = 0;
    pthread_mutex_lock(&outbox->lock);
    for (int p = 0; p < PARTITIONS; p++) {
        int64_t least = outbox->last[p];
        for (int i = 0; i < outbox->consumer_count; i++) {
            int64_t mark = outbox->consumers[i].watermarks[p];
            least = mark < least ? mark : least;
        }
        sum += outbox->last[p] - least;
    }
    pthread_mutex_unlock(&outbox->lock);
    return sum;
}
