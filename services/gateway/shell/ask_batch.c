#include "gateway/shell/ask_batch.h"

#include <assert.h>
#include <stdlib.h>

enum {
    SPARE_MAX = 32,             /* batches kept for the next turn */
    SPARE_BYTES_MAX = 64 * 1024 /* with buffers not larger than this */
};

struct ask_batch *ask_batch_get(struct ask_pool *pool) {
    struct ask_batch *batch = pool->spare;
    if (batch != NULL) {
        pool->spare = batch->next;
        pool->spare_count--;
    } else {
        batch = malloc(sizeof *batch);
        if (batch == NULL) {
            return NULL;
        }
        batch->bytes = NULL;
        batch->size = 0;
    }
    batch->next = NULL;
    batch->count = 0;
    batch->length = 0;
    batch->reply = NULL;
    batch->reply_length = 0;
    return batch;
}

void ask_batch_free(struct ask_batch *batch) {
    if (batch != NULL) {
        free(batch->reply);
        free(batch->bytes);
        free(batch);
    }
}

void ask_batch_put_back(struct ask_pool *pool, struct ask_batch *batch) {
    if (pool->spare_count == SPARE_MAX || batch->size > SPARE_BYTES_MAX) {
        ask_batch_free(batch);
        return;
    }
    free(batch->reply);
    batch->reply = NULL;
    batch->next = pool->spare;
    pool->spare = batch;
    pool->spare_count++;
}

void ask_pool_fini(struct ask_pool *pool) {
    while (pool->spare != NULL) {
        struct ask_batch *batch = pool->spare;
        pool->spare = batch->next;
        ask_batch_free(batch);
    }
    pool->spare_count = 0;
}

bool ask_reserve(uint8_t **bytes, size_t *size, size_t wanted) {
    if (wanted <= *size) {
        return true;
    }
    size_t larger = *size == 0 ? 4096 : *size;
    while (larger < wanted) {
        larger *= 2;
    }
    uint8_t *moved = realloc(*bytes, larger);
    if (moved == NULL) {
        return false;
    }
    *bytes = moved;
    *size = larger;
    return true;
}

/* A field of CommandBatch: tag 1, length, bytes. */
bool ask_batch_add(struct ask_batch *batch, const Paidan__Common__V1__Command *command, size_t length,
                   const struct ask_call *call) {
    assert(batch->count < ASK_CALLS_MAX);
    if (!ask_reserve(&batch->bytes, &batch->size, batch->length + length + ASK_ENVELOPE_MAX)) {
        return false;
    }
    uint8_t *at = batch->bytes + batch->length;
    *at++ = (1 << 3) | 2;
    size_t rest = length;
    for (; rest >= 0x80; rest >>= 7) {
        *at++ = (uint8_t)(rest | 0x80);
    }
    *at++ = (uint8_t)rest;
    at += paidan__common__v1__command__pack(command, at);
    batch->length = (size_t)(at - batch->bytes);
    batch->calls[batch->count++] = *call;
    return true;
}
