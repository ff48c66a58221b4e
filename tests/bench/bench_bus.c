/* Whole lives by commands put on the bus, without HTTP: batches to pd.cmd.* with the gateway's identity, assignments from
 * pd.push.gateway. What the services do is the same as through the gateway. */
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "common/base/id.h"
#include "common/io/bus.h"
#include "paidan/assign/v1/assign.pb-c.h"
#include "paidan/audit/v1/audit.pb-c.h"
#include "paidan/common/v1/envelope.pb-c.h"
#include "paidan/intake/v1/intake.pb-c.h"
#include "paidan/notify/v1/notify.pb-c.h"

enum {
    MESSAGES_ABREAST = 3,
    TABLE_SIZE = 1 << 20,
    REQUEST_MS = 10000,
    AUDIT_PATIENCE_MS = 30000,
    EVENTS_OF_A_LIFE = 9,
    PAYLOAD_MAX = 512
};

enum command { REGISTER, ACCEPT, ACKNOWLEDGE, SIGN, START, FEED_BACK, REVIEW, VISIT, COMMANDS };

static const char *const subjects[COMMANDS] = {
    "pd.cmd.intake.register", "pd.cmd.intake.accept",    "pd.cmd.notify.acknowledge", "pd.cmd.assign.sign",
    "pd.cmd.assign.start",    "pd.cmd.assign.feed_back", "pd.cmd.assign.review_pass", "pd.cmd.intake.visit"};

struct bus_order {
    struct bus_order *next[2]; /* of its list: [0] of the way, [1] of the acknowledgements, which run beside it */
    int64_t ready_us;
    uint8_t secret[16];
    char id[40], order_id[40], delivery_id[40], number[32], worker[32];
    int32_t dispatch_seq;
    bool pushed, accepted;
};

struct list {
    struct bus_order *first, **last;
    long count;
};

struct bench_bus {
    const struct bench_options *options;
    struct bus *bus;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct list ready[COMMANDS];
    int abreast[COMMANDS];
    struct bus_order **table;
    int64_t visit_wait_us, start_us;
    long begun, closed, acknowledged, early, again, failed, messages;
    char trouble[128];
    double south, west, north, east;
    int64_t log_size; /* -1: not answered yet */
};

/* One message on its way. */
struct parcel {
    struct bench_bus *b;
    enum command command;
    size_t count;
    struct bus_order *orders[];
};

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void put(struct bench_bus *b, enum command command, struct bus_order *order, int64_t ready_us) {
    struct list *list = &b->ready[command];
    int way = command == ACKNOWLEDGE;
    order->next[way] = NULL;
    if (!way) {
        order->ready_us = ready_us;
    }
    *list->last = order;
    list->last = &order->next[way];
    list->count++;
    pthread_cond_signal(&b->wake);
}

static struct bus_order *take(struct bench_bus *b, enum command command) {
    struct list *list = &b->ready[command];
    struct bus_order *order = list->first;
    int way = command == ACKNOWLEDGE;
    if (order == NULL || (!way && order->ready_us > now_us())) {
        return NULL;
    }
    list->first = order->next[way];
    if (list->first == NULL) {
        list->last = &list->first;
    }
    list->count--;
    return order;
}

/* ---- orders by number */

static struct bus_order **place_of(struct bench_bus *b, const char *number) {
    uint64_t h = UINT64_C(14695981039346656037);
    for (const char *c = number; *c != '\0'; c++) {
        h = (h ^ (unsigned char)*c) * UINT64_C(1099511628211);
    }
    size_t at = (size_t)(h ^ (h >> 32)) % TABLE_SIZE;
    while (b->table[at] != NULL && strcmp(b->table[at]->number, number) != 0) {
        at = (at + 1) % TABLE_SIZE;
    }
    return &b->table[at];
}

/* ---- what is said */

