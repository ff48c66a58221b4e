/* duty.h - when somebody is on duty, as sorted spans of time that do not touch
 *
 * Use       duty_merge() once on spans sorted by their beginning; then duty_at() and duty_next().
 * Promise   pure. A span holds its beginning and not its end.
 * Threads   any. */
#ifndef ASSIGN_CORE_DUTY_H
#define ASSIGN_CORE_DUTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct duty_span {
    int64_t from_us, to_us;
};

/* Joins spans that overlap or touch, in place; returns how many are left. */
size_t duty_merge(struct duty_span *spans, size_t count);

bool duty_at(const struct duty_span *spans, size_t count, int64_t at_us);

/* The first beginning after at_us; 0: none. */
int64_t duty_next(const struct duty_span *spans, size_t count, int64_t at_us);

#endif
