/* crowd_inner.h - what the files of the crowd share; see crowd.h */
#ifndef BENCH_CROWD_INNER_H
#define BENCH_CROWD_INNER_H

#include "client/ws_client.h"
#include "crowd.h"

enum {
    STEP_TRIES_MAX = 400,
    CHUNK = 1024,  /* lives allocated at once */
    RETRY_MS = 25, /* first pause after a 503; doubles up to RETRY_MAX_MS */
    RETRY_MAX_MS = 1000,
    LOOKS_MAX = 20,
    PUSH_PATIENCE_MS = 8000, /* then the request is looked up */
    RECONNECT_MS = 100
};

struct crowd_worker {
    struct crowd *crowd;
    struct ws_client *ws;
    uv_timer_t again;
    int index;
    bool open;
};

/* One request on its way. */
struct life {
    struct http_task task; /* first: the client hands it back */
    struct crowd *crowd;
    struct crowd_case c;
    struct crowd_worker *worker; /* who got the assignment */
    int64_t due_us;              /* in the heap: when something is to be done */
    int64_t began_us, accepted_us;
    size_t heap_index; /* 0: not in the heap */
    uint32_t serial;
    enum crowd_step step;
    int tries; /* of this step */
    int looks_for_push;
    int looks; /* because an answer said that the state is another */
    int32_t dispatch_seq;
    bool asked; /* a call is running or waiting */
    bool pushed, dispatching;
    char id[40], number[32], order_id[40];
};

struct crowd {
    uv_loop_t *loop;
    struct crowd_options options;
    struct crowd_staff staff;
    struct crowd_ops ops;
    struct http_client *http;
    char host[64];
    int port;
    struct crowd_worker *workers;
    uv_timer_t alarm, second;
    int64_t zero_us;
    bool running, no_more, stopping, has_next, leaving;
    struct crowd_case next;
    uint32_t serial;
    int64_t waiting_for_end; /* lives parked until all else is done */
    struct life **chunks;
    size_t chunk_count, used_in_chunk;
    struct life *free_lives;
    struct life **heap; /* [1..heap_count], by due_us */
    size_t heap_count, heap_size;
    struct life **table; /* by number; open addressing */
    size_t table_count, table_size;
    int64_t visit_wait_us;       /* how long intake takes to hear of a passed review, as learned */
    struct http_task queue_task; /* the dispatcher's look at the manual queue */
    bool queue_asked;
    char queue_cursor[256];
    int64_t waiting_for_push;
    uint32_t next_worker;
    struct crowd_sum sum;
};

/* ---- crowd.c */
void crowd__go(struct crowd *crowd);                                      /* begins what may begin */
void crowd__later(struct crowd *crowd, struct life *life, int64_t at_us); /* crowd__due() at that time of the play */
void crowd__never(struct crowd *crowd, struct life *life);                /* unless it is in the heap no more */
void crowd__trouble(struct crowd *crowd, bool fatal, const char *format, ...) __attribute__((format(printf, 3, 4)));
struct life *crowd__find(struct crowd *crowd, const char *number);
void crowd__remember(struct crowd *crowd, struct life *life);
void crowd__end(struct life *life, enum crowd_step how);

/* ---- crowd_steps.c */
void crowd__due(struct life *life);                        /* its time has come */
void crowd__step(struct life *life, enum crowd_step step); /* the one before is done: go to this one */
void crowd__pushed(struct life *life);                     /* order id and dispatch_seq are known */

/* ---- crowd_work.c: sockets and the manual queue */
void crowd__sockets_open(struct crowd *crowd);
void crowd__sockets_close(struct crowd *crowd);
void crowd__look_at_queue(struct crowd *crowd);

#endif
