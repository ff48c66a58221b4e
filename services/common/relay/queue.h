/* queue.h - what the bus's threads leave for the writer or the reader
 *
 * Use       queue_put() from any thread; queue_take() from the one that works it off.
 * Promise   bounded and in order. queue_put() never waits: a full queue is back-pressure, told to the asker at once.
 * Memory    items are copied; the message in an item belongs to whoever took it, and to the caller when put says false.
 * Threads   as said; queue_wake_any() from any. */
#ifndef COMMON_RELAY_QUEUE_H
#define COMMON_RELAY_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/io/bus.h"

enum work_kind { WORK_COMMANDS, WORK_QUERIES, WORK_EVENTS };

struct work {
    enum work_kind kind;
    int channel; /* WORK_EVENTS: which producer, as index into ops->hears */
    struct bus_message *message;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    struct work *items;
    size_t capacity, first, count;
    bool woken;
};

bool queue_init(struct queue *queue, size_t capacity); /* false: out of memory */
void queue_fini(struct queue *queue);                  /* frees the messages left */
bool queue_put(struct queue *queue, const struct work *work);
/* Waits up to timeout_ms (0: not at all) for an item or a wake. */
bool queue_take(struct queue *queue, int timeout_ms, struct work *ret_work);
void queue_wake_any(struct queue *queue);
size_t queue_count(struct queue *queue);

#endif
