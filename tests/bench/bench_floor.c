/* The floors: the rows of the orders written straight into PostgreSQL, no HTTP, no bus, no reading.
 *
 * plain     one order in one commit for each of its nine stages, on every connection (floor_plain_*.sql)
 * batch     `batch` orders in one commit for each stage, unnest (floor_batch_*.sql)
 * register  `batch` registrations in one commit, unnest (floor_batch_register.sql: with the trace's row, which the system writes too) */
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "common/base/id.h"
#include "common/io/pg.h"
#include "sql/floor_sql.h"

enum { STAGES = 9, COLUMNS_MAX = 14, BYTES_MAX = 65536, GRIDS = 400, GROUPS = 9 };

enum column {
    C_END,
    C_ID,
    C_ORDER,
    C_DELIVERY,
    C_EVENT_ID,
    C_NUMBER,
    C_EVENT,
    C_DIGEST,
    C_PARTITION,
    C_KEY,
    C_REPLY,
    C_LAT,
    C_LONG,
    C_WRAPPED,
    C_SEALED,
    C_GRID,
    C_WORKER
};

/* What a stage's statements take, in the order of their parameters. */
struct stage {
    const char *plain, *batch;
    enum column columns[COLUMNS_MAX];
    bool progress; /* four more parameters */
    int16_t state, before, type;
    int64_t version;
};

#define PROGRESS(state, before, type, version)                                                                         \
    {                                                                                                                  \
        SQL_FLOOR_PLAIN_PROGRESS, SQL_FLOOR_BATCH_PROGRESS,                                                            \
            {C_ID, C_ORDER, C_EVENT_ID, C_EVENT, C_DIGEST, C_PARTITION, C_KEY, C_REPLY, C_WORKER}, true, state,        \
            before, type, version                                                                                      \
    }

static const struct stage stages[STAGES] = {
    {SQL_FLOOR_PLAIN_REGISTER,
     SQL_FLOOR_BATCH_REGISTER,
     {C_ID, C_NUMBER, C_EVENT_ID, C_EVENT, C_DIGEST, C_PARTITION, C_KEY, C_REPLY, C_LAT, C_LONG, C_WRAPPED, C_SEALED},
     false,
     0,
     0,
     0,
     0},
    {SQL_FLOOR_PLAIN_ACCEPT,
     SQL_FLOOR_BATCH_ACCEPT,
     {C_ID, C_EVENT_ID, C_EVENT, C_DIGEST, C_PARTITION, C_KEY, C_REPLY},
     false,
     0,
     0,
     0,
     0},
    {SQL_FLOOR_PLAIN_DISPATCH,
     SQL_FLOOR_BATCH_DISPATCH,
     {C_ID, C_ORDER, C_DELIVERY, C_NUMBER, C_EVENT_ID, C_EVENT, C_DIGEST, C_PARTITION, C_LAT, C_LONG, C_GRID, C_WORKER},
     false,
     0,
     0,
     0,
     0},
    {SQL_FLOOR_PLAIN_DELIVERED,
     SQL_FLOOR_BATCH_DELIVERED,
     {C_ID, C_DELIVERY, C_EVENT_ID, C_EVENT, C_DIGEST, C_PARTITION, C_WORKER},
     false,
     0,
     0,
     0,
     0},
    PROGRESS(5, 4, 8, 2),
    PROGRESS(6, 5, 9, 3),
    PROGRESS(8, 6, 10, 4),
    PROGRESS(10, 8, 11, 5),
    {SQL_FLOOR_PLAIN_VISIT,
     SQL_FLOOR_BATCH_VISIT,
     {C_ID, C_ORDER, C_EVENT_ID, C_EVENT, C_DIGEST, C_PARTITION, C_KEY, C_REPLY},
     false,
     0,
     0,
     0,
     0},
};

struct floor_order {
    struct pd_id id, order, delivery;
    char number[24], grid[24], worker[16];
    int16_t partition;
};

struct floor {
    const struct bench_options *options;
    int batch;
    bool register_only;
    int event_bytes[STAGES], reply_bytes[STAGES];
    atomic_bool stop, broken;
    uint8_t bytes[BYTES_MAX];
};

struct floor_worker {
    struct floor *floor;
    struct pg *pg;
    struct pd_arena arena;
    struct floor_order *groups; /* GROUPS times `batch` */
    struct floor_order *orders; /* of the group in hand */
    long done, commits;
    pthread_t thread;
};

static int64_t wall_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct pd_id fresh_id(void) {
    uint8_t random[PD_ID_RANDOM];
    randombytes_buf(random, sizeof random);
    return pd_id_v7(wall_us() / 1000, random);
}

