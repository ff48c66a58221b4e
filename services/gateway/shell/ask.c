#include "gateway/shell/ask.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "common/base/arena.h"
#include "common/base/borrow.h"
#include "common/daemon/daemon.h"
#include "common/io/bus.h"
#include "common/io/metrics.h"
#include "common/wire/alloc.h"
#include "common/wire/problem.h"
#include "gateway/shell/ask_batch.h"

enum {
    LINES_MAX = 128,
    ON_WAY_MAX = 1,   /* messages of one line without an answer: while it is out, the next one fills */
    PATIENCE_MS = 50, /* but not longer, so that a lost reply holds up nobody */
    ARENA_FIRST = 64 * 1024,
    ARENA_MAX = 64 * 1024 * 1024
};

struct ask_line {
    char subject[64];
    size_t calls_max;
    bool changes;
    int on_way;
    struct ask_batch *open;
};

struct ask {
    struct bus *bus;
    struct daemon *daemon;
    int timeout_ms;
    size_t in_flight, in_flight_max;
    uv_idle_t awake; /* runs while something waits to be sent, so that the loop does not sleep on it */
    uv_check_t check;
    uv_timer_t patience; /* runs while a line is held back */
    struct ask_line lines[LINES_MAX];
    size_t line_count;
    struct ask_line *dirty[LINES_MAX];
    size_t dirty_count;
    struct ask_pool pool;
    struct pd_arena arena;
    uint8_t *payload; /* scratch of one command */
    size_t payload_size;
};

/* ---- replies */

static void answer_503(const struct ask_call *call, enum wire_problem problem, const char *detail) {
    Paidan__Common__V1__Problem words;
    wire_problem_init(&words, problem, detail);
    words.retry_after_s = 1;
    call->answer(call, &(struct ask_reply){.status = words.status, .problem = &words});
}

static void answer_without_reply(struct ask_batch *batch) {
    bool nothing_happened = batch->outcome == BUS_NO_RESPONDERS || !batch->line->changes ||
                            (batch->outcome == BUS_CLOSED && batch->ask->bus != NULL);
    bool timeout = batch->outcome == BUS_TIMEOUT;
    metric_add(timeout ? METRIC_ASK_TIMEOUT : METRIC_ASK_NOBODY, (int64_t)batch->count);
    for (size_t i = 0; i < batch->count; i++) {
        if (nothing_happened) {
            answer_503(&batch->calls[i], WIRE_PROBLEM_BUSY,
                       "The service behind this call does not answer now. Nothing was changed; try again.");
        } else {
            answer_503(&batch->calls[i], WIRE_PROBLEM_UNKNOWN_OUTCOME,
                       "The answer did not come in time, but the command may have been carried out. Send it again with "
                       "the same "
                       "Idempotency-Key: if it was, you get the answer.");
        }
    }
}

static void answer_one(const struct ask_call *call, const Paidan__Common__V1__Reply *reply) {
    struct ask_reply words = {.status = reply->status, .payload = reply->payload.data, .length = reply->payload.len};
    if (reply->status >= 200 && reply->status < 300) {
        call->answer(call, &words);
        return;
    }
    if (reply->problem == NULL || reply->status < 400 || reply->status > 599) {
        answer_503(call, WIRE_PROBLEM_UNKNOWN_OUTCOME, "The service gave an answer that cannot be read.");
        return;
    }
    words.problem = reply->problem;
    call->answer(call, &words);
}

static void flush(struct ask *ask, struct ask_line *line);

