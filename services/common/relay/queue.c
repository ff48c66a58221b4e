#include "common/relay/queue.h"

#include <stdlib.h>
#include <time.h>

bool queue_init(struct queue *queue, size_t capacity) {
    *queue = (struct queue){.capacity = capacity};
    queue->items = calloc(capacity, sizeof queue->items[0]);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->arrived, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&queue->lock, NULL);
    return queue->items != NULL;
}

void queue_fini(struct queue *queue) {
    struct work work;
    while (queue->items != NULL && queue_take(queue, 0, &work)) {
        bus_message_free(work.message);
    }
    free(queue->items);
    queue->items = NULL;
    pthread_cond_destroy(&queue->arrived);
    pthread_mutex_destroy(&queue->lock);
}

bool queue_put(struct queue *queue, const struct work *work) {
    pthread_mutex_lock(&queue->lock);
    bool room = queue->count < queue->capacity;
    if (room) {
        queue->items[(queue->first + queue->count) % queue->capacity] = *work;
        queue->count++;
        if (queue->count == 1) {
            pthread_cond_signal(&queue->arrived);
        }
    }
    pthread_mutex_unlock(&queue->lock);
    return room;
}

static void wait_until_arrived(struct queue *queue, int timeout_ms) {
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += timeout_ms / 1000;
    end.tv_nsec += (timeout_ms % 1000) * 1000000L;
    end.tv_sec += end.tv_nsec / 1000000000L;
    end.tv_nsec %= 1000000000L;
    while (queue->count == 0 && !queue->woken) {
        if (pthread_cond_timedwait(&queue->arrived, &queue->lock, &end) != 0) {
            return;
        }
    }
}

bool queue_take(struct queue *queue, int timeout_ms, struct work *ret_work) {
    pthread_mutex_lock(&queue->lock);
    if (timeout_ms > 0) {
        wait_until_arrived(queue, timeout_ms);
    }
    queue->woken = false;
    bool found = queue->count > 0;
    if (found) {
        *ret_work = queue->items[queue->first];
        queue->first = (queue->first + 1) % queue->capacity;
        queue->count--;
    }
    pthread_mutex_unlock(&queue->lock);
    return found;
}

void queue_wake_any(struct queue *queue) {
    pthread_mutex_lock(&queue->lock);
    queue->woken = true;
    pthread_cond_signal(&queue->arrived);
    pthread_mutex_unlock(&queue->lock);
}

size_t queue_count(struct queue *queue) {
    pthread_mutex_lock(&queue->lock);
    size_t count = queue->count;
    pthread_mutex_unlock(&queue->lock);
    return count;
}
