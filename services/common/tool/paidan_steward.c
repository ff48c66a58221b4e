/* paidan_steward.c - keeps the event stream and its consumers as they must be
 *
 * Use       paidan_steward [--once]. Environment: PAIDAN_NATS_URL, PAIDAN_NATS_SEED_FILE,
 *           PAIDAN_STREAM_MAX_BYTES. With --once: make it so and end with 0; 1 after 15 s without success.
 * Promise   every 2 s, and at once after each reconnection: stream PD_EVENTS and the six durable consumers exist with
 * the right configuration. A consumer whose position lies beyond the end of the stream (a rolled-back or new stream)
 *           would silently swallow messages: it is deleted and made again. When the stream went backwards, all are.
 *           A consumer made again delivers from the start of the stream; services drop what they know.
 * Says      one JSON line on stderr for each repair and for each change between well and not well.
 * Rights    the only identity that may create or delete; it cannot read a message. It never subscribes to a consumer,
 *           so nothing here deletes one by ending.
 * Threads   main loop; nats.c's own threads only set a flag. */
#include <nats/nats.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/err.h"
#include "common/io/nkey.h"

#define STREAM "PD_EVENTS"
enum { LOOK_MS = 2000, ANSWER_MS = 3000, ONCE_S = 15, CONSUMER_COUNT = 6 };
static const int64_t SECOND_NS = 1000000000;
static const int64_t MAX_AGE_S = (int64_t)72 * 3600;
static const int64_t MAX_BYTES_DEFAULT = (int64_t)1 << 30;
static const int64_t MAX_ACK_PENDING = 20000;

static const struct consumer {
    const char *name, *filter;
} consumers[CONSUMER_COUNT] = {
    {"intake_from_assign", "pd.evt.assign.*"}, {"assign_from_intake", "pd.evt.intake.*"},
    {"notify_from_assign", "pd.evt.assign.*"}, {"audit_from_intake", "pd.evt.intake.*"},
    {"audit_from_assign", "pd.evt.assign.*"},  {"audit_from_notify", "pd.evt.notify.*"},
};

struct position {
    bool exists, right;
    uint64_t reached; /* the higher of delivered and acknowledged */
};

struct steward {
    natsConnection *connection;
    jsCtx *js;
    struct nkey *nkey;
    int64_t max_bytes;
    int64_t created_ns; /* of the stream, at the last look */
    uint64_t last_seq;  /* at the last look */
    bool well, looked;
    char problem[160];
};

static pthread_mutex_t wake_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake;
static bool wake_now;
static atomic_bool stop_asked;

/* ---- saying */