static void arrived(void *arg) {
    struct ask_batch *batch = arg;
    struct ask *ask = batch->ask;
    ask->in_flight -= batch->count;
    metric_set(METRIC_ASK_IN_FLIGHT, (int64_t)ask->in_flight);
    metric_observe(METRIC_ASK_TIME, (int64_t)((uv_hrtime() - batch->sent_ns) / 1000));
    batch->line->on_way--;
    if (ask->bus != NULL && batch->line->on_way < ON_WAY_MAX) {
        flush(ask, batch->line);
    }
    Paidan__Common__V1__ReplyBatch *replies = NULL;
    if (batch->outcome == BUS_OK) {
        ProtobufCAllocator alloc = wire_alloc(&ask->arena);
        replies = paidan__common__v1__reply_batch__unpack(&alloc, batch->reply_length, batch->reply);
    }
    if (replies != NULL && replies->n_replies == batch->count) {
        for (size_t i = 0; i < batch->count; i++) {
            answer_one(&batch->calls[i], replies->replies[i]);
        }
    } else {
        answer_without_reply(batch);
    }
    pd_arena_reset(&ask->arena);
    ask_batch_put_back(&ask->pool, batch);
}

/* The process ends: nobody waits any more. */
static void discarded(void *arg) {
    ask_batch_free(arg);
}

static void on_bus_any(void *context, enum bus_outcome outcome, const void *bytes, size_t length) {
    struct ask_batch *batch = context;
    batch->outcome = outcome;
    if (outcome == BUS_OK) {
        batch->reply = malloc(length + 1);
        if (batch->reply == NULL) {
            batch->outcome = BUS_TIMEOUT;
        } else {
            memcpy(batch->reply, bytes, length);
            batch->reply_length = length;
        }
    }
    if (!daemon_post_any(batch->ask->daemon, arrived, discarded, batch)) {
        ask_batch_free(batch);
    }
}

/* ---- sending */

static void flush(struct ask *ask, struct ask_line *line) {
    struct ask_batch *batch = line->open;
    line->open = NULL;
    if (batch != NULL) {
        batch->sent_ns = uv_hrtime();
        metric_observe(METRIC_ASK_SIZE, (int64_t)batch->count);
        line->on_way++;
        bus_request_batch(ask->bus, line->subject, batch->bytes, batch->length, ask->timeout_ms, on_bus_any, batch);
    }
}

static void on_patience(uv_timer_t *timer) {
    struct ask *ask = timer->data;
    for (size_t i = 0; i < ask->line_count; i++) {
        flush(ask, &ask->lines[i]);
    }
}

static void flush_all(struct ask *ask) {
    for (size_t i = 0; i < ask->dirty_count; i++) {
        if (ask->dirty[i]->on_way < ON_WAY_MAX) {
            flush(ask, ask->dirty[i]);
        } else if (!uv_is_active((const uv_handle_t *)&ask->patience)) {
            uv_timer_start(&ask->patience, on_patience, PATIENCE_MS, 0);
        }
    }
    ask->dirty_count = 0;
}

/* What keeps the loop awake is only that the handle is active. */
static void on_awake(uv_idle_t *handle) {
    (void)handle;
}

static void on_check(uv_check_t *handle) {
    struct ask *ask = handle->data;
    if (ask->dirty_count > 0) {
        flush_all(ask);
        uv_idle_stop(&ask->awake);
    }
}

static int64_t wall_clock_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The command with its payload in the scratch buffer; false when there is no memory. */
static bool envelop(struct ask *ask, const struct ask_command *from, Paidan__Common__V1__Command *command) {
    size_t length = protobuf_c_message_get_packed_size(from->message);
    if (!ask_reserve(&ask->payload, &ask->payload_size, length + 1)) {
        return false;
    }
    protobuf_c_message_pack(from->message, ask->payload);
    command->payload = (ProtobufCBinaryData){.len = length, .data = ask->payload};
    if (from->key != NULL) {
        command->idempotency_key = (ProtobufCBinaryData){.len = 32, .data = pd_borrow(from->key)};
    }
    command->traceparent = pd_borrow(from->traceparent);
    command->deadline_us = wall_clock_us() + (int64_t)ask->timeout_ms * 1000;
    return true;
}

static bool open_batch(struct ask *ask, struct ask_line *line) {
    if (line->open == NULL) {
        line->open = ask_batch_get(&ask->pool);
        if (line->open == NULL) {
            return false;
        }
        line->open->ask = ask;
        line->open->line = line;
        for (size_t i = 0; i < ask->dirty_count; i++) {
            if (ask->dirty[i] == line) {
                return true;
            }
        }
        ask->dirty[ask->dirty_count++] = line;
        uv_idle_start(&ask->awake, on_awake);
    }
    return true;
}

