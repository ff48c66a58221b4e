#include "common/io/bus.h"
#include "common/base/borrow.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/io/bus_internal.h"
#include "common/io/nkey.h"

/* A half-open connection is noticed within PING_MS * PINGS_OUT. */
enum { PING_MS = 3000, PINGS_OUT = 2, RECONNECT_WAIT_MS = 250, LOOK_TIMEOUT_MS = 2000 };
/* What may be buffered while the server is away; beyond it publishing fails, which the relay expects. */
enum { RECONNECT_BUFFER = 1024 * 1024 };

struct closure {
    bus_handler *handler;
    void *context;
};

int64_t bus__now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static enum pd_fate nats_failed(natsStatus status, const char *doing, struct pd_err *reterr) {
    char code[16];
    snprintf(code, sizeof code, "nats%d", (int)status);
    return pd_fail(reterr, PD_RETRY, code, "%s: %s", doing, natsStatus_GetText(status));
}

int bus__status(natsMsg *message) {
    const char *text = NULL;
    if (natsMsg_GetDataLength(message) > 0 || natsMsgHeader_Get(message, "Status", &text) != NATS_OK || text == NULL) {
        return 0;
    }
    return (int)strtol(text, NULL, 10);
}

static void connected(natsConnection *connection, void *closure) {
    (void)connection;
    struct bus *bus = closure;
    atomic_fetch_add(&bus->connections, 1);
}

static void closed(natsConnection *connection, void *closure) {
    (void)connection;
    struct bus *bus = closure;
    atomic_store(&bus->lost, !atomic_load(&bus->closing));
}

static void ignore_error(natsConnection *connection, natsSubscription *subscription, natsStatus status, void *closure) {
    /* Slow consumers and permission violations; without a handler nats.c prints them to stderr. */
    (void)connection;
    (void)subscription;
    (void)status;
    (void)closure;
}

static natsStatus set_options(struct bus *bus, natsOptions *options, bool at_once, const char *url) {
    natsStatus s = natsOptions_SetURL(options, url);
    s = s != NATS_OK ? s : natsOptions_SetName(options, bus->name);
    s = s != NATS_OK ? s : natsOptions_SetMaxReconnect(options, -1);
    s = s != NATS_OK ? s : natsOptions_SetReconnectWait(options, RECONNECT_WAIT_MS);
    s = s != NATS_OK ? s : natsOptions_SetReconnectJitter(options, 100, 100);
    s = s != NATS_OK ? s : natsOptions_SetReconnectBufSize(options, RECONNECT_BUFFER);
    s = s != NATS_OK ? s : natsOptions_SetPingInterval(options, PING_MS);
    s = s != NATS_OK ? s : natsOptions_SetMaxPingsOut(options, PINGS_OUT);
    s = s != NATS_OK ? s : natsOptions_SetSendAsap(options, at_once);
    s = s != NATS_OK ? s : natsOptions_UseGlobalMessageDelivery(options, true);
    s = s != NATS_OK ? s : natsOptions_SetRetryOnFailedConnect(options, true, connected, bus);
    s = s != NATS_OK ? s : natsOptions_SetReconnectedCB(options, connected, bus);
    s = s != NATS_OK ? s : natsOptions_SetClosedCB(options, closed, bus);
    s = s != NATS_OK ? s : natsOptions_SetErrorHandler(options, ignore_error, bus);
    char prefix[48];
    snprintf(prefix, sizeof prefix, "_INBOX_%s", bus->name);
    s = s != NATS_OK ? s : natsOptions_SetCustomInboxPrefix(options, prefix);
    if (bus->nkey != NULL) {
        s = s != NATS_OK ? s : nkey_use(bus->nkey, options);
    }
    return s;
}

