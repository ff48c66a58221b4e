/* The outbox and the inbox rules against a bus that loses, doubles, reorders and forgets, in one thread and simulated time.
 *
 * The database is an array, the stream another; both lie in this file in place of pg.c and bus.c. Each seed is one run:
 * random commits, faults and restarts, then calm; at the end every consumer must have applied every event once, in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/relay/inbox.h"
#include "common/relay/outbox.h"
#include "paidan/common/v1/envelope.pb-c.h"

enum { TABLE_MAX = 4000, STREAM_MAX = 20000, CONSUMERS = 2 };

/* ---- randomness: xorshift, so that a seed is a run */

static uint64_t rng;

static uint64_t draw(uint64_t below) {
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return rng % below;
}

/* ---- the database double: what is committed */

struct row {
    unsigned partition;
    int64_t seq;
    uint8_t bytes[8];
};

static struct row table[TABLE_MAX];
static size_t table_count;
static int64_t table_last[PARTITIONS];
static const struct row *found[OUTBOX_CHUNK];
static int found_count;
static bool database_away;

static int64_t arg_int8(const struct pg_args *args, int i) {
    int64_t value = 0;
    for (int b = 0; b < args->lengths[i]; b++) {
        value = value << 8 | (uint8_t)args->values[i][b];
    }
    return value;
}

enum pd_fate pg_query(struct pg *pg, const char *sql, struct pg_args *args, struct pg_result **ret_result,
                      struct pd_err *reterr) {
    (void)pg;
    *ret_result = NULL;
    if (database_away) {
        return pd_fail(reterr, PD_RETRY, "08006", "away");
    }
    found_count = 0;
    if (strstr(sql, "FROM outbox WHERE") != NULL) {
        for (size_t i = 0; i < table_count && found_count < OUTBOX_CHUNK; i++) {
            if (table[i].partition == (unsigned)arg_int8(args, 0) && table[i].seq > arg_int8(args, 1)) {
                found[found_count++] = &table[i];
            }
        }
    }
    return PD_OK;
}

int64_t pg_affected(const struct pg_result *result) {
    (void)result;
    return 1;
}

void pg_release(struct pg *pg) {
    (void)pg;
}

int pg_rows(const struct pg_result *result) {
    (void)result;
    return found_count;
}

int64_t pg_int8(const struct pg_result *result, int row, int column) {
    (void)result;
    (void)column;
    return found[row]->seq;
}

const uint8_t *pg_bytea(const struct pg_result *result, int row, int column, size_t *ret_length) {
    (void)result;
    (void)column;
    *ret_length = sizeof found[row]->bytes;
    return found[row]->bytes;
}

const char *pg_text(const struct pg_result *result, int row, int column) {
    (void)result;
    (void)row;
    (void)column;
    return "";
}

int pg_int8_array(const struct pg_result *result, int row, int column, int64_t *ret_values, int max) {
    (void)result;
    (void)row;
    (void)column;
    memcpy(ret_values, table_last, (size_t)max * sizeof ret_values[0]);
    return max;
}

/* ---- the bus double */

struct message {
    uint8_t bytes[4096];
    size_t length;
    int from_consumer; /* -1: an EventBatch; else a Confirm */
};

static struct message *stream[STREAM_MAX];
static size_t stream_count;
static size_t stream_read[CONSUMERS];
static int loss_percent;
static bool bus_away;
static bool calm;

bool bus_connected(const struct bus *bus) {
    (void)bus;
    return !bus_away;
}

/* Ours to define here: which consumer reads. */
struct bus_pull {
    size_t consumer;
};
static struct bus_pull pulls[CONSUMERS];

bool bus_pull_idle(const struct bus_pull *pull) {
    size_t consumer = pull->consumer;
    return stream_read[consumer] == stream_count;
}

static struct outbox outbox;

enum pd_fate bus_say_soon(struct bus *bus, const char *subject, const void *bytes, size_t length) {
    (void)bus;
    if ((int)draw(100) < loss_percent) {
        return PD_OK;
    }
    if (strncmp(subject, "pd.cfm.", 7) == 0) {
        outbox_confirm_any(&outbox, strrchr(subject, '.') + 1, bytes, length);
        return PD_OK;
    }
    assert_true(stream_count < STREAM_MAX);
    assert_true(length <= sizeof stream[0]->bytes);
    struct message *message = malloc(sizeof *message);
    assert_non_null(message);
    memcpy(message->bytes, bytes, length);
    message->length = length;
    stream[stream_count++] = message;
    return PD_OK;
}

/* ---- the world */

static struct inbox inboxes[CONSUMERS];
static int64_t applied[CONSUMERS][PARTITIONS]; /* effects: must be 1, 2, 3, ... */
static int64_t now_us;
static struct pd_arena arena;
static const char *const names[] = {"assign", "audit", NULL};

static void commit_some(void) {
    struct outbox_event events[8];
    size_t count = 1 + draw(8);
    for (size_t i = 0; i < count && table_count < TABLE_MAX; i++) {
        struct row *row = &table[table_count++];
        row->partition = (unsigned)draw(PARTITIONS);
        row->seq = ++table_last[row->partition];
        memset(row->bytes, (int)row->seq, sizeof row->bytes);
        events[i] = (struct outbox_event){
            .partition = row->partition, .seq = row->seq, .bytes = row->bytes, .length = sizeof row->bytes};
    }
    /* A crash between COMMIT and publication: the process that comes next knows only the table. */
    if (draw(20) == 0) {
        outbox_fini(&outbox);
        outbox_init(&outbox, "intake", names, NULL);
        memcpy(outbox.last, table_last, sizeof table_last);
        memcpy(outbox.sent, table_last, sizeof table_last);
    } else {
        outbox_say(&outbox, events, count, &arena, now_us);
    }
}