static size_t pack_location(struct bench_bus *b, uint8_t *to) {
    double lat = b->south + (b->north - b->south) * (double)randombytes_random() / 4294967296.0;
    double lng = b->west + (b->east - b->west) * (double)randombytes_random() / 4294967296.0;
    Paidan__Common__V1__Location location = PAIDAN__COMMON__V1__LOCATION__INIT;
    Paidan__Intake__V1__Requester requester = PAIDAN__INTAKE__V1__REQUESTER__INIT;
    Paidan__Intake__V1__RegisterRequest request = PAIDAN__INTAKE__V1__REGISTER_REQUEST__INIT;
    location.lat_presence_case = PAIDAN__COMMON__V1__LOCATION__LAT_PRESENCE_LAT;
    location.lat = lat;
    location.long_presence_case = PAIDAN__COMMON__V1__LOCATION__LONG_PRESENCE_LONG;
    location.long_ = lng;
    requester.phone = (char *)(uintptr_t) "13800138000";
    request.channel = PAIDAN__COMMON__V1__CHANNEL__CHANNEL_HOTLINE;
    request.service_code = (char *)(uintptr_t) "road_damage";
    request.description =
        (char *)(uintptr_t) "Pavement broken in front of the market, two metres long; please repair it.";
    request.location = &location;
    request.requester = &requester;
    return paidan__intake__v1__register_request__pack(&request, to);
}

static size_t pack_payload(struct bench_bus *b, enum command command, struct bus_order *order, uint8_t *to) {
    switch (command) {
    case REGISTER:
        return pack_location(b, to);
    case ACCEPT: {
        Paidan__Intake__V1__AcceptRequest m = PAIDAN__INTAKE__V1__ACCEPT_REQUEST__INIT;
        m.id = order->id;
        return paidan__intake__v1__accept_request__pack(&m, to);
    }
    case ACKNOWLEDGE: {
        Paidan__Notify__V1__AcknowledgeRequest m = PAIDAN__NOTIFY__V1__ACKNOWLEDGE_REQUEST__INIT;
        m.delivery_id = order->delivery_id;
        return paidan__notify__v1__acknowledge_request__pack(&m, to);
    }
    case SIGN:
    case START: { /* the two messages are alike */
        Paidan__Assign__V1__SignRequest m = PAIDAN__ASSIGN__V1__SIGN_REQUEST__INIT;
        m.id = order->order_id;
        m.dispatch_seq = order->dispatch_seq;
        return paidan__assign__v1__sign_request__pack(&m, to);
    }
    case FEED_BACK: {
        Paidan__Assign__V1__FeedBackRequest m = PAIDAN__ASSIGN__V1__FEED_BACK_REQUEST__INIT;
        m.id = order->order_id;
        m.dispatch_seq = order->dispatch_seq;
        m.result = PAIDAN__COMMON__V1__RESULT_CODE__RESULT_CODE_RESOLVED;
        m.text = (char *)(uintptr_t) "Handled on site.";
        m.contacted_requester = 1;
        return paidan__assign__v1__feed_back_request__pack(&m, to);
    }
    case REVIEW: {
        Paidan__Assign__V1__ReviewPassRequest m = PAIDAN__ASSIGN__V1__REVIEW_PASS_REQUEST__INIT;
        m.id = order->order_id;
        return paidan__assign__v1__review_pass_request__pack(&m, to);
    }
    case VISIT: {
        Paidan__Intake__V1__VisitRequest m = PAIDAN__INTAKE__V1__VISIT_REQUEST__INIT;
        m.id = order->id;
        m.satisfaction = PAIDAN__COMMON__V1__SATISFACTION__SATISFACTION_SATISFIED;
        return paidan__intake__v1__visit_request__pack(&m, to);
    }
    case COMMANDS:
        break;
    }
    return 0;
}