static void say(const char *level, const char *what, const char *object, const char *detail) {
    struct timespec now;
    struct tm utc;
    char stamp[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    char clean[256];
    size_t n = 0;
    for (const char *p = detail; *p != '\0' && n + 1 < sizeof clean; p++) {
        clean[n++] = (char)(*p == '"' || *p == '\\' || (unsigned char)*p < ' ' ? '\'' : *p);
    }
    clean[n] = '\0';
    fprintf(stderr,
            "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"service\":\"steward\",\"event\":\"%s\",\"object\":\"%s\","
            "\"detail\":\"%s\"}\n",
            stamp, now.tv_nsec / 1000000, level, what, object, clean);
}

static bool failed(struct steward *steward, const char *what, const char *object, natsStatus s, jsErrCode code) {
    if (s == NATS_OK) {
        return false;
    }
    snprintf(steward->problem, sizeof steward->problem, "%s %s: %s (%d)", what, object, natsStatus_GetText(s),
             (int)code);
    return true;
}

/* ---- the stream */

static void stream_config(const struct steward *steward, jsStreamConfig *ret_config) {
    static const char *subjects[] = {"pd.evt.>"};
    jsStreamConfig_Init(ret_config);
    ret_config->Name = STREAM;
    ret_config->Subjects = subjects;
    ret_config->SubjectsLen = 1;
    ret_config->Retention = js_LimitsPolicy;
    ret_config->Discard = js_DiscardNew; /* a full stream is back-pressure, never a silent loss */
    ret_config->Storage = js_FileStorage;
    ret_config->MaxAge = MAX_AGE_S * SECOND_NS;
    ret_config->MaxBytes = steward->max_bytes;
    ret_config->Duplicates = 2 * SECOND_NS; /* not relied upon: consumers drop repeats themselves */
    ret_config->DenyDelete = true;
    ret_config->DenyPurge = true;
    ret_config->Replicas = 1;
}

static bool stream_is_right(const struct steward *steward, const jsStreamConfig *is) {
    return is->MaxAge == MAX_AGE_S * SECOND_NS && is->MaxBytes == steward->max_bytes && is->Discard == js_DiscardNew &&
           is->SubjectsLen == 1 && strcmp(is->Subjects[0], "pd.evt.>") == 0;
}

/* Creates or corrects the stream; tells its age and end. */
static bool ensure_stream(struct steward *steward, int64_t *ret_created_ns, uint64_t *ret_last_seq) {
    jsStreamInfo *info = NULL;
    jsErrCode code = 0;
    jsStreamConfig config;
    stream_config(steward, &config);
    natsStatus s = js_GetStreamInfo(&info, steward->js, STREAM, NULL, &code);
    if (s == NATS_NOT_FOUND) {
        s = js_AddStream(&info, steward->js, &config, NULL, &code);
        if (s == NATS_OK) {
            say(steward->created_ns == 0 ? "info" : "error", "stream_created", STREAM,
                steward->created_ns == 0 ? "" : "it was gone; services will send again what is not confirmed");
        }
    } else if (s == NATS_OK && !stream_is_right(steward, info->Config)) {
        jsStreamInfo_Destroy(info);
        info = NULL;
        s = js_UpdateStream(&info, steward->js, &config, NULL, &code);
        if (s == NATS_OK) {
            say("warn", "stream_corrected", STREAM, "its configuration differed");
        }
    }
    if (failed(steward, "stream", STREAM, s, code)) {
        return false;
    }
    *ret_created_ns = info->Created;
    *ret_last_seq = info->State.LastSeq;
    jsStreamInfo_Destroy(info);
    return true;
}

/* ---- the consumers */

static bool consumer_is_right(const jsConsumerConfig *is, const struct consumer *want) {
    return is->FilterSubject != NULL && strcmp(is->FilterSubject, want->filter) == 0 && is->AckPolicy == js_AckAll &&
           is->DeliverPolicy == js_DeliverAll && is->AckWait == 5 * SECOND_NS && is->MaxAckPending == MAX_ACK_PENDING;
}

static bool look_consumer(struct steward *steward, const struct consumer *want, struct position *ret_position) {
    jsConsumerInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus s = js_GetConsumerInfo(&info, steward->js, STREAM, want->name, NULL, &code);
    memset(ret_position, 0, sizeof *ret_position);
    if (s == NATS_NOT_FOUND || code == JSStreamNotFoundErr) {
        return true;
    }
    if (failed(steward, "consumer", want->name, s, code)) {
        return false;
    }
    uint64_t delivered = info->Delivered.Stream, acknowledged = info->AckFloor.Stream;
    ret_position->exists = true;
    ret_position->right = consumer_is_right(info->Config, want);
    ret_position->reached = delivered > acknowledged ? delivered : acknowledged;
    jsConsumerInfo_Destroy(info);
    return true;
}

static bool add_consumer(struct steward *steward, const struct consumer *want) {
    jsConsumerConfig config;
    jsConsumerInfo *info = NULL;
    jsErrCode code = 0;
    jsConsumerConfig_Init(&config);
    config.Durable = want->name;
    config.FilterSubject = want->filter;
    config.DeliverPolicy = js_DeliverAll;
    config.AckPolicy = js_AckAll;
    config.AckWait = 5 * SECOND_NS;
    config.MaxAckPending = MAX_ACK_PENDING;
    natsStatus s = js_AddConsumer(&info, steward->js, STREAM, &config, NULL, &code);
    jsConsumerInfo_Destroy(info);
    return !failed(steward, "create consumer", want->name, s, code);
}

static bool repair_consumer(struct steward *steward, const struct consumer *want, const struct position *at,
                            bool regressed, uint64_t last_seq) {
    bool beyond = at->exists && at->reached > last_seq;
    if (at->exists && at->right && !beyond && !regressed) {
        return true;
    }
    char detail[128] = "";
    const char *what = "consumer_created";
    if (at->exists) {
        jsErrCode code = 0;
        natsStatus s = js_DeleteConsumer(steward->js, STREAM, want->name, NULL, &code);
        if (s != NATS_NOT_FOUND && code != JSStreamNotFoundErr &&
            failed(steward, "delete consumer", want->name, s, code)) {
            return false;
        }
        what = "consumer_recreated";
        snprintf(detail, sizeof detail, "%s; it stood at %llu, the stream ends at %llu",
                 beyond ? "beyond the stream"
                        : (regressed ? "the stream went backwards" : "its configuration differed"),
                 (unsigned long long)at->reached, (unsigned long long)last_seq);
    }
    if (!add_consumer(steward, want)) {
        return false;
    }
    say(at->exists ? "error" : "info", what, want->name, detail);
    return true;
}

/* Consumers are looked at before the stream: a consumer may never be ahead of a stream that was read later. */
static bool pass(struct steward *steward) {
    struct position at[CONSUMER_COUNT];
    int64_t created_ns = 0;
    uint64_t last_seq = 0;
    for (int i = 0; i < CONSUMER_COUNT; i++) {
        if (!look_consumer(steward, &consumers[i], &at[i])) {
            return false;
        }
    }
    if (!ensure_stream(steward, &created_ns, &last_seq)) {
        return false;
    }
    bool same = steward->created_ns == 0 || steward->created_ns == created_ns;
    bool regressed = !same || last_seq < steward->last_seq;
    if (regressed) {
        char detail[128];
        snprintf(detail, sizeof detail, "%s; it ended at %llu, now at %llu", same ? "rolled back" : "a new stream",
                 (unsigned long long)steward->last_seq, (unsigned long long)last_seq);
        say("error", "stream_went_backwards", STREAM, detail);
    }
    bool good = true;
    for (int i = 0; i < CONSUMER_COUNT && good; i++) {
        good = repair_consumer(steward, &consumers[i], &at[i], regressed, last_seq);
    }
    if (good) {
        steward->created_ns = created_ns;
        steward->last_seq = last_seq;
    }
    return good;
}

/* ---- the process */

static void wake_up(natsConnection *connection, void *closure) {
    (void)connection, (void)closure;
    pthread_mutex_lock(&wake_lock);
    wake_now = true;
    pthread_cond_signal(&wake);
    pthread_mutex_unlock(&wake_lock);
}

static void wait_ms(int ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= SECOND_NS) {
        until.tv_sec++;
        until.tv_nsec -= SECOND_NS;
    }
    pthread_mutex_lock(&wake_lock);
    while (!wake_now && pthread_cond_timedwait(&wake, &wake_lock, &until) == 0) {
    }
    wake_now = false;
    pthread_mutex_unlock(&wake_lock);
}