enum ask_result ask_send(struct ask *ask, struct ask_line *line, const struct ask_command *command,
                         const struct ask_call *call) {
    if (ask->in_flight >= ask->in_flight_max || ask->bus == NULL) {
        return ASK_BUSY;
    }
    Paidan__Common__V1__Actor actor = PAIDAN__COMMON__V1__ACTOR__INIT;
    actor.role = (Paidan__Common__V1__Role)command->who->role;
    actor.account_id = pd_borrow(command->who->account_text);
    actor.worker_id = pd_borrow(command->who->worker_id);
    Paidan__Common__V1__Command words = PAIDAN__COMMON__V1__COMMAND__INIT;
    words.actor = &actor;
    if (!envelop(ask, command, &words)) {
        return ASK_BUSY;
    }
    size_t length = paidan__common__v1__command__get_packed_size(&words);
    if (length > ASK_COMMAND_MAX) {
        return ASK_TOO_LARGE;
    }
    if (line->open != NULL && line->open->length + length + ASK_ENVELOPE_MAX > ASK_BYTES_MAX) {
        flush(ask, line);
    }
    if (!open_batch(ask, line) || !ask_batch_add(line->open, &words, length, call)) {
        return ASK_BUSY;
    }
    ask->in_flight++;
    metric_set(METRIC_ASK_IN_FLIGHT, (int64_t)ask->in_flight);
    if (line->open->count == line->calls_max) {
        flush(ask, line);
    }
    return ASK_SENT;
}

/* ---- life */

struct ask_line *ask_line(struct ask *ask, const char *subject, size_t calls_max, bool changes) {
    assert(calls_max >= 1 && calls_max <= ASK_CALLS_MAX);
    for (size_t i = 0; i < ask->line_count; i++) {
        if (strcmp(ask->lines[i].subject, subject) == 0) {
            return &ask->lines[i];
        }
    }
    if (ask->line_count == LINES_MAX || strlen(subject) >= sizeof ask->lines[0].subject) {
        return NULL;
    }
    struct ask_line *line = &ask->lines[ask->line_count++];
    memcpy(line->subject, subject, strlen(subject) + 1);
    line->calls_max = calls_max;
    line->changes = changes;
    return line;
}

enum pd_fate ask_open(struct daemon *daemon, struct bus *bus, int timeout_ms, size_t in_flight_max,
                      struct ask **ret_ask, struct pd_err *err) {
    struct ask *ask = calloc(1, sizeof *ask);
    if (ask == NULL) {
        return pd_fail(err, PD_RETRY, "memory", "no memory for the commands");
    }
    ask->bus = bus;
    ask->daemon = daemon;
    ask->timeout_ms = timeout_ms;
    ask->in_flight_max = in_flight_max;
    pd_arena_init(&ask->arena, ARENA_FIRST, ARENA_MAX);
    uv_idle_init(daemon_loop(daemon), &ask->awake);
    uv_check_init(daemon_loop(daemon), &ask->check);
    ask->check.data = ask;
    uv_timer_init(daemon_loop(daemon), &ask->patience);
    ask->patience.data = ask;
    uv_check_start(&ask->check, on_check);
    *ret_ask = ask;
    return PD_OK;
}

size_t ask_in_flight(const struct ask *ask) {
    return ask->in_flight;
}

void ask_close(struct ask *ask) {
    ask->bus = NULL;
    uv_close((uv_handle_t *)&ask->awake, NULL);
    uv_close((uv_handle_t *)&ask->check, NULL);
    uv_close((uv_handle_t *)&ask->patience, NULL);
}

void ask_free(struct ask *ask) {
    if (ask == NULL) {
        return;
    }
    for (size_t i = 0; i < ask->line_count; i++) {
        ask_batch_free(ask->lines[i].open);
    }
    ask_pool_fini(&ask->pool);
    pd_arena_fini(&ask->arena);
    free(ask->payload);
    free(ask);
}