static void set_actor(Paidan__Common__V1__Actor *actor, enum command command, struct bus_order *order) {
    static char nobody[] = "00000000-0000-7000-8000-000000000001";
    paidan__common__v1__actor__init(actor);
    actor->account_id = nobody;
    if (command == ACKNOWLEDGE || command == SIGN || command == START || command == FEED_BACK) {
        actor->role = PAIDAN__COMMON__V1__ROLE__ROLE_WORKER;
        actor->worker_id = order->worker;
    } else {
        actor->role =
            command == REVIEW ? PAIDAN__COMMON__V1__ROLE__ROLE_DISPATCHER : PAIDAN__COMMON__V1__ROLE__ROLE_OPERATOR;
    }
}

static void on_answer(void *context, enum bus_outcome outcome, const void *bytes, size_t length);

/* Called without the lock. */
static void send_parcel(struct parcel *parcel) {
    struct bench_bus *b = parcel->b;
    size_t n = parcel->count;
    Paidan__Common__V1__Command *commands = calloc(n, sizeof *commands);
    Paidan__Common__V1__Command **list = calloc(n, sizeof *list);
    Paidan__Common__V1__Actor *actors = calloc(n, sizeof *actors);
    uint8_t *payloads = calloc(n, PAYLOAD_MAX), *keys = calloc(n, 32);
    if (commands == NULL || list == NULL || actors == NULL || payloads == NULL || keys == NULL) {
        abort();
    }
    for (size_t i = 0; i < n; i++) {
        struct bus_order *order = parcel->orders[i];
        list[i] = &commands[i];
        paidan__common__v1__command__init(&commands[i]);
        set_actor(&actors[i], parcel->command, order);
        commands[i].actor = &actors[i];
        memcpy(keys + i * 32, order->secret, 16);
        keys[i * 32 + 31] = (uint8_t)parcel->command;
        if (parcel->command != ACKNOWLEDGE) {
            commands[i].idempotency_key = (ProtobufCBinaryData){.len = 32, .data = keys + i * 32};
        }
        commands[i].payload.data = payloads + i * PAYLOAD_MAX;
        commands[i].payload.len = pack_payload(b, parcel->command, order, payloads + i * PAYLOAD_MAX);
    }
    Paidan__Common__V1__CommandBatch batch = PAIDAN__COMMON__V1__COMMAND_BATCH__INIT;
    batch.n_commands = n;
    batch.commands = list;
    size_t length = paidan__common__v1__command_batch__get_packed_size(&batch);
    uint8_t *bytes = malloc(length);
    if (bytes == NULL) {
        abort();
    }
    paidan__common__v1__command_batch__pack(&batch, bytes);
    bus_request_batch(b->bus, subjects[parcel->command], bytes, length, REQUEST_MS, on_answer, parcel);
    free(bytes);
    free(commands);
    free(list);
    free(actors);
    free(payloads);
    free(keys);
}

/* ---- what is answered; with the lock */

static void passed(struct bench_bus *b, enum command command, struct bus_order *order,
                   const Paidan__Common__V1__Reply *reply) {
    switch (command) {
    case REGISTER: {
        Paidan__Intake__V1__ServiceRequest *request =
            paidan__intake__v1__service_request__unpack(NULL, reply->payload.len, reply->payload.data);
        if (request == NULL) {
            b->failed++;
            return;
        }
        snprintf(order->id, sizeof order->id, "%s", request->id);
        snprintf(order->number, sizeof order->number, "%s", request->number);
        paidan__intake__v1__service_request__free_unpacked(request, NULL);
        *place_of(b, order->number) = order;
        put(b, ACCEPT, order, 0);
        return;
    }
    case ACCEPT:
        order->accepted = true;
        if (order->pushed) {
            put(b, SIGN, order, 0);
        }
        return;
    case ACKNOWLEDGE:
        b->acknowledged++;
        return;
    case SIGN:
    case START:
    case FEED_BACK:
        put(b, (enum command)(command + 1), order, 0);
        return;
    case REVIEW:
        put(b, VISIT, order, now_us() + b->visit_wait_us);
        return;
    case VISIT:
        b->closed++;
        return;
    case COMMANDS:
        return;
    }
}

