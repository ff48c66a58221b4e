/* pick_worker.h - the one accountable person among those of a grid
 *
 * Promise   pure; the order of the candidates never matters: on duty before all, then primary before deputy before grid
 *           head, then who has the skill that the matter demands, then the least open orders, then the one who is accountable
 *           for the grid, then the lowest id.
 * Threads   any. */
#ifndef ASSIGN_CORE_PICK_WORKER_H
#define ASSIGN_CORE_PICK_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers of paidan.assign.v1.Accountability: lower goes first. */
enum accountability { ACCOUNTABLE_PRIMARY = 1, ACCOUNTABLE_DEPUTY, ACCOUNTABLE_GRID_HEAD };

struct pick_candidate {
    const char *worker_id;
    enum accountability accountability;
    bool on_duty;
    bool skilled;     /* or no skill is demanded */
    bool accountable; /* for the grid, by the log */
    int64_t open_orders;
};

/* Index of the chosen one; -1: nobody is on duty. */
int pick_worker(const struct pick_candidate *candidates, size_t count);

/* Is there more than one in the rank that is asked first, so that the open orders decide? */
bool pick_needs_load(const struct pick_candidate *candidates, size_t count);

#endif
