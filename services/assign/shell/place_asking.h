/* place_asking.h - commands and queries to services, asked by a thread that waits for the answer
 *
 * Use       place_ask() with packed payloads; one round trip of the bus for all of them.
 * Promise   returns when the answer is there or the time is over, also while the bus is closed.
 * Fails     NULL: nobody answered, or not with as many replies.
 * Memory    the answer is in the arena.
 * Threads   one. */
#ifndef ASSIGN_SHELL_PLACE_ASKING_H
#define ASSIGN_SHELL_PLACE_ASKING_H

#include <protobuf-c/protobuf-c.h>
#include <pthread.h>

#include "common/base/arena.h"
#include "common/io/bus.h"
#include "paidan/common/v1/envelope.pb-c.h"

struct place_asking {
    struct bus *bus;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool waiting; /* under the lock, as all below */
    uint8_t *bytes;
    size_t length;
};

void place_asking_init(struct place_asking *asking, struct bus *bus);
void place_asking_fini(struct place_asking *asking);

/* All messages to one subject, as role SYSTEM. */
Paidan__Common__V1__ReplyBatch *place_ask(struct place_asking *asking, struct pd_arena *arena, const char *subject,
                                          const ProtobufCMessage *const *messages, size_t count, int timeout_ms);

#endif
