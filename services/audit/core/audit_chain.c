#include "audit/core/audit_chain.h"

#include <assert.h>
#include <string.h>

static size_t hash_of(const uint8_t id[16]) {
    uint64_t tail;
    memcpy(&tail, id + 8, sizeof tail); /* the last bytes of a UUIDv7 are random */
    return (size_t)((tail * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
}

void audit_memory_init(struct audit_memory *memory, struct audit_memory_slot *slots, size_t count) {
    assert(count > 0 && (count & (count - 1)) == 0);
    *memory = (struct audit_memory){.slots = slots, .count = count};
}

int64_t audit_memory_version(const struct audit_memory *memory, const uint8_t aggregate_id[16]) {
    const struct audit_memory_slot *slot = &memory->slots[hash_of(aggregate_id) & (memory->count - 1)];
    return memcmp(slot->aggregate_id, aggregate_id, 16) == 0 ? slot->version : 0;
}

void audit_memory_learn(struct audit_memory *memory, const struct audit_heads *heads) {
    for (size_t i = 0; i < heads->count; i++) {
        const struct audit_head *head = &heads->heads[i];
        struct audit_memory_slot *slot = &memory->slots[hash_of(head->aggregate_id) & (memory->count - 1)];
        memcpy(slot->aggregate_id, head->aggregate_id, sizeof slot->aggregate_id);
        slot->version = head->version;
    }
}

size_t audit_heads_buckets(size_t capacity) {
    size_t buckets = 16;
    while (buckets < capacity) {
        buckets *= 2;
    }
    return buckets;
}

void audit_heads_init(struct audit_heads *heads, struct audit_head *list, size_t capacity, struct audit_head **by_id) {
    assert(list != NULL && by_id != NULL);
    *heads = (struct audit_heads){
        .heads = list, .capacity = capacity, .by_id = by_id, .buckets = audit_heads_buckets(capacity)};
}

struct audit_head *audit_heads_find(const struct audit_heads *heads, const uint8_t aggregate_id[16]) {
    struct audit_head *at = heads->by_id[hash_of(aggregate_id) & (heads->buckets - 1)];
    while (at != NULL && memcmp(at->aggregate_id, aggregate_id, 16) != 0) {
        at = at->next;
    }
    return at;
}

struct audit_head *audit_heads_meet(struct audit_heads *heads, const struct audit_memory *memory,
                                    const uint8_t aggregate_id[16], const uint8_t request_id[16], int64_t version) {
    struct audit_head *head = audit_heads_find(heads, aggregate_id);
    if (head != NULL) {
        return head;
    }
    if (heads->count == heads->capacity) {
        return NULL;
    }
    struct audit_head **bucket = &heads->by_id[hash_of(aggregate_id) & (heads->buckets - 1)];
    head = &heads->heads[heads->count++];
    memcpy(head->aggregate_id, aggregate_id, sizeof head->aggregate_id);
    memcpy(head->request_id, request_id, sizeof head->request_id);
    head->version = audit_memory_version(memory, aggregate_id);
    head->look = version != head->version + 1;
    head->next = *bucket;
    *bucket = head;
    return head;
}

enum audit_step audit_head_advance(struct audit_head *head, int64_t version, int64_t *ret_before) {
    *ret_before = head->version;
    if (version <= head->version) {
        return AUDIT_REPEAT;
    }
    enum audit_step step = version == head->version + 1 ? AUDIT_NEXT : AUDIT_GAP;
    head->version = version;
    return step;
}
