#include "gateway/core/session.h"

#include <assert.h>
#include <string.h>

void session_cache_init(struct session_cache *cache, struct session *slots, size_t sets) {
    assert(sets > 0 && (sets & (sets - 1)) == 0);
    cache->slots = slots;
    cache->sets = sets;
}

/* A token's hash is uniform, so its first bytes are the set's number. */
static struct session *set_of(const struct session_cache *cache, const uint8_t *token_hash) {
    uint64_t number = 0;
    memcpy(&number, token_hash, sizeof number);
    return cache->slots + (size_t)(number & (cache->sets - 1)) * SESSION_WAYS;
}

static struct session *lookup(const struct session_cache *cache, const uint8_t *token_hash) {
    struct session *set = set_of(cache, token_hash);
    for (size_t i = 0; i < SESSION_WAYS; i++) {
        if (set[i].fresh_until_us != 0 && memcmp(set[i].token_hash, token_hash, SESSION_HASH_SIZE) == 0) {
            return &set[i];
        }
    }
    return NULL;
}

const struct session *session_find(const struct session_cache *cache, const uint8_t token_hash[SESSION_HASH_SIZE],
                                   int64_t now_us) {
    const struct session *session = lookup(cache, token_hash);
    if (session == NULL || now_us >= session->fresh_until_us || now_us >= session->who.expires_at_us) {
        return NULL;
    }
    return session;
}

void session_put(struct session_cache *cache, const uint8_t token_hash[SESSION_HASH_SIZE], const struct principal *who,
                 int64_t fresh_until_us) {
    assert(who->role != 0 && fresh_until_us > 0);
    struct session *slot = lookup(cache, token_hash);
    if (slot == NULL) {
        struct session *set = set_of(cache, token_hash);
        slot = &set[0];
        for (size_t i = 1; i < SESSION_WAYS; i++) {
            if (set[i].fresh_until_us < slot->fresh_until_us) {
                slot = &set[i];
            }
        }
    }
    memcpy(slot->token_hash, token_hash, SESSION_HASH_SIZE);
    slot->fresh_until_us = fresh_until_us;
    slot->who = *who;
}

void session_drop(struct session_cache *cache, const uint8_t token_hash[SESSION_HASH_SIZE]) {
    struct session *slot = lookup(cache, token_hash);
    if (slot != NULL) {
        memset(slot, 0, sizeof *slot);
    }
}