static void refused(struct bench_bus *b, enum command command, struct bus_order *order,
                    const Paidan__Common__V1__Reply *reply) {
    if (reply->status == 409 && command == VISIT) {
        b->early++;
        put(b, VISIT, order, now_us() + b->visit_wait_us);
        b->visit_wait_us += b->visit_wait_us < 200000 ? b->visit_wait_us / 64 + 20 : 0;
    } else if (reply->status == 503 || reply->status == 500) {
        b->again++;
        put(b, command, order, now_us() + 20000);
    } else {
        b->failed++;
        snprintf(b->trouble, sizeof b->trouble, "%s: %d %s", subjects[command], reply->status,
                 reply->problem == NULL ? "" : reply->problem->detail);
    }
}

static void on_answer(void *context, enum bus_outcome outcome, const void *bytes, size_t length) {
    struct parcel *parcel = context;
    struct bench_bus *b = parcel->b;
    Paidan__Common__V1__ReplyBatch *replies =
        outcome == BUS_OK ? paidan__common__v1__reply_batch__unpack(NULL, length, bytes) : NULL;
    bool good = replies != NULL && replies->n_replies == parcel->count;
    pthread_mutex_lock(&b->lock);
    b->abreast[parcel->command]--;
    for (size_t i = 0; i < parcel->count; i++) {
        if (!good) {
            b->again++;
            put(b, parcel->command, parcel->orders[i], now_us() + 50000);
        } else if (replies->replies[i]->status < 300) {
            passed(b, parcel->command, parcel->orders[i], replies->replies[i]);
        } else {
            refused(b, parcel->command, parcel->orders[i], replies->replies[i]);
        }
    }
    if (good && parcel->command == VISIT && b->visit_wait_us > 500) {
        b->visit_wait_us -= b->visit_wait_us / 128;
    }
    pthread_cond_signal(&b->wake);
    pthread_mutex_unlock(&b->lock);
    if (replies != NULL) {
        paidan__common__v1__reply_batch__free_unpacked(replies, NULL);
    }
    free(parcel);
}

static void on_push(void *context, struct bus_message *message) {
    struct bench_bus *b = context;
    size_t length;
    const uint8_t *bytes = bus_message_bytes(message, &length);
    Paidan__Common__V1__PushBatch *batch = paidan__common__v1__push_batch__unpack(NULL, length, bytes);
    pthread_mutex_lock(&b->lock);
    for (size_t i = 0; batch != NULL && i < batch->n_pushes; i++) {
        const Paidan__Common__V1__Push *push = batch->pushes[i];
        struct bus_order *order = *place_of(b, push->request_number);
        if (order == NULL || order->pushed || strcmp(push->kind, "assignment") != 0) {
            continue;
        }
        order->pushed = true;
        order->dispatch_seq = push->dispatch_seq;
        snprintf(order->order_id, sizeof order->order_id, "%s", push->order_id);
        snprintf(order->delivery_id, sizeof order->delivery_id, "%s", push->delivery_id);
        snprintf(order->worker, sizeof order->worker, "%s", push->worker_id);
        put(b, ACKNOWLEDGE, order, 0);
        if (order->accepted) {
            put(b, SIGN, order, 0);
        }
    }
    pthread_mutex_unlock(&b->lock);
    if (batch != NULL) {
        paidan__common__v1__push_batch__free_unpacked(batch, NULL);
    }
    bus_message_free(message);
}

/* ---- how far audit is */

