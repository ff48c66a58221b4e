#include "common/io/metrics.h"

#include <assert.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum kind { KIND_COUNTER, KIND_GAUGE, KIND_TIME, KIND_COUNT };
enum { BUCKETS = 16, REFRESHERS_MAX = 8 };

struct row {
    const char *name;
    const char *label;
    const char *help;
    enum kind kind;
};

static const struct row rows[METRIC_COUNT] = {
#define COUNTER(id, name, label, help)         {name, label, help, KIND_COUNTER},
#define GAUGE(id, name, label, help)           {name, label, help, KIND_GAUGE},
#define HISTOGRAM(id, name, label, kind, help) {name, label, help, KIND_##kind},
#include "common/io/metrics.def"
#undef COUNTER
#undef GAUGE
#undef HISTOGRAM
};

/* Upper bounds, inclusive. TIME in microseconds. */
static const int64_t time_bounds[BUCKETS] = {100,   250,    500,    1000,   2500,    5000,    10000,   25000,
                                             50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};
static const int64_t count_bounds[BUCKETS] = {1,   2,   4,    8,    16,   32,   64,    128,
                                              256, 512, 1024, 2048, 4096, 8192, 16384, 32768};

/* value: the counter or gauge; for histograms the number observed. bucket[BUCKETS] is "more than all bounds". */
static struct cell {
    _Atomic int64_t value;
    _Atomic int64_t sum;
    _Atomic int64_t bucket[BUCKETS + 1];
} cells[METRIC_COUNT];

static struct {
    void (*refresh)(void *ctx);
    void *ctx;
} refreshers[REFRESHERS_MAX];
static size_t refresher_count;

static bool is_histogram(enum metric m) {
    return rows[m].kind == KIND_TIME || rows[m].kind == KIND_COUNT;
}

void metric_add(enum metric m, int64_t n) {
    assert(m < METRIC_COUNT && !is_histogram(m));
    assert(rows[m].kind == KIND_GAUGE || n >= 0);
    atomic_fetch_add_explicit(&cells[m].value, n, memory_order_relaxed);
}

void metric_set(enum metric m, int64_t value) {
    assert(m < METRIC_COUNT && rows[m].kind == KIND_GAUGE);
    atomic_store_explicit(&cells[m].value, value, memory_order_relaxed);
}

void metric_max(enum metric m, int64_t value) {
    assert(m < METRIC_COUNT && rows[m].kind == KIND_GAUGE);
    int64_t was = atomic_load_explicit(&cells[m].value, memory_order_relaxed);
    while (was < value && !atomic_compare_exchange_weak_explicit(&cells[m].value, &was, value, memory_order_relaxed,
                                                                 memory_order_relaxed))
        continue;
}

void metric_observe(enum metric m, int64_t value) {
    assert(m < METRIC_COUNT && is_histogram(m));
    const int64_t *bounds = rows[m].kind == KIND_TIME ? time_bounds : count_bounds;
    size_t b = 0;
    while (b < BUCKETS && value > bounds[b])
        b++;
    atomic_fetch_add_explicit(&cells[m].bucket[b], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&cells[m].sum, value, memory_order_relaxed);
    atomic_fetch_add_explicit(&cells[m].value, 1, memory_order_relaxed);
}

int64_t metric_get(enum metric m) {
    assert(m < METRIC_COUNT);
    return atomic_load_explicit(&cells[m].value, memory_order_relaxed);
}

void metrics_on_render(void (*refresh)(void *ctx), void *ctx) {
    assert(refresh);
    assert(refresher_count < REFRESHERS_MAX);
    refreshers[refresher_count].refresh = refresh;
    refreshers[refresher_count++].ctx = ctx;
}

struct text {
    char *to;
    size_t size;
    size_t len; /* what was wanted, may exceed size */
};

static void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct text *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    size_t at = t->len < t->size ? t->len : t->size;
    int n = vsnprintf(t->to ? t->to + at : NULL, t->size - at, format, args);
    va_end(args);
    if (n > 0)
        t->len += (size_t)n;
}

static void put_histogram(struct text *t, enum metric m, const char *service, const char *comma) {
    const struct row *row = &rows[m];
    bool time = row->kind == KIND_TIME;
    const int64_t *bounds = time ? time_bounds : count_bounds;
    int64_t upto = 0;
    for (size_t b = 0; b < BUCKETS; b++) {
        upto += atomic_load_explicit(&cells[m].bucket[b], memory_order_relaxed);
        put(t, "paidan_%s_bucket{service=\"%s\"%s%s,le=\"%g\"} %lld\n", row->name, service, comma, row->label,
            time ? (double)bounds[b] / 1e6 : (double)bounds[b], (long long)upto);
    }
    upto += atomic_load_explicit(&cells[m].bucket[BUCKETS], memory_order_relaxed);
    int64_t sum = atomic_load_explicit(&cells[m].sum, memory_order_relaxed);
    put(t, "paidan_%s_bucket{service=\"%s\"%s%s,le=\"+Inf\"} %lld\n", row->name, service, comma, row->label,
        (long long)upto);
    put(t, "paidan_%s_sum{service=\"%s\"%s%s} %.6f\n", row->name, service, comma, row->label,
        time ? (double)sum / 1e6 : (double)sum);
    put(t, "paidan_%s_count{service=\"%s\"%s%s} %lld\n", row->name, service, comma, row->label, (long long)upto);
}

size_t metrics_render(const char *service, char *to, size_t size) {
    assert(service);
    assert(to || size == 0);
    static const char *const type_text[] = {"counter", "gauge", "histogram", "histogram"};
    for (size_t i = 0; i < refresher_count; i++)
        refreshers[i].refresh(refreshers[i].ctx);
    struct text t = {to, size, 0};
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct row *row = &rows[i];
        const char *comma = *row->label ? "," : "";
        if (i == 0 || strcmp(row->name, rows[i - 1].name) != 0)
            put(&t, "# HELP paidan_%s %s\n# TYPE paidan_%s %s\n", row->name, row->help, row->name,
                type_text[row->kind]);
        if (is_histogram((enum metric)i))
            put_histogram(&t, (enum metric)i, service, comma);
        else
            put(&t, "paidan_%s{service=\"%s\"%s%s} %lld\n", row->name, service, comma, row->label,
                (long long)metric_get((enum metric)i));
    }
    return t.len;
}
