/* people.h - the workers in memory: who answers for which grid, and who is on duty
 *
 * Use       people_new(), people_add_*() in the order below, people_finish(); then look things up.
 * Fails     people_add_*() false: no memory.
 * Memory    everything handed out lives as long as the people.
 * Threads   one at a time. */
#ifndef ASSIGN_SHELL_PEOPLE_H
#define ASSIGN_SHELL_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assign/core/duty.h"
#include "assign/core/pick_worker.h"

struct people;

struct worker {
    const char *id;
    size_t index; /* dense from 0, by id */
    struct duty_span *spans;
    size_t span_count;
};

/* A worker's part in a grid. */
struct post {
    const struct worker *worker;
    enum accountability accountability;
};

struct posts {
    const char *grid;
    struct post *list;
    size_t count;
};

enum { POSTS_MAX = 64 }; /* of one grid that are looked at */

/* Room for so many. NULL: no memory. */
struct people *people_new(size_t workers, size_t posts, size_t shifts);
void people_free(struct people *people);

/* Workers by id, then shifts by worker and beginning, and posts by grid and rank; all by bytes. */
bool people_add_worker(struct people *people, const char *id);
bool people_add_shift(struct people *people, const char *worker_id, int64_t from_us, int64_t to_us);
bool people_add_post(struct people *people, const char *grid, const char *worker_id,
                     enum accountability accountability);
void people_finish(struct people *people);

/* NULL: no such worker. */
const struct worker *people_worker(const struct people *people, const char *id);
size_t people_count(const struct people *people);
/* NULL: nobody answers for this grid. */
const struct posts *people_posts(const struct people *people, const char *grid);

bool people_on_duty(const struct worker *worker, int64_t at_us);
/* When one of them comes on duty after at_us; 0: not within the days that are in memory. */
int64_t people_next_duty(const struct posts *posts, int64_t at_us);
/* As candidates, with open_orders 0. Returns how many (<= POSTS_MAX). posts may be NULL. */
size_t people_candidates(const struct posts *posts, int64_t at_us, struct pick_candidate ret[POSTS_MAX]);

#endif
