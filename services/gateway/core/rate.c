#include "gateway/core/rate.h"

#include <assert.h>

void rate_init(struct rate *rate, struct rate_bucket *buckets, size_t sets, int64_t per_ks, int64_t burst) {
    assert(sets > 0 && (sets & (sets - 1)) == 0);
    assert(per_ks >= 0 && per_ks <= INT64_C(10000000000) && (per_ks == 0 || burst >= 1));
    rate->buckets = buckets;
    rate->sets = sets;
    /* Above a million a second a token costs less than a microsecond: no limit. */
    rate->cost_us = per_ks == 0 ? 0 : INT64_C(1000000000) / per_ks;
    rate->burst_us = rate->cost_us * burst;
}

static struct rate_bucket *set_of(const struct rate *rate, uint64_t key) {
    return rate->buckets + (size_t)(key & (rate->sets - 1)) * RATE_WAYS;
}

static int64_t wait_of(const struct rate *rate, const struct rate_bucket *bucket, int64_t now_us) {
    int64_t after = (bucket->full_at_us > now_us ? bucket->full_at_us : now_us) + rate->cost_us;
    int64_t over = after - now_us - rate->burst_us;
    return over > 0 ? over : 0;
}

int64_t rate_take(struct rate *rate, uint64_t key, int64_t now_us) {
    if (rate->cost_us == 0) {
        return 0;
    }
    struct rate_bucket *set = set_of(rate, key);
    struct rate_bucket *bucket = &set[0];
    for (size_t i = 0; i < RATE_WAYS; i++) {
        if (set[i].key == key) {
            bucket = &set[i];
            break;
        }
        if (set[i].full_at_us < bucket->full_at_us) {
            bucket = &set[i];
        }
    }
    if (bucket->key != key) {
        bucket->key = key;
        bucket->full_at_us = now_us;
    }
    int64_t wait_us = wait_of(rate, bucket, now_us);
    if (wait_us == 0) {
        bucket->full_at_us = (bucket->full_at_us > now_us ? bucket->full_at_us : now_us) + rate->cost_us;
    }
    return wait_us;
}

void rate_give(struct rate *rate, uint64_t key) {
    if (rate->cost_us == 0) {
        return;
    }
    struct rate_bucket *set = set_of(rate, key);
    for (size_t i = 0; i < RATE_WAYS; i++) {
        if (set[i].key == key) {
            set[i].full_at_us -= rate->cost_us;
            return;
        }
    }
}
