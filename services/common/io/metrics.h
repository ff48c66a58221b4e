/* metrics.h - counters, gauges and histograms of a service
 *
 * Use       rows in metrics.def; metric_add(METRIC_BATCHES, 1), metric_set(METRIC_QUEUE_DEPTH, n),
 *           metric_observe(METRIC_COMMIT_TIME, microseconds).
 * Promise   lock-free; reading gives a text in the Prometheus exposition format 0.0.4.
 * Fails     never. metrics_render() cuts nothing: ask twice when the size was too small.
 * Memory    static.
 * Threads   any, except metrics_on_render(). */
#ifndef COMMON_IO_METRICS_H
#define COMMON_IO_METRICS_H

#include <stddef.h>
#include <stdint.h>

enum metric {
#define COUNTER(id, name, label, help)         METRIC_##id,
#define GAUGE(id, name, label, help)           METRIC_##id,
#define HISTOGRAM(id, name, label, kind, help) METRIC_##id,
#include "common/io/metrics.def"
#undef COUNTER
#undef GAUGE
#undef HISTOGRAM
    METRIC_COUNT
};

void metric_add(enum metric m, int64_t n);         /* counters and gauges */
void metric_set(enum metric m, int64_t value);     /* gauges */
void metric_max(enum metric m, int64_t value);     /* gauges that remember the highest */
void metric_observe(enum metric m, int64_t value); /* histograms: microseconds or a count */
int64_t metric_get(enum metric m);                 /* of a histogram: how many were observed */

/* Called before each rendering, to set gauges that are cheaper asked for than kept. At most 8; loop thread. */
void metrics_on_render(void (*refresh)(void *ctx), void *ctx);

/* The text, terminated, in to[size]; returns its length, or what it would need (as snprintf). */
size_t metrics_render(const char *service, char *to, size_t size);

#endif