enum pd_fate bus_open(const char *url, const char *seed_file, const char *name, struct bus **ret_bus,
                      struct pd_err *reterr) {
    struct nkey *nkey = NULL;
    if (seed_file != NULL && seed_file[0] != '\0') {
        enum pd_fate fate = nkey_open(seed_file, &nkey, reterr);
        if (fate != PD_OK) {
            return fate;
        }
    }
    struct bus *bus = calloc(1, sizeof *bus);
    if (bus == NULL || pthread_mutex_init(&bus->lock, NULL) != 0) {
        free(bus);
        nkey_close(nkey);
        return pd_fail(reterr, PD_RETRY, "ENOMEM", "open the bus: out of memory");
    }
    bus->nkey = nkey;
    snprintf(bus->name, sizeof bus->name, "%s", name);
    uint8_t random[8];
    randombytes_buf(random, sizeof random);
    char hex[17];
    sodium_bin2hex(hex, sizeof hex, random, sizeof random);
    snprintf(bus->inbox, sizeof bus->inbox, "_INBOX_%s.%s", bus->name, hex);

    natsStatus s = natsOptions_Create(&bus->options);
    s = s != NATS_OK ? s : natsOptions_Create(&bus->bulk_options);
    s = s != NATS_OK ? s : set_options(bus, bus->options, true, url);
    s = s != NATS_OK ? s : set_options(bus, bus->bulk_options, false, url);
    s = s != NATS_OK ? s : natsConnection_Connect(&bus->connection, bus->options);
    if (s == NATS_OK) {
        atomic_fetch_add(&bus->connections, 1);
    }
    s = s == NATS_NOT_YET_CONNECTED ? NATS_OK : s;
    s = s != NATS_OK ? s : natsConnection_Connect(&bus->bulk, bus->bulk_options);
    s = s == NATS_NOT_YET_CONNECTED ? NATS_OK : s;
    jsOptions js_options;
    jsOptions_Init(&js_options);
    js_options.Wait = LOOK_TIMEOUT_MS;
    s = s != NATS_OK ? s : natsConnection_JetStream(&bus->js, bus->connection, &js_options);
    enum pd_fate fate = s == NATS_OK ? bus__requests_open(bus, reterr) : nats_failed(s, "connect to NATS", reterr);
    if (fate != PD_OK) {
        bus_close(bus);
        return fate;
    }
    *ret_bus = bus;
    return PD_OK;
}

void bus_close(struct bus *bus) {
    if (bus == NULL) {
        return;
    }
    atomic_store(&bus->closing, true);
    natsConnection *const both[] = {bus->bulk, bus->connection};
    for (size_t i = 0; i < 2; i++) {
        if (both[i] != NULL) {
            natsConnection_FlushTimeout(both[i], 500);
            natsConnection_Close(both[i]);
        }
    }
    bus__requests_close(bus);
    for (int i = 0; i < bus->subscription_count; i++) {
        natsSubscription_Destroy(bus->subscriptions[i]);
    }
    jsCtx_Destroy(bus->js);
    natsConnection_Destroy(bus->connection);
    natsConnection_Destroy(bus->bulk);
    natsOptions_Destroy(bus->options);
    natsOptions_Destroy(bus->bulk_options);
    /* Waits for the library's threads: after it no callback runs, and the closures can go. */
    nats_CloseAndWait(2000);
    for (int i = 0; i < bus->subscription_count; i++) {
        free(bus->closures[i]);
    }
    nkey_close(bus->nkey);
    pthread_mutex_destroy(&bus->lock);
    free(bus);
}

bool bus_connected(const struct bus *bus) {
    return natsConnection_Status(bus->connection) == NATS_CONN_STATUS_CONNECTED &&
           natsConnection_Status(bus->bulk) == NATS_CONN_STATUS_CONNECTED;
}

bool bus_lost(const struct bus *bus) {
    return atomic_load(&bus->lost);
}

uint64_t bus_connections(const struct bus *bus) {
    return atomic_load(&bus->connections);
}

static enum pd_fate say_on(natsConnection *connection, const char *subject, const void *bytes, size_t length) {
    if (length > INT32_MAX || natsConnection_Publish(connection, subject, bytes, (int)length) != NATS_OK) {
        return PD_RETRY;
    }
    return PD_OK;
}

enum pd_fate bus_say(struct bus *bus, const char *subject, const void *bytes, size_t length) {
    return say_on(bus->connection, subject, bytes, length);
}

enum pd_fate bus_say_soon(struct bus *bus, const char *subject, const void *bytes, size_t length) {
    return say_on(bus->bulk, subject, bytes, length);
}

enum pd_fate bus__subscribe(struct bus *bus, const char *subject, const char *queue, natsMsgHandler handler,
                            void *closure, struct pd_err *reterr) {
    natsSubscription *subscription = NULL;
    pthread_mutex_lock(&bus->lock);
    bool full = bus->subscription_count == BUS_SUBSCRIPTIONS_MAX;
    pthread_mutex_unlock(&bus->lock);
    if (full) {
        return pd_fail(reterr, PD_BROKEN, "BUS-SUBS", "more than %d subscriptions", BUS_SUBSCRIPTIONS_MAX);
    }
    natsStatus s =
        queue == NULL ? natsConnection_Subscribe(&subscription, bus->connection, subject, handler, closure)
                      : natsConnection_QueueSubscribe(&subscription, bus->connection, subject, queue, handler, closure);
    if (s != NATS_OK) {
        return nats_failed(s, subject, reterr);
    }
    /* Our own queues bound what is kept; the library's limit would drop messages behind our back. */
    natsSubscription_SetPendingLimits(subscription, -1, -1);
    pthread_mutex_lock(&bus->lock);
    bus->closures[bus->subscription_count] = NULL;
    bus->subscriptions[bus->subscription_count++] = subscription;
    pthread_mutex_unlock(&bus->lock);
    return PD_OK;
}