static void *wait_for_signal(void *set) {
    int number = 0;
    sigwait(set, &number);
    atomic_store(&stop_asked, true);
    wake_up(NULL, NULL);
    return NULL;
}

static natsStatus open_bus(struct steward *steward, natsOptions *options) {
    const char *url = getenv("PAIDAN_NATS_URL"), *seed_file = getenv("PAIDAN_NATS_SEED_FILE");
    jsOptions js_options;
    jsOptions_Init(&js_options);
    js_options.Wait = ANSWER_MS;
    natsStatus s = natsOptions_SetURL(options, url != NULL ? url : "nats://127.0.0.1:4222");
    s = s != NATS_OK ? s : natsOptions_SetName(options, "steward");
    s = s != NATS_OK ? s : natsOptions_SetCustomInboxPrefix(options, "_INBOX_steward");
    s = s != NATS_OK ? s : natsOptions_SetMaxReconnect(options, -1);
    s = s != NATS_OK ? s : natsOptions_SetReconnectWait(options, 100);
    s = s != NATS_OK ? s : natsOptions_SetReconnectJitter(options, 50, 50);
    s = s != NATS_OK ? s : natsOptions_SetPingInterval(options, 3000);
    s = s != NATS_OK ? s : natsOptions_SetSendAsap(options, true);
    s = s != NATS_OK ? s : natsOptions_SetRetryOnFailedConnect(options, true, wake_up, NULL);
    s = s != NATS_OK ? s : natsOptions_SetReconnectedCB(options, wake_up, NULL);
    if (seed_file != NULL && seed_file[0] != '\0') {
        struct pd_err err;
        if (nkey_open(seed_file, &steward->nkey, &err) != PD_OK) {
            say("error", "no_key", "nats", err.text);
            return NATS_ERR;
        }
        s = s != NATS_OK ? s : nkey_use(steward->nkey, options);
    }
    s = s != NATS_OK ? s : natsConnection_Connect(&steward->connection, options);
    s = s == NATS_NOT_YET_CONNECTED ? NATS_OK : s;
    return s != NATS_OK ? s : natsConnection_JetStream(&steward->js, steward->connection, &js_options);
}

