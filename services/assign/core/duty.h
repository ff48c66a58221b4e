/* duty.h - when somebody is on duty, as sorted spans of time that do not touch
 *
 * Use       duty_effective() makes them of shifts, leaves and the worker's own word, or duty_merge() of spans sorted by their
 *           beginning; then duty_at(), duty_next() and duty_edge().
 * Promise   pure. A span holds its beginning and not its end. Leave beats the worker's word, his word the shift.
 * Threads   any. */
#ifndef ASSIGN_CORE_DUTY_H
#define ASSIGN_CORE_DUTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct duty_span {
    int64_t from_us, to_us;
};

/* The worker's own word, given at at_us (0: none): good until his shift plan next changes, DUTY_MARK_MAX_US at most. */
struct duty_mark {
    bool on_duty;
    int64_t at_us;
};

#define DUTY_MARK_MAX_US (INT64_C(7) * 24 * 3600 * 1000000)

/* Joins spans that overlap or touch, in place; returns how many are left. */
size_t duty_merge(struct duty_span *spans, size_t count);

bool duty_at(const struct duty_span *spans, size_t count, int64_t at_us);

/* The first beginning after at_us; 0: none. */
int64_t duty_next(const struct duty_span *spans, size_t count, int64_t at_us);

/* The first beginning or end after at_us; 0: none. */
int64_t duty_edge(const struct duty_span *spans, size_t count, int64_t at_us);

/* Room that duty_effective() needs. */
#define DUTY_ROOM(shifts, leaves) ((shifts) + (leaves) + 2)

/* When he is there after all. shifts and leaves are merged; ret_spans has DUTY_ROOM of their counts. Returns how many. */
size_t duty_effective(const struct duty_span *shifts, size_t shift_count, const struct duty_span *leaves,
                      size_t leave_count, struct duty_mark mark, struct duty_span *ret_spans);

#endif
