/* replay_csv.h - the recorded requests of a city: a gzipped CSV file with a header line (RFC 4180)
 *
 * Use       csv_open(), csv_next() until it says 0, csv_close(); csv_column() finds a column by its name.
 * Promise   fields may be quoted and may hold commas, quotes and line ends. A plain file that is not gzipped works too.
 * Fails     csv_next() says -1 for a line with another number of fields than the header, or longer than CSV_LINE_MAX.
 * Memory    fields are borrowed until the next csv_next().
 * Threads   one at a time. */
#ifndef BENCH_REPLAY_CSV_H
#define BENCH_REPLAY_CSV_H

#include <stdbool.h>
#include <zlib.h>

enum { CSV_LINE_MAX = 65536, CSV_FIELDS_MAX = 64 };

struct csv {
    gzFile file;
    int columns;
    long line;
    char *names[CSV_FIELDS_MAX]; /* of the header */
    char *fields[CSV_FIELDS_MAX];
    char header[CSV_LINE_MAX];
    char text[CSV_LINE_MAX];
};

/* False: cannot be read or has no header. */
bool csv_open(struct csv *csv, const char *path);
void csv_close(struct csv *csv);
/* -1: there is none of that name. */
int csv_column(const struct csv *csv, const char *name);
/* 1: csv->fields are set; 0: the end; -1: broken. */
int csv_next(struct csv *csv);

#endif