static bool look(struct steward *steward) {
    bool good = false;
    if (natsConnection_Status(steward->connection) == NATS_CONN_STATUS_CONNECTED) {
        good = pass(steward);
    } else {
        snprintf(steward->problem, sizeof steward->problem, "not connected");
    }
    if (good != steward->well || !steward->looked) {
        say(good ? "info" : "warn", good ? "well" : "not_well", STREAM,
            good ? "stream and consumers are as they must be" : steward->problem);
    }
    steward->well = good;
    steward->looked = true;
    return good;
}

static int run(struct steward *steward, bool once) {
    for (int tries = 0; !atomic_load(&stop_asked); tries++) {
        bool good = look(steward);
        if (once && good) {
            return 0;
        }
        if (once && tries >= ONCE_S * 10) {
            say("error", "gave_up", STREAM, steward->problem);
            return 1;
        }
        wait_ms(good ? LOOK_MS : (once ? 100 : 300));
    }
    return 0;
}

int main(int argc, char **argv) {
    bool once = argc == 2 && strcmp(argv[1], "--once") == 0;
    if (argc > 1 && !once) {
        fprintf(stderr, "usage: paidan_steward [--once]\n");
        return 2;
    }
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&wake, &monotonic);
    pthread_t waiter;
    if (pthread_create(&waiter, NULL, wait_for_signal, &ends) != 0) {
        return 1;
    }
    pthread_detach(waiter);

    struct steward steward = {.max_bytes = MAX_BYTES_DEFAULT};
    const char *text = getenv("PAIDAN_STREAM_MAX_BYTES");
    if (text != NULL && strtoll(text, NULL, 10) > 0) {
        steward.max_bytes = strtoll(text, NULL, 10);
    }
    natsOptions *options = NULL;
    natsStatus s = natsOptions_Create(&options);
    s = s != NATS_OK ? s : open_bus(&steward, options);
    int status = 1;
    if (s == NATS_OK) {
        status = run(&steward, once);
    } else {
        say("error", "cannot_start", "nats", natsStatus_GetText(s));
    }
    jsCtx_Destroy(steward.js);
    natsConnection_Destroy(steward.connection);
    natsOptions_Destroy(options);
    nats_CloseAndWait(1000);
    nkey_close(steward.nkey);
    return status;
}