static void fresh_order(struct floor_order *order) {
    order->id = fresh_id();
    order->order = fresh_id();
    order->delivery = fresh_id();
    uint32_t grid = randombytes_uniform(GRIDS);
    order->partition = (int16_t)(order->id.b[15] % 16);
    snprintf(order->number, sizeof order->number, "ZS%016llx",
             (unsigned long long)randombytes_random() << 32 | randombytes_random());
    snprintf(order->grid, sizeof order->grid, "442000001001%03u", grid + 1);
    snprintf(order->worker, sizeof order->worker, "W%06u", grid + 1);
}

/* ---- the parameters: one value of a plain statement, or an array over the orders */

static enum pg_type type_of(enum column column) {
    switch (column) {
    case C_ID:
    case C_ORDER:
    case C_DELIVERY:
    case C_EVENT_ID:
        return PG_UUID;
    case C_NUMBER:
    case C_GRID:
    case C_WORKER:
        return PG_TEXT;
    case C_PARTITION:
        return PG_INT2;
    case C_LAT:
    case C_LONG:
        return PG_FLOAT8;
    case C_EVENT:
    case C_DIGEST:
    case C_KEY:
    case C_REPLY:
    case C_WRAPPED:
    case C_SEALED:
    case C_END:
        break;
    }
    return PG_BYTEA;
}

static const uint8_t *id_of(const struct floor_order *order, enum column column, struct pd_id *fresh) {
    if (column == C_EVENT_ID) {
        *fresh = fresh_id();
        return fresh->b;
    }
    return column == C_ID ? order->id.b : column == C_ORDER ? order->order.b : order->delivery.b;
}

static const char *text_of(const struct floor_order *order, enum column column) {
    return column == C_NUMBER ? order->number : column == C_GRID ? order->grid : order->worker;
}

static const uint8_t *bytes_of(const struct floor *floor, int stage, enum column column, uint8_t key[32],
                               size_t *ret_length) {
    if (column == C_KEY) {
        randombytes_buf(key, 32);
        *ret_length = 32;
        return key;
    }
    *ret_length = (size_t)(column == C_EVENT     ? floor->event_bytes[stage]
                           : column == C_REPLY   ? floor->reply_bytes[stage]
                           : column == C_WRAPPED ? 72
                           : column == C_SEALED  ? floor->options->sealed_bytes
                                                 : 32);
    return floor->bytes;
}

static void add_plain(struct floor_worker *w, struct pg_args *args, int stage, enum column column) {
    const struct floor_order *order = &w->orders[0];
    struct pd_id fresh;
    uint8_t key[32];
    size_t length;
    enum pg_type type = type_of(column);
    if (type == PG_UUID) {
        pg_arg_uuid(args, id_of(order, column, &fresh));
    } else if (type == PG_TEXT) {
        pg_arg_text(args, text_of(order, column));
    } else if (type == PG_INT2) {
        pg_arg_int2(args, order->partition);
    } else if (type == PG_FLOAT8) {
        pg_arg_float8(args, column == C_LAT ? 22.5 : 113.4);
    } else {
        const uint8_t *bytes = bytes_of(w->floor, stage, column, key, &length);
        pg_arg_bytea(args, bytes, length);
    }
}

static void add_array(struct floor_worker *w, struct pg_args *args, struct pg_array *array, int stage,
                      enum column column) {
    struct pd_id fresh;
    uint8_t key[32];
    size_t length;
    enum pg_type type = type_of(column);
    pg_array_init(array, &w->arena, type);
    for (int i = 0; i < w->floor->batch; i++) {
        const struct floor_order *order = &w->orders[i];
        if (type == PG_UUID) {
            pg_array_uuid(array, id_of(order, column, &fresh));
        } else if (type == PG_TEXT) {
            pg_array_text(array, text_of(order, column));
        } else if (type == PG_INT2) {
            pg_array_int2(array, order->partition);
        } else if (type == PG_FLOAT8) {
            pg_array_float8(array, column == C_LAT ? 22.5 : 113.4);
        } else {
            const uint8_t *bytes = bytes_of(w->floor, stage, column, key, &length);
            pg_array_bytea(array, bytes, length);
        }
    }
    pg_arg_array(args, array);
}

/* ---- the work */

static enum pd_fate do_stage(struct floor_worker *w, int number, struct pd_err *reterr) {
    const struct floor *floor = w->floor;
    const struct stage *stage = &stages[number];
    const enum column *columns = stage->columns;
    bool plain = floor->batch == 1;
    struct pg_args args;
    struct pg_array arrays[COLUMNS_MAX];
    pd_arena_reset(&w->arena);
    pg_args_init(&args, &w->arena);
    for (int i = 0; i < COLUMNS_MAX && columns[i] != C_END; i++) {
        if (plain) {
            add_plain(w, &args, number, columns[i]);
        } else {
            add_array(w, &args, &arrays[i], number, columns[i]);
        }
    }
    pg_arg_time(&args, wall_us());
    if (stage->progress) {
        pg_arg_int2(&args, stage->state);
        pg_arg_int2(&args, stage->before);
        pg_arg_int2(&args, stage->type);
        pg_arg_int8(&args, stage->version);
    }
    struct pg_result *result;
    const char *sql = plain ? stage->plain : stage->batch;
    enum pd_fate fate = pg_query(w->pg, sql, &args, &result, reterr);
    pg_release(w->pg);
    w->commits++;
    return fate;
}

