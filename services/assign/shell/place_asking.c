#include "assign/shell/place_asking.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire/alloc.h"

void place_asking_init(struct place_asking *asking, struct bus *bus) {
    *asking = (struct place_asking){.bus = bus};
    pthread_mutex_init(&asking->lock, NULL);
    pthread_cond_init(&asking->wake, NULL);
}

/* What may hold addresses is wiped before it is given back. */
static void forget(struct place_asking *asking) {
    if (asking->bytes != NULL) {
        sodium_memzero(asking->bytes, asking->length);
    }
    free(asking->bytes);
    asking->bytes = NULL;
    asking->length = 0;
}

void place_asking_fini(struct place_asking *asking) {
    forget(asking);
    pthread_cond_destroy(&asking->wake);
    pthread_mutex_destroy(&asking->lock);
}

/* On a thread of the bus. */
static void answered(void *context, enum bus_outcome outcome, const void *bytes, size_t length) {
    struct place_asking *asking = context;
    pthread_mutex_lock(&asking->lock);
    if (outcome == BUS_OK && length > 0) {
        asking->bytes = malloc(length);
        if (asking->bytes != NULL) {
            memcpy(asking->bytes, bytes, length);
            asking->length = length;
        }
    }
    asking->waiting = false;
    pthread_cond_signal(&asking->wake);
    pthread_mutex_unlock(&asking->lock);
}

/* The packed batch, or NULL. */
static uint8_t *pack(struct pd_arena *arena, const ProtobufCMessage *const *messages, size_t count,
                     size_t *ret_length) {
    Paidan__Common__V1__CommandBatch batch = PAIDAN__COMMON__V1__COMMAND_BATCH__INIT;
    Paidan__Common__V1__Actor actor = PAIDAN__COMMON__V1__ACTOR__INIT;
    Paidan__Common__V1__Command *commands = pd_alloc_array(arena, count, sizeof *commands);
    batch.commands = pd_alloc_array(arena, count, sizeof *batch.commands);
    actor.role = PAIDAN__COMMON__V1__ROLE__ROLE_SYSTEM;
    for (size_t i = 0; commands != NULL && batch.commands != NULL && i < count; i++) {
        paidan__common__v1__command__init(&commands[i]);
        size_t length = protobuf_c_message_get_packed_size(messages[i]);
        uint8_t *payload = pd_alloc(arena, length);
        if (payload == NULL) {
            return NULL;
        }
        commands[i].actor = &actor;
        commands[i].payload = (ProtobufCBinaryData){protobuf_c_message_pack(messages[i], payload), payload};
        batch.commands[batch.n_commands++] = &commands[i];
    }
    size_t size = paidan__common__v1__command_batch__get_packed_size(&batch);
    uint8_t *bytes = arena->full ? NULL : pd_alloc(arena, size);
    if (bytes != NULL) {
        *ret_length = paidan__common__v1__command_batch__pack(&batch, bytes);
    }
    return bytes;
}

Paidan__Common__V1__ReplyBatch *place_ask(struct place_asking *asking, struct pd_arena *arena, const char *subject,
                                          const ProtobufCMessage *const *messages, size_t count, int timeout_ms) {
    size_t length = 0;
    uint8_t *bytes = pack(arena, messages, count, &length);
    if (bytes == NULL) {
        return NULL;
    }
    asking->waiting = true; /* nothing is on its way: nobody else looks */
    bus_request_batch(asking->bus, subject, bytes, length, timeout_ms, answered, asking);
    pthread_mutex_lock(&asking->lock);
    while (asking->waiting) {
        pthread_cond_wait(&asking->wake, &asking->lock);
    }
    Paidan__Common__V1__ReplyBatch *replies = NULL;
    if (asking->bytes != NULL) {
        ProtobufCAllocator allocator = wire_alloc(arena);
        replies = paidan__common__v1__reply_batch__unpack(&allocator, asking->length, asking->bytes);
    }
    forget(asking);
    pthread_mutex_unlock(&asking->lock);
    return replies != NULL && replies->n_replies == count ? replies : NULL;
}
