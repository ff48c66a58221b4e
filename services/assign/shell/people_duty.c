/* people_duty.c - one worker's shifts, leaves and word, and when he is there after all */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "assign/shell/people_inner.h"

bool people_make_room(void **list, size_t count, size_t *max, size_t size) {
    if (count < *max) {
        return true;
    }
    size_t more = *max == 0 ? 4 : 2 * *max;
    void *longer = realloc(*list, more * size);
    if (longer != NULL) {
        *list = longer;
        *max = more;
    }
    return longer != NULL;
}

void people_clear_duty(struct worker *worker) {
    worker->shift_count = worker->leave_count = 0;
}

bool people_put_shift(struct worker *worker, struct duty_span span) {
    void *list = worker->shifts;
    assert(span.from_us < span.to_us);
    bool good = people_make_room(&list, worker->shift_count, &worker->shift_max, sizeof span);
    worker->shifts = list;
    if (good) {
        worker->shifts[worker->shift_count++] = span;
    }
    return good;
}

bool people_put_leave(struct worker *worker, const uint8_t id[16], struct duty_span span) {
    void *list = worker->leaves;
    assert(span.from_us < span.to_us);
    bool good = people_make_room(&list, worker->leave_count, &worker->leave_max, sizeof *worker->leaves);
    worker->leaves = list;
    if (good) {
        struct leave *leave = &worker->leaves[worker->leave_count++];
        leave->span = span;
        memcpy(leave->id, id, sizeof leave->id);
    }
    return good;
}

void people_drop_leave(struct worker *worker, const uint8_t id[16]) {
    for (size_t i = 0; i < worker->leave_count; i++) {
        if (memcmp(worker->leaves[i].id, id, 16) == 0) {
            memmove(&worker->leaves[i], &worker->leaves[i + 1], (worker->leave_count - i - 1) * sizeof *worker->leaves);
            worker->leave_count--;
            return;
        }
    }
}

static int compare_spans(const void *a, const void *b) {
    const struct duty_span *x = a, *y = b;
    return (x->from_us > y->from_us) - (x->from_us < y->from_us);
}

/* false: no memory, and the list is as it was. */
static bool resize(struct duty_span **list, size_t count) {
    struct duty_span *longer = realloc(*list, count * sizeof *longer);
    if (longer == NULL) {
        return false;
    }
    *list = longer;
    return true;
}

bool people_settle_duty(struct worker *worker) {
    size_t room = DUTY_ROOM(worker->shift_count, worker->leave_count);
    if (room > worker->span_max) {
        if (!resize(&worker->spans, room) || !resize(&worker->away, room)) {
            return false;
        }
        worker->span_max = room;
    }
    if (worker->shift_count > 1) {
        qsort(worker->shifts, worker->shift_count, sizeof *worker->shifts, compare_spans);
    }
    worker->shift_count = duty_merge(worker->shifts, worker->shift_count);
    for (size_t i = 0; i < worker->leave_count; i++) {
        worker->away[i] = worker->leaves[i].span;
    }
    qsort(worker->away, worker->leave_count, sizeof *worker->away, compare_spans);
    worker->away_count = duty_merge(worker->away, worker->leave_count);
    worker->span_count = duty_effective(worker->shifts, worker->shift_count, worker->away, worker->away_count,
                                        worker->mark, worker->spans);
    return true;
}
