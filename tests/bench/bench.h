/* bench.h - the measurements of paidan-bench; each prints one JSON object on stdout and nothing else
 *
 * Use       paidan-bench floor|life|bus|stream|idle [options]; scripts/bench calls them in turns and makes the table.
 * Promise   exit status 0 only when everything begun was finished; rates count only what was.
 * Threads   one measurement per process. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

struct bench_options {
    double seconds;  /* how long new work is begun */
    long count;      /* stop after so many; 0: only by time */
    int connections; /* HTTP, PostgreSQL */
    int open_max;    /* orders on their way at once */
    int batch;       /* orders in one commit, commands in one message */
    double rate;     /* begin so many a second; 0: as fast as possible */
    bool register_only;
    const char *kind; /* of a floor: plain, batch, register */
    const char *conninfo;
    const char *event_bytes; /* nine numbers with commas: size of each stage's event */
    const char *reply_bytes; /* likewise, of the stored answers */
    int sealed_bytes;
    const char *http, *accounts, *workers;
    const char *nats, *seed;
    const char *box;      /* "lat,long,lat,long": the city */
    const char *timeline; /* file for closed orders per 100 ms */
};

int bench_floor(const struct bench_options *options);
int bench_life(const struct bench_options *options);
int bench_bus(const struct bench_options *options);
int bench_stream(const struct bench_options *options);
int bench_idle(const struct bench_options *options);

/* CPU that this process has used, in microseconds. */
int64_t bench_cpu_us(void);

#endif
