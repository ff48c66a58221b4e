/* accountable.h - who is accountable for a grid, instant by instant
 *
 * Use       accountable_at() for one instant; accountable_walk() for all changes between two.
 * Promise   pure. Among those on duty the highest rank; among equals the present one stays, else the least open orders, else the
 *           lowest id. Between two edges of their duty nothing changes, so walking from edge to edge misses nothing, however
 *           long nobody looked.
 * Memory    the caller's.
 * Threads   any. */
#ifndef ASSIGN_CORE_ACCOUNTABLE_H
#define ASSIGN_CORE_ACCOUNTABLE_H

#include "assign/core/duty.h"
#include "assign/core/pick_worker.h"

enum { ACCOUNTABLE_NOBODY = -1 };

struct accountable_person {
    const char *worker_id;
    enum accountability rank;
    const struct duty_span *spans;
    size_t span_count;
    int64_t open_orders;
};

/* From at_us on it is this one (an index, or ACCOUNTABLE_NOBODY). */
struct accountable_move {
    int64_t at_us;
    int person;
};

/* Index of the one; present: who it was until then. *ret_by_load (may be NULL): the open orders decided it, or the id. */
int accountable_at(const struct accountable_person *people, size_t count, int present, int64_t at_us,
                   bool *ret_by_load);

/* The changes after from_us, up to and with to_us. Returns how many; when max is too small, the first max and the rest is found by
 * walking on from the last one. *ret_by_load as above, of any of them. */
size_t accountable_walk(const struct accountable_person *people, size_t count, int present, int64_t from_us,
                        int64_t to_us, struct accountable_move *ret_moves, size_t max, bool *ret_by_load);

#endif
