#include "gateway/core/trace_text.h"

#include <string.h>

static int compare(const struct trace_text *a, const struct trace_text *b) {
    int order = strcmp(a->event_id, b->event_id);
    if (order != 0) {
        return order;
    }
    return a->place < b->place ? -1 : a->place > b->place;
}

static void swap(struct trace_text *a, struct trace_text *b) {
    struct trace_text kept = *a;
    *a = *b;
    *b = kept;
}

/* Heap sort: in place, no memory, and no bad case for whoever chooses the ids. */
static void sink(struct trace_text *texts, size_t root, size_t count) {
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count) {
            return;
        }
        if (child + 1 < count && compare(&texts[child], &texts[child + 1]) < 0) {
            child++;
        }
        if (compare(&texts[root], &texts[child]) >= 0) {
            return;
        }
        swap(&texts[root], &texts[child]);
        root = child;
    }
}

void trace_text_sort(struct trace_text *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        texts[i].place = i;
    }
    for (size_t i = count / 2; i > 0; i--) {
        sink(texts, i - 1, count);
    }
    for (size_t end = count; end > 1; end--) {
        swap(&texts[0], &texts[end - 1]);
        sink(texts, 0, end - 1);
    }
}

const char *trace_text_find(const struct trace_text *texts, size_t count, const char *event_id) {
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(texts[middle].event_id, event_id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < count && strcmp(texts[low].event_id, event_id) == 0) {
        return texts[low].text;
    }
    return NULL;
}
