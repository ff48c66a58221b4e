/* audit_chain.h - are the versions of each aggregate dense? watched without a row per aggregate
 *
 * A producer numbers the changes of each of its aggregates 1, 2, 3, ... A table of their heads would cost one more
 * row written for every event, half of what the trace itself costs; so the head is read from the trace, and only
 * when needed.
 *
 * Use       struct audit_memory remembers the last version of what was seen lately, across batches. For each
 *           batch a struct audit_heads collects its aggregates with audit_heads_meet(), in order; those marked
 *           `look` are looked up in the trace; then audit_head_advance() for each event says whether it is the
 *           next one. After COMMIT audit_memory_learn().
 * Promise   pure. Memory only clears, it never accuses: whatever does not follow what is remembered is looked up
 *           first, so a memory that is empty or behind costs a read and nothing else. Not looked up: a version 1
 *           of an aggregate that is not remembered; that it is the only one is for scripts/check-traces to
 *           prove.
 * Fails     NULL when the heads are full.
 * Memory    the caller's.
 * Threads   one at a time. */
#ifndef AUDIT_CORE_AUDIT_CHAIN_H
#define AUDIT_CORE_AUDIT_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct audit_memory_slot {
    uint8_t aggregate_id[16];
    int64_t version; /* 0: empty */
};

/* One slot for each hash of an id; the newer aggregate takes it. */
struct audit_memory {
    struct audit_memory_slot *slots;
    size_t count; /* a power of two */
};

/* The last committed version of an aggregate, as far as the batch knows. */
struct audit_head {
    uint8_t aggregate_id[16];
    uint8_t request_id[16];
    int64_t version;
    bool look; /* must be looked up in the trace */
    struct audit_head *next;
};

struct audit_heads {
    struct audit_head *heads;
    size_t count, capacity;
    struct audit_head **by_id;
    size_t buckets; /* a power of two */
};

/* What an event is to the events before it. */
enum audit_step { AUDIT_NEXT, AUDIT_GAP, AUDIT_REPEAT };

/* slots must be zeroed. */
void audit_memory_init(struct audit_memory *memory, struct audit_memory_slot *slots, size_t count);
/* 0: not remembered. */
int64_t audit_memory_version(const struct audit_memory *memory, const uint8_t aggregate_id[16]);
void audit_memory_learn(struct audit_memory *memory, const struct audit_heads *heads);

size_t audit_heads_buckets(size_t capacity);
/* All memory must be zeroed: `capacity` heads and audit_heads_buckets(capacity) pointers. */
void audit_heads_init(struct audit_heads *heads, struct audit_head *list, size_t capacity, struct audit_head **by_id);
/* The head of the event's aggregate; made from the memory at the batch's first event of it. */
struct audit_head *audit_heads_meet(struct audit_heads *heads, const struct audit_memory *memory,
                                    const uint8_t aggregate_id[16], const uint8_t request_id[16], int64_t version);
/* NULL: not met. */
struct audit_head *audit_heads_find(const struct audit_heads *heads, const uint8_t aggregate_id[16]);
/* Takes the event's version as the newest, unless it is a repeat; *ret_before is the version before it. */
enum audit_step audit_head_advance(struct audit_head *head, int64_t version, int64_t *ret_before);

#endif