static void apply(int c, const Paidan__Common__V1__EventBatch *batch) {
    struct inbox *inbox = &inboxes[c];
    for (size_t i = 0; i < batch->n_events; i++) {
        int64_t seq = batch->first_seq + (int64_t)i;
        switch (inbox_judge(inbox->marks[batch->partition], seq)) {
        case INBOX_APPLY:
            assert_int_equal(seq, applied[c][batch->partition] + 1);
            assert_int_equal(batch->events[i].data[0], (uint8_t)seq);
            applied[c][batch->partition] = seq;
            inbox->marks[batch->partition] = seq;
            /* Every other event has no effect here and moves the mark in memory only, as in attempt.c. */
            if (seq % 2 == 0) {
                inbox_committed(inbox, inbox->marks);
            }
            break;
        case INBOX_REPEAT:
            break;
        case INBOX_GAP:
            inbox->gap = true;
            break;
        }
    }
}

static void consume(int c) {
    size_t most = 1 + draw(20);
    for (size_t i = 0; i < most && stream_read[c] < stream_count; i++) {
        size_t next = stream_read[c]++;
        /* Redelivery and reordering: now and then an older message comes again, or the next two change places. */
        if (next > 0 && draw(10) == 0) {
            next -= draw(next < 5 ? next : 5);
        }
        Paidan__Common__V1__EventBatch *batch =
            paidan__common__v1__event_batch__unpack(NULL, stream[next]->length, stream[next]->bytes);
        assert_non_null(batch);
        apply(c, batch);
        paidan__common__v1__event_batch__free_unpacked(batch, NULL);
    }
    inbox_settle(&inboxes[c], NULL, &arena, now_us);
    inbox_confirm(&inboxes[c], stream_read[c] == stream_count, now_us);
    /* A consumer dies: it knows again only what it has committed. */
    if (!calm && draw(60) == 0) {
        memcpy(inboxes[c].marks, inboxes[c].stored, sizeof inboxes[c].marks);
        memcpy(applied[c], inboxes[c].stored, sizeof applied[c]);
    }
}

/* The stream loses its tail, or all. */
static void forget_stream(void) {
    size_t keep = draw(3) == 0 ? 0 : draw(stream_count + 1);
    while (stream_count > keep) {
        free(stream[--stream_count]);
    }
    for (int c = 0; c < CONSUMERS; c++) {
        stream_read[c] = stream_read[c] > keep ? keep : stream_read[c];
    }
}

static void reset_world(uint64_t seed) {
    rng = seed * 2654435761u + 88172645463325252u;
    while (stream_count > 0) {
        free(stream[--stream_count]);
    }
    table_count = 0;
    now_us = 1000000;
    memset(table_last, 0, sizeof table_last);
    memset(applied, 0, sizeof applied);
    memset(stream_read, 0, sizeof stream_read);
    outbox_init(&outbox, "intake", names, NULL);
    for (int c = 0; c < CONSUMERS; c++) {
        pulls[c].consumer = (size_t)c;
        inboxes[c] = (struct inbox){.consumer = names[c], .producer = "intake", .pull = &pulls[c]};
    }
}

static bool all_applied(void) {
    for (int c = 0; c < CONSUMERS; c++) {
        if (memcmp(applied[c], table_last, sizeof table_last) != 0) {
            return false;
        }
    }
    return true;
}

static void turn(void) {
    now_us += 1000 + (int64_t)draw(50000);
    for (int c = 0; c < CONSUMERS; c++) {
        consume(c);
    }
    outbox_turn(&outbox, NULL, &arena, now_us);
    pd_arena_reset(&arena);
}

static void run_seed(uint64_t seed) {
    reset_world(seed);
    calm = false;
    for (int step = 0; step < 200; step++) {
        loss_percent = (int)draw(4) * 10;
        bus_away = draw(15) == 0;
        database_away = draw(15) == 0;
        if (draw(2) == 0) {
            commit_some();
        }
        if (draw(40) == 0) {
            forget_stream();
        }
        turn();
    }
    loss_percent = 0;
    bus_away = database_away = false;
    calm = true;
    /* Calm: within a minute of simulated time all is told, whatever happened. */
    int64_t end = now_us + 60 * 1000000;
    while (now_us < end && !all_applied()) {
        turn();
    }
    if (!all_applied()) {
        fail_msg("seed %llu: not all events were applied", (unsigned long long)seed);
    }
    assert_true(stream_count < STREAM_MAX);
    outbox_fini(&outbox);
}

static void every_event_is_applied_once_and_in_order_whatever_the_bus_does(void **state) {
    (void)state;
    const char *text = getenv("PAIDAN_SEEDS");
    uint64_t seeds = text == NULL ? 300 : strtoull(text, NULL, 10);
    pd_arena_init(&arena, 65536, 16 * 1024 * 1024);
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        run_seed(seed);
    }
    pd_arena_fini(&arena);
    while (stream_count > 0) {
        free(stream[--stream_count]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_is_applied_once_and_in_order_whatever_the_bus_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
