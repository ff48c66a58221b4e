#include "gateway/shell/connections.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/shell/door.h"

enum { BUCKETS_FIRST = 256, SLOTS_FIRST = 64, SLOT_BITS = 24 };

static struct connection **bucket_of(const struct connections *all, const char *worker_id) {
    return &all->buckets[door_key(all->gateway, worker_id, strlen(worker_id)) & (all->bucket_count - 1)];
}

static void into_bucket(struct connections *all, struct connection *connection) {
    struct connection **bucket = bucket_of(all, connection->who.worker_id);
    connection->next = *bucket;
    *bucket = connection;
}

static bool grow_buckets(struct connections *all) {
    size_t count = all->bucket_count == 0 ? BUCKETS_FIRST : all->bucket_count * 2;
    struct connection **larger = calloc(count, sizeof(struct connection *));
    if (larger == NULL) {
        return false;
    }
    free(all->buckets);
    all->buckets = larger;
    all->bucket_count = count;
    for (size_t i = 0; i < all->slot_count; i++) {
        if (all->slots[i] != NULL && all->slots[i]->ws != NULL) {
            into_bucket(all, all->slots[i]);
        }
    }
    return true;
}

static bool grow_slots(struct connections *all) {
    size_t count = all->slot_count == 0 ? SLOTS_FIRST : all->slot_count * 2;
    if (count > CONNECTIONS_SLOTS_MAX) {
        return false;
    }
    struct connection **larger = realloc(all->slots, count * sizeof(struct connection *));
    if (larger == NULL) {
        return false;
    }
    memset(larger + all->slot_count, 0, (count - all->slot_count) * sizeof(struct connection *));
    all->slots = larger;
    all->slot_count = count;
    return true;
}

bool connections_init(struct connections *all, const struct gateway *gateway) {
    all->gateway = gateway;
    return grow_buckets(all) && grow_slots(all);
}

void connections_fini(struct connections *all) {
    free(all->slots);
    free(all->buckets);
}

struct connection *connections_add(struct connections *all, const struct principal *who,
                                   const uint8_t token_hash[SESSION_HASH_SIZE]) {
    if ((all->used == all->slot_count && !grow_slots(all)) || (all->used >= all->bucket_count && !grow_buckets(all))) {
        return NULL;
    }
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return NULL;
    }
    size_t slot = (size_t)(all->next_number % all->slot_count);
    while (all->slots[slot] != NULL) {
        slot = (slot + 1) % all->slot_count;
    }
    connection->slot = slot;
    connection->number = all->next_number++;
    connection->who = *who;
    memcpy(connection->token_hash, token_hash, SESSION_HASH_SIZE);
    all->slots[slot] = connection;
    all->used++;
    return connection;
}

void connections_opened(struct connections *all, struct connection *connection, struct ws *ws) {
    assert(ws != NULL && connection->ws == NULL);
    connection->ws = ws;
    into_bucket(all, connection);
}

void connections_remove(struct connections *all, struct connection *connection) {
    assert(all->slots[connection->slot] == connection);
    if (connection->ws != NULL) {
        struct connection **at = bucket_of(all, connection->who.worker_id);
        while (*at != connection) {
            at = &(*at)->next;
        }
        *at = connection->next;
    }
    all->slots[connection->slot] = NULL;
    all->used--;
    free(connection);
}

uint64_t connections_ticket(const struct connection *connection) {
    return connection->number << SLOT_BITS | (uint64_t)connection->slot;
}

struct connection *connections_of(const struct connections *all, uint64_t ticket) {
    size_t slot = (size_t)(ticket & (((uint64_t)1 << SLOT_BITS) - 1));
    struct connection *connection = slot < all->slot_count ? all->slots[slot] : NULL;
    bool same = connection != NULL && connection->ws != NULL && connections_ticket(connection) == ticket;
    return same ? connection : NULL;
}

static struct connection *same_worker(struct connection *connection, const char *worker_id) {
    while (connection != NULL && strcmp(connection->who.worker_id, worker_id) != 0) {
        connection = connection->next;
    }
    return connection;
}

struct connection *connections_first(const struct connections *all, const char *worker_id) {
    return same_worker(*bucket_of(all, worker_id), worker_id);
}

struct connection *connections_next(const struct connection *connection) {
    return same_worker(connection->next, connection->who.worker_id);
}
