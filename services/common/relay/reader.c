#include "common/relay/reader.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/io/log.h"
#include "common/io/metrics.h"
#include "common/wire/alloc.h"

enum { IDLE_MS = 250, LOOK_US = 5 * 1000 * 1000, QUERY_MEMORY_MAX = 64 * 1024 * 1024 };

struct query {
    struct reader *reader;
    struct wo_actor actor;
    const ProtobufCMessage *request;
    int64_t now_us;
    Paidan__Common__V1__Reply *reply;
};

const struct wo_actor *query_actor(const struct query *query) {
    return &query->actor;
}

const ProtobufCMessage *query_request(const struct query *query) {
    return query->request;
}

struct pg *query_pg(struct query *query) {
    return query->reader->pg;
}

struct pd_arena *query_arena(struct query *query) {
    return &query->reader->arena;
}

void *query_context(struct query *query) {
    return query->reader->context;
}

int64_t query_now_us(const struct query *query) {
    return query->now_us;
}

void query_reply(struct query *query, const ProtobufCMessage *message) {
    size_t length = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = pd_alloc(&query->reader->arena, length);
    if (bytes == NULL) {
        query_refuse(query, 503, "busy", "The answer is too large; ask for less.");
        return;
    }
    protobuf_c_message_pack(message, bytes);
    query->reply->status = 200;
    query->reply->payload = (ProtobufCBinaryData){length, bytes};
}

void query_refuse(struct query *query, int status, const char *code, const char *detail) {
    struct pd_arena *arena = &query->reader->arena;
    Paidan__Common__V1__Problem *problem = pd_alloc(arena, sizeof *problem);
    query->reply->status = status;
    if (problem == NULL) {
        return;
    }
    paidan__common__v1__problem__init(problem);
    char *type = pd_format(arena, "urn:paidan:problem:%s", code);
    char *text = pd_strdup(arena, detail);
    if (type != NULL && text != NULL) {
        problem->type = type;
        problem->detail = text;
    }
    problem->status = status;
    problem->retry_after_s = status == 503 ? 1 : 0;
    query->reply->problem = problem;
}

void query_fail(struct query *query, enum pd_fate fate, const struct pd_err *err) {
    log_event(QUERY_FAILED, &(struct log_ids){.err = err}, pd_fate_text(fate));
    if (fate == PD_RETRY || fate == PD_UNKNOWN) {
        query_refuse(query, 503, "busy", "The database is not available; try again.");
    } else if (fate == PD_REFUSED && strncmp(err->code, "22", 2) == 0) {
        query_refuse(query, 400, "malformed", "The query holds a value that cannot be: not UTF-8, or out of range.");
    } else {
        query_refuse(query, 500, "internal", "A fault of the service; it is logged.");
    }
}

/* ---- */

static const struct query_def *find_in(const struct query_def *def, const char *name) {
    for (; def != NULL && def->name != NULL; def++) {
        if (strcmp(def->name, name) == 0) {
            return def;
        }
    }
    return NULL;
}

static const struct query_def *find_query(const struct reader *reader, const char *subject) {
    const char *name = strrchr(subject, '.');
    if (name == NULL) {
        return NULL;
    }
    const struct query_def *def = find_in(reader->ops->queries, name + 1);
    return def != NULL ? def : find_in(dead_letter_queries, name + 1);
}

