/* bus_internal.h - what bus.c, bus_request.c and bus_pull.c share. Not for other rooms. */
#ifndef COMMON_IO_BUS_INTERNAL_H
#define COMMON_IO_BUS_INTERNAL_H

#include <nats/nats.h>
#include <pthread.h>
#include <stdatomic.h>

#include "common/io/bus.h"

struct nkey;

enum { BUS_REQUESTS_MAX = 4096, BUS_SUBSCRIPTIONS_MAX = 32 };

/* One request on its way; free when answer is NULL. */
struct bus_request {
    bus_answer *answer;
    void *context;
    int64_t deadline_us; /* monotonic */
    uint64_t number;     /* in the reply subject; tells a late answer from a new request in the same place */
};

struct bus {
    natsConnection *connection; /* sends at once */
    natsConnection *bulk;       /* collects for up to a millisecond: one write for the messages of a commit */
    natsOptions *options, *bulk_options;
    jsCtx *js;
    struct nkey *nkey; /* NULL: no identity */
    char name[32];
    char inbox[64]; /* _INBOX_<name>.<random> */
    _Atomic uint64_t connections;
    _Atomic bool closing;
    _Atomic bool lost;

    pthread_mutex_t lock; /* guards what follows */
    natsSubscription *subscriptions[BUS_SUBSCRIPTIONS_MAX];
    void *closures[BUS_SUBSCRIPTIONS_MAX];
    int subscription_count;
    struct bus_request requests[BUS_REQUESTS_MAX];
    uint64_t next_number;
    int requests_used;
    bool reaper_started;
    pthread_t reaper;
    pthread_cond_t reaper_wake;
};

int64_t bus__now_us(void);
enum pd_fate bus__subscribe(struct bus *bus, const char *subject, const char *queue, natsMsgHandler handler,
                            void *closure, struct pd_err *reterr);
enum pd_fate bus__requests_open(struct bus *bus, struct pd_err *reterr);
void bus__requests_close(struct bus *bus);
/* The NATS status header ("503", "408", ...) as a number; 0 when the message is an ordinary one. */
int bus__status(natsMsg *message);

#endif
