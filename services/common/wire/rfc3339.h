/* rfc3339.h - times as text
 *
 * Use       wire_time_read() for what came in, wire_time_write() for what goes out; both in microseconds since 1970
 *           UTC.
 * Promise   proleptic Gregorian calendar, years 0001..9999 in UTC; no time zone data, no locale, no system call.
 *           write(read(x)) names the same microsecond; digits beyond it are cut.
 * Fails     false; *ret_us is then untouched. A leap second (:60) is refused, Timestamp cannot hold it.
 * Threads   any. */
#ifndef COMMON_WIRE_RFC3339_H
#define COMMON_WIRE_RFC3339_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_TIME_TEXT_MAX = 32 };

/* 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z in seconds: what a Timestamp may hold. */
#define WIRE_TIME_FIRST_S INT64_C(-62135596800)
#define WIRE_TIME_LAST_S  INT64_C(253402300799)

bool wire_time_read(const char *text, size_t len, int64_t *ret_us);

/* Writes the shortest of 0, 3 or 6 digits of fraction, terminated; returns the length, 0 when outside the years. */
size_t wire_time_write(int64_t us, char ret[WIRE_TIME_TEXT_MAX]);

#endif