/* One stage of one group after the other, so that an order's versions have time to die as they have in the system: changed again
 * at once, a row could not use the place of its last version. Nothing new is begun after the stop, what was is finished. */
static void *work(void *arg) {
    struct floor_worker *w = arg;
    struct floor *floor = w->floor;
    struct pd_err err;
    int last = floor->register_only ? 1 : STAGES, stage_of[GROUPS] = {0}, open = 0;
    for (int group = 0; !atomic_load(&floor->stop) || open > 0; group = (group + 1) % GROUPS) {
        w->orders = w->groups + group * floor->batch;
        if (stage_of[group] == 0) {
            if (atomic_load(&floor->stop)) {
                continue;
            }
            for (int i = 0; i < floor->batch; i++) {
                fresh_order(&w->orders[i]);
            }
            open++;
        }
        if (do_stage(w, stage_of[group], &err) != PD_OK) {
            fprintf(stderr, "paidan-bench: stage %d: %s %s\n", stage_of[group], err.code, err.text);
            atomic_store(&floor->broken, true);
            atomic_store(&floor->stop, true);
            return NULL;
        }
        if (++stage_of[group] == last) {
            stage_of[group] = 0;
            w->done += floor->batch;
            open--;
        }
    }
    return NULL;
}

/* Nine numbers with commas; what is missing is as the last one. */
static void read_sizes(const char *text, int fallback, int sizes[STAGES]) {
    int value = fallback;
    for (int i = 0; i < STAGES; i++) {
        if (text != NULL && *text != '\0') {
            value = (int)strtol(text, NULL, 10);
            text = strchr(text, ',');
            text = text == NULL ? NULL : text + 1;
        }
        sizes[i] = value < 0 || value > BYTES_MAX ? fallback : value;
    }
}

static bool begin(struct floor *floor, struct floor_worker *w) {
    struct pd_err err;
    w->floor = floor;
    w->groups = calloc((size_t)floor->batch * GROUPS, sizeof *w->groups);
    w->pg = pg_new(floor->options->conninfo, "paidan-bench");
    pd_arena_init(&w->arena, 1 << 20, 64 << 20);
    if (w->groups == NULL || w->pg == NULL) {
        abort();
    }
    if (pg_ensure(w->pg, &err) != PD_OK) {
        fprintf(stderr, "paidan-bench: %s\n", err.text);
        return false;
    }
    return true;
}

int bench_floor(const struct bench_options *options) {
    static struct floor floor;
    floor.options = options;
    floor.register_only = strcmp(options->kind, "register") == 0;
    floor.batch = strcmp(options->kind, "plain") == 0 ? 1 : options->batch;
    read_sizes(options->event_bytes, 200, floor.event_bytes);
    read_sizes(options->reply_bytes, 300, floor.reply_bytes);
    randombytes_buf(floor.bytes, sizeof floor.bytes);
    int count = options->connections;
    struct floor_worker *workers = calloc((size_t)count, sizeof *workers);
    if (workers == NULL) {
        abort();
    }
    for (int i = 0; i < count; i++) {
        if (!begin(&floor, &workers[i])) {
            return 1;
        }
    }
    int64_t start_us = wall_us(), cpu_us = bench_cpu_us();
    for (int i = 0; i < count; i++) {
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
    while (!atomic_load(&floor.stop) && (double)(wall_us() - start_us) < options->seconds * 1e6) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    atomic_store(&floor.stop, true);
    long done = 0, commits = 0;
    for (int i = 0; i < count; i++) {
        pthread_join(workers[i].thread, NULL);
        done += workers[i].done;
        commits += workers[i].commits;
        pg_free(workers[i].pg);
        pd_arena_fini(&workers[i].arena);
        free(workers[i].groups);
    }
    free(workers);
    double seconds = (double)(wall_us() - start_us) / 1e6;
    printf("{\"kind\":\"%s\",\"connections\":%d,\"orders\":%ld,\"seconds\":%.3f,\"rate\":%.1f,\"commits\":%ld,\"client_"
           "cpu_us\":%lld}\n",
           options->kind, count, done, seconds, (double)done / seconds, commits, (long long)(bench_cpu_us() - cpu_us));
    return atomic_load(&floor.broken) ? 1 : 0;
}
