/* lane.h - jobs that must not run on the loop: one after the other on the thread pool, in the order they came
 *
 * Use       embed struct lane_job first in a struct of your own; lane_push(); work() runs on a thread of the pool, then done() on
 *           the loop, where the job is freed by its owner.
 * Promise   at most one job of a lane runs at a time, so what only its jobs use needs no lock.
 * Fails     lane_push() false: as many wait as may. Nothing was taken over.
 * Memory    jobs belong to the lane until done().
 * Threads   lane_push() and done(): loop; work(): pool. */
#ifndef GATEWAY_SHELL_LANE_H
#define GATEWAY_SHELL_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct lane_job {
    struct lane_job *next;
    void (*work)(struct lane_job *job);
    void (*done)(struct lane_job *job);
};

struct lane {
    uv_work_t request;
    uv_loop_t *loop;
    struct lane_job *first, *last;        /* waiting */
    struct lane_job *running;             /* list of those that run */
    size_t waiting, waiting_max, at_once; /* at_once: jobs that share one trip to the pool */
};

void lane_init(struct lane *lane, uv_loop_t *loop, size_t waiting_max, size_t at_once);

bool lane_push(struct lane *lane, struct lane_job *job) __attribute__((warn_unused_result));

/* Nothing waits or runs. */
bool lane_idle(const struct lane *lane);

#endif
