/* hist.h - percentiles of durations, in buckets of about 1.5 % width
 *
 * Use       hist_add() per value; hist_percentile(), hist_max(), hist_count() at the end. All-zero memory is an empty one.
 * Promise   exact below 64 us, else the upper bound of the bucket; values from 0 to 2^40 us.
 * Threads   one at a time. */
#ifndef BENCH_CLIENT_HIST_H
#define BENCH_CLIENT_HIST_H

#include <stdint.h>

enum { HIST_SUB = 64, HIST_BUCKETS = HIST_SUB * 36 };

struct hist {
    uint64_t count;
    int64_t max_us;
    uint64_t buckets[HIST_BUCKETS];
};

void hist_add(struct hist *hist, int64_t us);
/* share: 0.5 is the median. 0 when empty. */
int64_t hist_percentile(const struct hist *hist, double share);

#endif