static void on_counts(void *context, enum bus_outcome outcome, const void *bytes, size_t length) {
    struct bench_bus *b = context;
    int64_t size = -2;
    Paidan__Common__V1__ReplyBatch *replies =
        outcome == BUS_OK ? paidan__common__v1__reply_batch__unpack(NULL, length, bytes) : NULL;
    if (replies != NULL && replies->n_replies == 1 && replies->replies[0]->status == 200) {
        const ProtobufCBinaryData *payload = &replies->replies[0]->payload;
        Paidan__Audit__V1__CountsResponse *counts =
            paidan__audit__v1__counts_response__unpack(NULL, payload->len, payload->data);
        if (counts != NULL) {
            size = counts->size;
            paidan__audit__v1__counts_response__free_unpacked(counts, NULL);
        }
    }
    if (replies != NULL) {
        paidan__common__v1__reply_batch__free_unpacked(replies, NULL);
    }
    pthread_mutex_lock(&b->lock);
    b->log_size = size;
    pthread_cond_signal(&b->wake);
    pthread_mutex_unlock(&b->lock);
}

static int64_t log_size(struct bench_bus *b) {
    uint8_t bytes[256];
    Paidan__Common__V1__Actor actor = PAIDAN__COMMON__V1__ACTOR__INIT;
    Paidan__Common__V1__Command command = PAIDAN__COMMON__V1__COMMAND__INIT;
    Paidan__Common__V1__Command *list[1] = {&command};
    Paidan__Common__V1__CommandBatch batch = PAIDAN__COMMON__V1__COMMAND_BATCH__INIT;
    actor.role = PAIDAN__COMMON__V1__ROLE__ROLE_ADMIN;
    command.actor = &actor;
    batch.n_commands = 1;
    batch.commands = list;
    size_t length = paidan__common__v1__command_batch__pack(&batch, bytes);
    b->log_size = -1;
    bus_request_batch(b->bus, "pd.qry.audit.counts", bytes, length, 5000, on_counts, b);
    pthread_mutex_lock(&b->lock);
    while (b->log_size == -1) {
        pthread_cond_wait(&b->wake, &b->lock);
    }
    int64_t size = b->log_size;
    pthread_mutex_unlock(&b->lock);
    return size;
}

/* ---- the run */

static void begin_orders(struct bench_bus *b) {
    bool more = (double)(now_us() - b->start_us) < b->options->seconds * 1e6;
    while (more && b->begun - b->closed - b->failed < b->options->open_max &&
           (b->options->count == 0 || b->begun < b->options->count)) {
        struct bus_order *order = calloc(1, sizeof *order); /* lives until the process ends: a late push may name it */
        if (order == NULL || b->begun >= TABLE_SIZE / 2) {
            break;
        }
        randombytes_buf(order->secret, sizeof order->secret);
        put(b, REGISTER, order, 0);
        b->begun++;
    }
}

/* What can go, goes; the furthest first. With the lock, which is given up while sending. */
static bool send_ready(struct bench_bus *b) {
    bool sent = false;
    for (int command = COMMANDS - 1; command >= 0; command--) {
        while (b->ready[command].count > 0 && b->abreast[command] < MESSAGES_ABREAST) {
            size_t max = (size_t)b->options->batch;
            struct parcel *parcel = calloc(1, sizeof *parcel + max * sizeof parcel->orders[0]);
            if (parcel == NULL) {
                abort();
            }
            parcel->b = b;
            parcel->command = (enum command)command;
            for (struct bus_order *order; parcel->count < max && (order = take(b, parcel->command)) != NULL;) {
                parcel->orders[parcel->count++] = order;
            }
            if (parcel->count == 0) {
                free(parcel);
                break;
            }
            b->abreast[command]++;
            b->messages++;
            sent = true;
            pthread_mutex_unlock(&b->lock);
            send_parcel(parcel);
            pthread_mutex_lock(&b->lock);
        }
    }
    return sent;
}

