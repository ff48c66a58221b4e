/* bus_request.c - requests of batches: one wildcard inbox, a fixed table of what is on its way, one thread for
 * deadlines
 *
 * nats.c's own request call blocks a thread per request; this one calls back. The reply subject is
 * <inbox>.r.<place>.<number>: the place finds the request, the number refuses a late answer to an earlier one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/bus_internal.h"

enum { REAPER_PERIOD_MS = 100 };

/* Takes the request out of the table if it is still the one meant. */
static bool take(struct bus *bus, size_t place, uint64_t number, struct bus_request *ret_request) {
    pthread_mutex_lock(&bus->lock);
    struct bus_request *request = &bus->requests[place];
    bool found = request->answer != NULL && request->number == number;
    if (found) {
        *ret_request = *request;
        request->answer = NULL;
        bus->requests_used--;
    }
    pthread_mutex_unlock(&bus->lock);
    return found;
}

static void answered(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *closure) {
    (void)connection;
    (void)subscription;
    struct bus *bus = closure;
    const char *subject = natsMsg_GetSubject(message) + strlen(bus->inbox) + 3;
    char *end = NULL;
    unsigned long place = strtoul(subject, &end, 10);
    struct bus_request request;
    if (end != NULL && *end == '.' && place < BUS_REQUESTS_MAX &&
        take(bus, place, strtoull(end + 1, NULL, 10), &request)) {
        bool nobody = bus__status(message) == 503;
        request.answer(request.context, nobody ? BUS_NO_RESPONDERS : BUS_OK, natsMsg_GetData(message),
                       (size_t)natsMsg_GetDataLength(message));
    }
    natsMsg_Destroy(message);
}

/* Fails every request whose deadline has passed; all of them when now_us is INT64_MAX. */
static void expire(struct bus *bus, int64_t now_us, enum bus_outcome outcome) {
    for (size_t place = 0; place < BUS_REQUESTS_MAX; place++) {
        pthread_mutex_lock(&bus->lock);
        struct bus_request request = bus->requests[place];
        bool due = request.answer != NULL && request.deadline_us <= now_us;
        if (due) {
            bus->requests[place].answer = NULL;
            bus->requests_used--;
        }
        bool empty = bus->requests_used == 0;
        pthread_mutex_unlock(&bus->lock);
        if (due) {
            request.answer(request.context, outcome, NULL, 0);
        } else if (empty) {
            return;
        }
    }
}

static void *reap(void *arg) {
    struct bus *bus = arg;
    while (!atomic_load(&bus->closing)) {
        expire(bus, bus__now_us(), BUS_TIMEOUT);
        struct timespec wake;
        clock_gettime(CLOCK_MONOTONIC, &wake);
        wake.tv_nsec += REAPER_PERIOD_MS * 1000000L;
        wake.tv_sec += wake.tv_nsec / 1000000000L;
        wake.tv_nsec %= 1000000000L;
        pthread_mutex_lock(&bus->lock);
        if (!atomic_load(&bus->closing)) {
            pthread_cond_timedwait(&bus->reaper_wake, &bus->lock, &wake);
        }
        pthread_mutex_unlock(&bus->lock);
    }
    return NULL;
}

enum pd_fate bus__requests_open(struct bus *bus, struct pd_err *reterr) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&bus->reaper_wake, &attributes);
    pthread_condattr_destroy(&attributes);
    char subject[96];
    snprintf(subject, sizeof subject, "%s.r.>", bus->inbox);
    return bus__subscribe(bus, subject, NULL, answered, bus, reterr);
}

void bus__requests_close(struct bus *bus) {
    pthread_mutex_lock(&bus->lock);
    pthread_cond_signal(&bus->reaper_wake);
    bool started = bus->reaper_started;
    pthread_mutex_unlock(&bus->lock);
    if (started) {
        pthread_join(bus->reaper, NULL);
    }
    expire(bus, INT64_MAX, BUS_CLOSED);
    pthread_cond_destroy(&bus->reaper_wake);
}

/* Finds a free place; the caller holds the lock. The reaper begins with the first request: most services never ask. */
static size_t reserve(struct bus *bus, bus_answer *answer, void *context, int timeout_ms) {
    if (bus->requests_used == BUS_REQUESTS_MAX || atomic_load(&bus->closing)) {
        return BUS_REQUESTS_MAX;
    }
    if (!bus->reaper_started) {
        bus->reaper_started = pthread_create(&bus->reaper, NULL, reap, bus) == 0;
    }
    size_t place = bus->next_number % BUS_REQUESTS_MAX;
    while (bus->requests[place].answer != NULL) {
        place = (place + 1) % BUS_REQUESTS_MAX;
    }
    bus->requests[place] = (struct bus_request){
        .answer = answer,
        .context = context,
        .deadline_us = bus__now_us() + (int64_t)timeout_ms * 1000,
        .number = bus->next_number++,
    };
    bus->requests_used++;
    return place;
}

void bus_request_batch(struct bus *bus, const char *subject, const void *bytes, size_t length, int timeout_ms,
                       bus_answer *answer, void *context) {
    pthread_mutex_lock(&bus->lock);
    size_t place = bus_connected(bus) ? reserve(bus, answer, context, timeout_ms) : BUS_REQUESTS_MAX;
    uint64_t number = place == BUS_REQUESTS_MAX ? 0 : bus->requests[place].number;
    pthread_mutex_unlock(&bus->lock);
    if (place == BUS_REQUESTS_MAX) {
        answer(context, BUS_CLOSED, NULL, 0);
        return;
    }
    char reply[128];
    snprintf(reply, sizeof reply, "%s.r.%zu.%llu", bus->inbox, place, (unsigned long long)number);
    natsStatus s = length > INT32_MAX
                       ? NATS_ERR
                       : natsConnection_PublishRequest(bus->connection, subject, reply, bytes, (int)length);
    struct bus_request request;
    if (s != NATS_OK && take(bus, place, number, &request)) {
        answer(context, BUS_CLOSED, NULL, 0);
    }
}
