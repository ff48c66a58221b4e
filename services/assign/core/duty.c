#include "assign/core/duty.h"

#include <assert.h>

size_t duty_merge(struct duty_span *spans, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        assert(spans[i].from_us < spans[i].to_us);
        assert(i == 0 || kept == 0 || spans[kept - 1].from_us <= spans[i].from_us);
        if (kept > 0 && spans[i].from_us <= spans[kept - 1].to_us) {
            if (spans[i].to_us > spans[kept - 1].to_us) {
                spans[kept - 1].to_us = spans[i].to_us;
            }
        } else {
            spans[kept++] = spans[i];
        }
    }
    return kept;
}

/* Index of the first span that ends after at_us. */
static size_t first_ending_after(const struct duty_span *spans, size_t count, int64_t at_us) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (spans[middle].to_us <= at_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool duty_at(const struct duty_span *spans, size_t count, int64_t at_us) {
    size_t i = first_ending_after(spans, count, at_us);
    return i < count && spans[i].from_us <= at_us;
}

int64_t duty_next(const struct duty_span *spans, size_t count, int64_t at_us) {
    size_t i = first_ending_after(spans, count, at_us);
    if (i < count && spans[i].from_us <= at_us) {
        i++;
    }
    return i < count ? spans[i].from_us : 0;
}