static void play(struct bench_bus *b) {
    int64_t give_up_us = b->start_us + (int64_t)(b->options->seconds * 1e6) + INT64_C(60000000);
    pthread_mutex_lock(&b->lock);
    begin_orders(b);
    while (b->closed + b->failed < b->begun && now_us() < give_up_us) {
        if (!send_ready(b)) {
            struct timespec until;
            clock_gettime(CLOCK_REALTIME, &until);
            until.tv_nsec += 1000000; /* visits become due by the clock */
            until.tv_sec += until.tv_nsec / 1000000000;
            until.tv_nsec %= 1000000000;
            pthread_cond_timedwait(&b->wake, &b->lock, &until);
        }
        begin_orders(b);
    }
    while (b->ready[ACKNOWLEDGE].count > 0 || b->abreast[ACKNOWLEDGE] > 0) {
        if (!send_ready(b)) {
            pthread_mutex_unlock(&b->lock);
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
            pthread_mutex_lock(&b->lock);
        }
    }
    pthread_mutex_unlock(&b->lock);
}

int bench_bus(const struct bench_options *options) {
    static struct bench_bus b = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER, .visit_wait_us = 3000};
    struct pd_err err = {0};
    b.options = options;
    b.table = calloc(TABLE_SIZE, sizeof(struct bus_order *));
    for (int i = 0; i < COMMANDS; i++) {
        b.ready[i].last = &b.ready[i].first;
    }
    if (b.table == NULL || sscanf(options->box, "%lf,%lf,%lf,%lf", &b.south, &b.west, &b.north, &b.east) != 4 ||
        bus_open(options->nats, options->seed, "gateway", &b.bus, &err) != PD_OK ||
        bus_subscribe(b.bus, "pd.push.gateway", NULL, on_push, &b, &err) != PD_OK) {
        fprintf(stderr, "paidan-bench: %s\n", err.text);
        return 1;
    }
    for (int i = 0; i < 100 && !bus_connected(b.bus); i++) {
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
    int64_t before = log_size(&b), cpu_us = bench_cpu_us();
    b.start_us = now_us();
    play(&b);
    int64_t wanted = before + b.closed * EVENTS_OF_A_LIFE, until_us = now_us() + INT64_C(1000) * AUDIT_PATIENCE_MS;
    int64_t size = log_size(&b);
    while (size < wanted && now_us() < until_us) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        size = log_size(&b);
    }
    double seconds = (double)(now_us() - b.start_us) / 1e6;
    printf("{\"begun\":%ld,\"orders\":%ld,\"failed\":%ld,\"seconds\":%.3f,\"rate\":%.1f,\"audited\":%s,\"messages\":%"
           "ld,\"early\":%ld,"
           "\"retries\":%ld,\"client_cpu_us\":%lld,\"trouble\":\"%s\"}\n",
           b.begun, b.closed, b.failed, seconds, (double)b.closed / seconds, size >= wanted ? "true" : "false",
           b.messages, b.early, b.again, (long long)(bench_cpu_us() - cpu_us), b.trouble);
    bus_close(b.bus);
    return before >= 0 && size >= wanted && b.closed == b.begun ? 0 : 1;
}

/* Where the stream of events is. */
int bench_stream(const struct bench_options *options) {
    struct bus *bus;
    struct pd_err err = {0};
    struct bus_stream_state state = {0};
    enum pd_fate fate = bus_open(options->nats, options->seed, "intake", &bus, &err);
    for (int i = 0; fate == PD_OK && i < 100 && !bus_connected(bus); i++) {
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    fate = fate != PD_OK ? fate : bus_stream_look(bus, "PD_EVENTS", &state, &err);
    if (fate != PD_OK) {
        fprintf(stderr, "paidan-bench: %s\n", err.text);
        return 1;
    }
    printf("{\"last_seq\":%llu,\"messages\":%llu,\"bytes\":%llu}\n", (unsigned long long)state.last_seq,
           (unsigned long long)state.messages, (unsigned long long)state.bytes);
    bus_close(bus);
    return 0;
}