static void deliver(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *closure) {
    (void)connection;
    (void)subscription;
    struct closure *c = closure;
    c->handler(c->context, (struct bus_message *)(void *)message);
}

enum pd_fate bus_subscribe(struct bus *bus, const char *subject, const char *queue, bus_handler *handler, void *context,
                           struct pd_err *reterr) {
    struct closure *closure = malloc(sizeof *closure);
    if (closure == NULL) {
        return pd_fail(reterr, PD_RETRY, "ENOMEM", "subscribe to %s: out of memory", subject);
    }
    *closure = (struct closure){handler, context};
    enum pd_fate fate = bus__subscribe(bus, subject, queue, deliver, closure, reterr);
    if (fate != PD_OK) {
        free(closure);
        return fate;
    }
    pthread_mutex_lock(&bus->lock);
    bus->closures[bus->subscription_count - 1] = closure;
    pthread_mutex_unlock(&bus->lock);
    return PD_OK;
}

static natsMsg *nats_message(const struct bus_message *message) {
    return pd_borrow(message);
}

const char *bus_message_subject(const struct bus_message *message) {
    return natsMsg_GetSubject(nats_message(message));
}

const char *bus_message_reply(const struct bus_message *message) {
    return natsMsg_GetReply(nats_message(message));
}

void bus_answer_message(struct bus *bus, const struct bus_message *message, const void *bytes, size_t length) {
    static const char inbox[] = "_INBOX_";
    const char *reply = bus_message_reply(message);
    if (reply != NULL && strncmp(reply, inbox, sizeof inbox - 1) == 0) {
        (void)bus_say(bus, reply, bytes, length);
    }
}

const uint8_t *bus_message_bytes(const struct bus_message *message, size_t *ret_length) {
    *ret_length = (size_t)natsMsg_GetDataLength(nats_message(message));
    return (const uint8_t *)natsMsg_GetData(nats_message(message));
}

bool bus_message_position(const struct bus_message *message, uint64_t *ret_seq, int64_t *ret_stored_ns) {
    jsMsgMetaData *meta = NULL;
    if (natsMsg_GetMetaData(&meta, nats_message(message)) != NATS_OK) {
        return false;
    }
    *ret_seq = meta->Sequence.Stream;
    *ret_stored_ns = meta->Timestamp;
    jsMsgMetaData_Destroy(meta);
    return true;
}

void bus_message_free(struct bus_message *message) {
    natsMsg_Destroy(nats_message(message));
}

enum pd_fate bus_stream_look(struct bus *bus, const char *stream, struct bus_stream_state *ret_state,
                             struct pd_err *reterr) {
    jsStreamInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus s = js_GetStreamInfo(&info, bus->js, stream, NULL, &code);
    *ret_state = (struct bus_stream_state){.exists = false};
    if (s == NATS_NOT_FOUND || code == JSStreamNotFoundErr) {
        return PD_OK;
    }
    if (s != NATS_OK) {
        return nats_failed(s, "look at the stream", reterr);
    }
    *ret_state = (struct bus_stream_state){
        .exists = true,
        .created_ns = info->Created,
        .first_seq = info->State.FirstSeq,
        .last_seq = info->State.LastSeq,
        .messages = info->State.Msgs,
        .bytes = info->State.Bytes,
        .max_bytes = info->Config != NULL && info->Config->MaxBytes > 0 ? (uint64_t)info->Config->MaxBytes : 0,
    };
    jsStreamInfo_Destroy(info);
    return PD_OK;
}

enum pd_fate bus_consumer_look(struct bus *bus, const char *stream, const char *consumer,
                               struct bus_consumer_state *ret_state, struct pd_err *reterr) {
    jsConsumerInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus s = js_GetConsumerInfo(&info, bus->js, stream, consumer, NULL, &code);
    *ret_state = (struct bus_consumer_state){.exists = false};
    if (s == NATS_NOT_FOUND || code == JSConsumerNotFoundErr || code == JSStreamNotFoundErr) {
        return PD_OK;
    }
    if (s != NATS_OK) {
        return nats_failed(s, "look at the consumer", reterr);
    }
    *ret_state = (struct bus_consumer_state){
        .exists = true,
        .delivered = info->Delivered.Stream,
        .ack_floor = info->AckFloor.Stream,
        .pending = info->NumPending,
        .ack_pending = (uint64_t)info->NumAckPending,
    };
    jsConsumerInfo_Destroy(info);
    return PD_OK;
}
