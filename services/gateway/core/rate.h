/* rate.h - how often somebody may do something: token buckets, told apart by a 64-bit key
 *
 * Use       rate_init() over the caller's memory; rate_take() before the work; rate_give() takes it back, for things that only
 *           count when they fail.
 * Promise   per key at most `per_s` a second in the long run and `burst` at once. Each bucket is one number, the time at which it
 *           will be full again (GCRA), so nothing has to be refilled by a timer.
 * Limits    RATE_WAYS keys in one set. When a set is full the fullest bucket is forgotten: its owner had the least to lose.
 *           Somebody who can choose many keys wins nothing but fresh buckets, which is why addresses have a bucket too.
 * Memory    the caller's; RATE_WAYS * 16 bytes a set.
 * Threads   one at a time. */
#ifndef GATEWAY_CORE_RATE_H
#define GATEWAY_CORE_RATE_H

#include <stddef.h>
#include <stdint.h>

enum { RATE_WAYS = 4 };

struct rate_bucket {
    uint64_t key;
    int64_t full_at_us;
};

struct rate {
    struct rate_bucket *buckets;
    size_t sets; /* power of two */
    int64_t cost_us;
    int64_t burst_us;
};

/* buckets: sets * RATE_WAYS of them, zeroed. per_ks: allowed in a thousand seconds; 0 allows everything. */
void rate_init(struct rate *rate, struct rate_bucket *buckets, size_t sets, int64_t per_ks, int64_t burst);

/* Takes one; answers 0, or how long to wait when there is none (then nothing is taken). */
int64_t rate_take(struct rate *rate, uint64_t key, int64_t now_us);

/* Gives back what a successful rate_take() took. */
void rate_give(struct rate *rate, uint64_t key);

#endif
