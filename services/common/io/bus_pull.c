/* bus_pull.c - a durable pull consumer with requests of our own
 *
 * natsSubscription_Fetch() of nats.c 3.4.1 can write past its end (nats.c #749), so the request for messages is
 * published here and the messages come to an ordinary subscription. One request runs at a time; it ends with its last
 * message, with a status (404, 408, 409, 503) or, if the connection broke, by its deadline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/borrow.h"
#include "common/io/bus_internal.h"

enum { EXPIRES_MS = 1000, GRACE_MS = 1000, RETRY_MS = 250 };

struct bus_pull {
    struct bus *bus;
    bus_handler *handler;
    void *context;
    char request_subject[160];
    char inbox[128];
    pthread_mutex_t lock; /* guards what follows */
    int expected;         /* messages still to come of the running request */
    int arrived;          /* of the running or last request */
    int count;            /* asked for */
    int64_t ends_us;      /* when the running request is given up, or when the next may start after a failure */
    bool idle;
};

static void arrive(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *closure) {
    (void)connection;
    (void)subscription;
    struct bus_pull *pull = closure;
    int status = bus__status(message);
    pthread_mutex_lock(&pull->lock);
    if (status == 0) {
        pull->expected -= pull->expected > 0 ? 1 : 0;
        pull->arrived++;
        pull->idle = false;
        if (pull->expected == 0) {
            pull->ends_us = 0;
        }
    } else if (status != 100) {
        pull->idle = pull->arrived == 0;
        pull->expected = 0;
        /* 503: the consumer is not there; anything else but a plain expiry: do not ask again at once. */
        pull->ends_us = status == 408 || status == 404 ? 0 : bus__now_us() + RETRY_MS * 1000;
    }
    /* An expired request is renewed from here: waiting for the caller's next turn would cost the next event its speed.
     */
    int again = status == 408 ? pull->count : 0;
    pthread_mutex_unlock(&pull->lock);
    bus_pull_more(pull, again, bus__now_us());
    if (status == 0) {
        pull->handler(pull->context, (struct bus_message *)(void *)message);
    } else {
        natsMsg_Destroy(message);
    }
}

enum pd_fate bus_pull_open(struct bus *bus, const char *stream, const char *consumer, bus_handler *handler,
                           void *context, struct bus_pull **ret_pull, struct pd_err *reterr) {
    struct bus_pull *pull = calloc(1, sizeof *pull);
    if (pull == NULL || pthread_mutex_init(&pull->lock, NULL) != 0) {
        free(pull);
        return pd_fail(reterr, PD_RETRY, "ENOMEM", "bind consumer %s: out of memory", consumer);
    }
    pull->bus = bus;
    pull->handler = handler;
    pull->context = context;
    snprintf(pull->request_subject, sizeof pull->request_subject, "$JS.API.CONSUMER.MSG.NEXT.%s.%s", stream, consumer);
    snprintf(pull->inbox, sizeof pull->inbox, "%s.p.%s", bus->inbox, consumer);
    enum pd_fate fate = bus__subscribe(bus, pull->inbox, NULL, arrive, pull, reterr);
    if (fate != PD_OK) {
        pthread_mutex_destroy(&pull->lock);
        free(pull);
        return fate;
    }
    pthread_mutex_lock(&bus->lock);
    bus->closures[bus->subscription_count - 1] = pull;
    pthread_mutex_unlock(&bus->lock);
    *ret_pull = pull;
    return PD_OK;
}

void bus_pull_more(struct bus_pull *pull, int count, int64_t now_us) {
    pthread_mutex_lock(&pull->lock);
    bool running = pull->expected > 0 && now_us < pull->ends_us;
    bool waiting = pull->expected == 0 && now_us < pull->ends_us;
    bool ask = !running && !waiting && count > 0 && bus_connected(pull->bus);
    if (ask) {
        pull->expected = count;
        pull->arrived = 0;
        pull->count = count;
        pull->ends_us = now_us + (EXPIRES_MS + GRACE_MS) * 1000;
    }
    pthread_mutex_unlock(&pull->lock);
    if (ask) {
        char request[96];
        int length =
            snprintf(request, sizeof request, "{\"batch\":%d,\"expires\":%lld}", count, EXPIRES_MS * 1000000LL);
        natsConnection_PublishRequest(pull->bus->connection, pull->request_subject, pull->inbox, request, length);
    }
}

bool bus_pull_idle(const struct bus_pull *pull) {
    struct bus_pull *p = pd_borrow(pull);
    pthread_mutex_lock(&p->lock);
    bool idle = p->idle;
    pthread_mutex_unlock(&p->lock);
    return idle;
}

void bus_ack_all(struct bus *bus, const struct bus_message *message) {
    const char *reply = bus_message_reply(message);
    if (reply != NULL) {
        natsConnection_Publish(bus->bulk, reply, NULL, 0);
    }
}