static int64_t now_us(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void answer_one(struct reader *reader, const struct query_def *def, const Paidan__Common__V1__Command *command,
                       Paidan__Common__V1__Reply *reply) {
    int64_t began = now_us(CLOCK_MONOTONIC);
    ProtobufCAllocator allocator = wire_alloc(&reader->arena);
    struct query query = {.reader = reader, .reply = reply, .now_us = now_us(CLOCK_REALTIME)};
    query.actor.account_id = query.actor.worker_id = "";
    if (command->actor != NULL) {
        query.actor.role = command->actor->role > 0 && command->actor->role < 31 ? 1u << command->actor->role : 0;
        query.actor.account_id = command->actor->account_id;
        query.actor.worker_id = command->actor->worker_id;
    }
    static const uint8_t nothing[1] = {0};
    query.request = protobuf_c_message_unpack(def->request, &allocator, command->payload.len,
                                              command->payload.data == NULL ? nothing : command->payload.data);
    if (query.request == NULL) {
        query_refuse(&query, 400, "malformed", "The query's payload is not the message of its subject.");
    } else {
        def->answer(&query);
        pg_release(reader->pg);
    }
    if (reply->status == 0) {
        query_refuse(&query, 500, "internal", "The query gave no answer.");
    }
    metric_add(METRIC_QUERIES, 1);
    metric_observe(METRIC_QUERY_TIME, now_us(CLOCK_MONOTONIC) - began);
}

static void send(struct reader *reader, const struct bus_message *message, Paidan__Common__V1__ReplyBatch *replies) {
    size_t length = paidan__common__v1__reply_batch__get_packed_size(replies);
    uint8_t *bytes = pd_alloc(&reader->arena, length);
    if (bytes != NULL) {
        paidan__common__v1__reply_batch__pack(replies, bytes);
        bus_answer_message(reader->bus, message, bytes, length);
    }
}

static void answer_message(struct reader *reader, struct bus_message *message) {
    size_t length;
    const uint8_t *bytes = bus_message_bytes(message, &length);
    ProtobufCAllocator allocator = wire_alloc(&reader->arena);
    Paidan__Common__V1__CommandBatch *commands = paidan__common__v1__command_batch__unpack(&allocator, length, bytes);
    const struct query_def *def = find_query(reader, bus_message_subject(message));
    size_t count = commands == NULL ? 1 : commands->n_commands;
    Paidan__Common__V1__ReplyBatch replies = PAIDAN__COMMON__V1__REPLY_BATCH__INIT;
    replies.replies = pd_alloc_array(&reader->arena, count + 1, sizeof replies.replies[0]);
    Paidan__Common__V1__Reply *list = pd_alloc_array(&reader->arena, count + 1, sizeof list[0]);
    for (size_t i = 0; replies.replies != NULL && list != NULL && i < count; i++) {
        paidan__common__v1__reply__init(&list[i]);
        replies.replies[replies.n_replies++] = &list[i];
        if (commands == NULL || def == NULL) {
            struct query nobody = {.reader = reader, .reply = &list[i]};
            query_refuse(&nobody, commands == NULL ? 400 : 404, commands == NULL ? "malformed" : "not-found",
                         commands == NULL ? "Not a CommandBatch." : "No such query.");
        } else {
            answer_one(reader, def, commands->commands[i], &list[i]);
        }
    }
    send(reader, message, &replies);
}

/* The fence: on each new connection, and every few seconds. */
static void look_at_stream(struct reader *reader) {
    int64_t now = now_us(CLOCK_MONOTONIC);
    uint64_t connections = bus_connections(reader->bus);
    if ((now < reader->next_look_us && connections == reader->seen_connections) || !bus_connected(reader->bus) ||
        !atomic_load(&reader->writer->ready)) {
        return;
    }
    reader->next_look_us = now + LOOK_US;
    reader->seen_connections = connections;
    if (fence_look(&reader->fence, reader->pg, &reader->arena) != FENCE_FINE) {
        outbox_rewind_all_any(&reader->writer->outbox);
        queue_wake_any(&reader->writer->queue);
    }
}

static void *read_loop(void *arg) {
    struct reader *reader = arg;
    while (!atomic_load(&reader->stopping) || queue_count(&reader->queue) > 0) {
        struct work work;
        if (queue_take(&reader->queue, IDLE_MS, &work)) {
            answer_message(reader, work.message);
            bus_message_free(work.message);
        }
        look_at_stream(reader);
        pd_arena_reset(&reader->arena);
    }
    return NULL;
}

static void query_arrived(void *context, struct bus_message *message) {
    struct reader *reader = context;
    struct work work = {.kind = WORK_QUERIES, .message = message};
    if (atomic_load(&reader->stopping) || !queue_put(&reader->queue, &work)) {
        writer_refuse_message(reader->bus, message);
    }
}

enum pd_fate reader_start(struct reader *reader, const struct service_ops *ops, const struct conf *conf,
                          struct bus *bus, void *shared, struct writer *writer, struct pd_err *reterr) {
    *reader = (struct reader){.ops = ops, .conf = conf, .bus = bus, .writer = writer};
    char name[64];
    snprintf(name, sizeof name, "%s reader", ops->name);
    reader->pg = pg_new(conf->pg_conninfo, name);
    if (reader->pg == NULL || !queue_init(&reader->queue, (size_t)conf->queue_max)) {
        return pd_fail(reterr, PD_RETRY, "ENOMEM", "start the reader: out of memory");
    }
    pd_arena_init(&reader->arena, 128 * 1024, QUERY_MEMORY_MAX);
    reader->fence = (struct fence){.bus = bus, .service = ops->name, .hears = ops->hears, .mark = &writer->mark};
    enum pd_fate fate = ops->open == NULL ? PD_OK : ops->open(conf, shared, true, &reader->context, reterr);
    char subject[64];
    snprintf(subject, sizeof subject, "pd.qry.%s.*", ops->name);
    fate = fate != PD_OK ? fate : bus_subscribe(bus, subject, ops->name, query_arrived, reader, reterr);
    if (fate == PD_OK && pthread_create(&reader->thread, NULL, read_loop, reader) != 0) {
        fate = pd_fail(reterr, PD_RETRY, "THREAD", "start the reader's thread");
    }
    reader->started = fate == PD_OK;
    return fate;
}

void reader_stop(struct reader *reader) {
    if (reader->pg == NULL) {
        return;
    }
    atomic_store(&reader->stopping, true);
    queue_wake_any(&reader->queue);
    if (reader->started) {
        pthread_join(reader->thread, NULL);
    }
    if (reader->ops->close != NULL && reader->context != NULL) {
        reader->ops->close(reader->context);
    }
    pd_arena_fini(&reader->arena);
    pg_free(reader->pg);
    queue_fini(&reader->queue);
}
