/* ask_batch.h - one message full of commands, and who waits for each (inside ask only)
 *
 * Use       ask_batch_get() from a pool, ask_batch_add() for each command, ask_batch_put_back() when all are answered.
 * Promise   a batch that comes back keeps its buffer, so a busy line allocates nothing.
 * Memory    the pool keeps SPARE_MAX batches with buffers up to SPARE_BYTES_MAX.
 * Threads   loop; outcome and reply are written by a thread of the bus while the batch is on its way. */
#ifndef GATEWAY_SHELL_ASK_BATCH_H
#define GATEWAY_SHELL_ASK_BATCH_H

#include "common/io/bus.h"
#include "gateway/shell/ask.h"

enum { ASK_ENVELOPE_MAX = 16 }; /* tag and length of one command in the message */

struct ask_batch {
    struct ask_batch *next; /* among the spare ones */
    struct ask *ask;
    struct ask_line *line;
    size_t count;
    size_t length, size;
    uint8_t *bytes;
    uint64_t sent_ns;
    enum bus_outcome outcome;
    uint8_t *reply;
    size_t reply_length;
    struct ask_call calls[ASK_CALLS_MAX];
};

struct ask_pool {
    struct ask_batch *spare;
    size_t spare_count;
};

/* An empty batch, or NULL. */
struct ask_batch *ask_batch_get(struct ask_pool *pool);
void ask_batch_put_back(struct ask_pool *pool, struct ask_batch *batch);
void ask_batch_free(struct ask_batch *batch);
void ask_pool_fini(struct ask_pool *pool);

/* Packs the command, which takes `length` bytes, behind the others. False: no memory. */
bool ask_batch_add(struct ask_batch *batch, const Paidan__Common__V1__Command *command, size_t length,
                   const struct ask_call *call);

/* Makes room for `wanted` bytes in a buffer from malloc; false, and nothing changed, when there is none. */
bool ask_reserve(uint8_t **bytes, size_t *size, size_t wanted);

#endif
