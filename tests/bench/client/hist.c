#include "hist.h"

static int bucket_of(int64_t us) {
    if (us < HIST_SUB) {
        return us < 0 ? 0 : (int)us;
    }
    int high = 63 - __builtin_clzll((uint64_t)us); /* >= 6 */
    int shift = high - 6;
    int bucket = (shift + 1) * HIST_SUB + (int)((us >> shift) - HIST_SUB);
    return bucket < HIST_BUCKETS ? bucket : HIST_BUCKETS - 1;
}

static int64_t upper_bound(int bucket) {
    if (bucket < HIST_SUB) {
        return bucket;
    }
    int shift = bucket / HIST_SUB - 1;
    return ((int64_t)(bucket % HIST_SUB + HIST_SUB + 1) << shift) - 1;
}

void hist_add(struct hist *hist, int64_t us) {
    hist->count++;
    hist->buckets[bucket_of(us)]++;
    hist->max_us = us > hist->max_us ? us : hist->max_us;
}

int64_t hist_percentile(const struct hist *hist, double share) {
    uint64_t wanted = (uint64_t)((double)hist->count * share + 0.5);
    uint64_t seen = 0;
    for (int i = 0; i < HIST_BUCKETS; i++) {
        seen += hist->buckets[i];
        if (seen >= wanted && seen > 0) {
            int64_t bound = upper_bound(i);
            return bound < hist->max_us ? bound : hist->max_us;
        }
    }
    return 0;
}
