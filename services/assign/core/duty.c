#include "assign/core/duty.h"

#include <assert.h>
#include <string.h>

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

int64_t duty_edge(const struct duty_span *spans, size_t count, int64_t at_us) {
    size_t i = first_ending_after(spans, count, at_us);
    if (i == count) {
        return 0;
    }
    return spans[i].from_us > at_us ? spans[i].from_us : spans[i].to_us;
}

static size_t insert(struct duty_span *spans, size_t count, size_t place, struct duty_span span) {
    memmove(&spans[place + 1], &spans[place], (count - place) * sizeof *spans);
    spans[place] = span;
    return count + 1;
}

/* Room for one more is the caller's. */
static size_t add(struct duty_span *spans, size_t count, struct duty_span span) {
    size_t place = 0;
    while (place < count && spans[place].from_us < span.from_us) {
        place++;
    }
    return duty_merge(spans, insert(spans, count, place, span));
}

/* What lies within the cut goes; a span around it becomes two. */
static size_t take_out(struct duty_span *spans, size_t count, struct duty_span cut) {
    size_t i = 0;
    while (i < count) {
        struct duty_span *span = &spans[i];
        if (span->to_us <= cut.from_us || span->from_us >= cut.to_us) {
            i++;
        } else if (span->from_us < cut.from_us && span->to_us > cut.to_us) {
            struct duty_span rest = {cut.to_us, span->to_us};
            span->to_us = cut.from_us;
            count = insert(spans, count, i + 1, rest);
            i += 2;
        } else if (span->from_us < cut.from_us) {
            span->to_us = cut.from_us;
            i++;
        } else if (span->to_us > cut.to_us) {
            span->from_us = cut.to_us;
            i++;
        } else {
            memmove(span, span + 1, (count - i - 1) * sizeof *span);
            count--;
        }
    }
    return count;
}

size_t duty_effective(const struct duty_span *shifts, size_t shift_count, const struct duty_span *leaves,
                      size_t leave_count, struct duty_mark mark, struct duty_span *ret_spans) {
    size_t count = shift_count;
    if (shift_count > 0) {
        memcpy(ret_spans, shifts, shift_count * sizeof *shifts);
    }
    if (mark.at_us != 0) {
        int64_t edge_us = duty_edge(shifts, shift_count, mark.at_us);
        int64_t most_us = mark.at_us + DUTY_MARK_MAX_US;
        struct duty_span word = {mark.at_us, edge_us == 0 || edge_us > most_us ? most_us : edge_us};
        count = mark.on_duty ? add(ret_spans, count, word) : take_out(ret_spans, count, word);
    }
    for (size_t i = 0; i < leave_count; i++) {
        count = take_out(ret_spans, count, leaves[i]);
    }
    assert(count <= DUTY_ROOM(shift_count, leave_count));
    return count;
}
