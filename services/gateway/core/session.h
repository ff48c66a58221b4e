/* session.h - the sessions that this gateway has seen lately, by the hash of their token
 *
 * Use       session_find() on each call; on a miss the database is asked and session_put() remembers the answer.
 * Promise   nothing is answered after expires_at_us, nor after fresh_until_us (then the database is asked again, which is how an
 *           end made by another gateway becomes known).
 * Limits    SESSION_WAYS sessions in one set; the one that is stale first is forgotten. That costs a query, no session.
 * Memory    the caller's.
 * Threads   one at a time. */
#ifndef GATEWAY_CORE_SESSION_H
#define GATEWAY_CORE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SESSION_WAYS = 4, SESSION_HASH_SIZE = 32, SESSION_WORKER_MAX = 32, SESSION_ACCOUNT_TEXT = 37 };

/* Who calls. */
struct principal {
    uint8_t account_id[16];
    char account_text[SESSION_ACCOUNT_TEXT];
    char worker_id[SESSION_WORKER_MAX]; /* "" unless a grid worker */
    uint32_t role;                      /* number of paidan.common.v1.Role; 0: nobody */
    int64_t expires_at_us;
};

struct session {
    uint8_t token_hash[SESSION_HASH_SIZE];
    int64_t fresh_until_us; /* 0: free */
    struct principal who;
};

struct session_cache {
    struct session *slots;
    size_t sets; /* power of two */
};

/* slots: sets * SESSION_WAYS of them, zeroed. */
void session_cache_init(struct session_cache *cache, struct session *slots, size_t sets);

/* The session, valid until the next put or drop, or NULL. */
const struct session *session_find(const struct session_cache *cache, const uint8_t token_hash[SESSION_HASH_SIZE],
                                   int64_t now_us);

void session_put(struct session_cache *cache, const uint8_t token_hash[SESSION_HASH_SIZE], const struct principal *who,
                 int64_t fresh_until_us);

void session_drop(struct session_cache *cache, const uint8_t token_hash[SESSION_HASH_SIZE]);

#endif
