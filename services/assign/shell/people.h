/* people.h - the workers in memory: who answers for which grid, who is on duty, and who is accountable by the log
 *
 * Use       people_new(); people_put_*() what was read or changed, then people_settle() for each worker that was touched; then look
 *           things up. What changes later is put again: nothing else is read anew.
 * Promise   pointers to workers and posts stay good as long as the people; their lists only until the next put.
 * Fails     people_put_*(), people_settle() false or NULL: no memory.
 * Memory    of the people; about 500 bytes a worker, 200 a grid.
 * Threads   one at a time. */
#ifndef ASSIGN_SHELL_PEOPLE_H
#define ASSIGN_SHELL_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assign/core/accountable.h"
#include "assign/core/order_move.h"

struct people;
struct posts;

/* Open orders by the index of a worker; as many as there were workers when they were read. */
struct loads {
    int64_t *open;
    size_t count;
};

struct leave {
    uint8_t id[16];
    struct duty_span span;
};

struct worker {
    const char *id;
    size_t index;       /* dense from 0 */
    const char *skills; /* between commas */
    struct duty_mark mark;
    struct duty_span *shifts, *spans, *away; /* spans: after leaves and mark; away: the leaves, merged */
    struct leave *leaves;
    size_t shift_count, shift_max, span_count, span_max, away_count, leave_count, leave_max;
    struct posts **posts; /* the grids that he answers for */
    size_t post_count, post_max;
};

/* A worker's part in a grid. */
struct post {
    struct worker *worker;
    enum accountability accountability;
};

/* A grid's people, and the last row of its log. */
struct posts {
    const char *grid;
    struct post *list; /* by rank and id */
    size_t count, max;
    bool logged;                      /* the log has this grid */
    const struct worker *accountable; /* NULL: nobody */
    int64_t since_us;
    int64_t checked_us; /* the log of this grid is complete up to there, at least */
    void *row;          /* of the batch `batch`: what it writes about this grid last */
    uint64_t batch;
};

enum { POSTS_MAX = 64 }; /* of one grid that are looked at */

struct people *people_new(void);
void people_free(struct people *people);

/* Found or made. skills: joined by commas. */
struct worker *people_put_worker(struct people *people, const char *id, const char *skills, struct duty_mark mark);
/* Forgets his shifts and leaves, which are then put again. */
void people_clear_duty(struct worker *worker);
bool people_put_shift(struct worker *worker, struct duty_span span);
bool people_put_leave(struct worker *worker, const uint8_t id[16], struct duty_span span);
void people_drop_leave(struct worker *worker, const uint8_t id[16]);
/* After his shifts, leaves or mark changed. */
bool people_settle(struct people *people, struct worker *worker);

/* Found or made. */
struct posts *people_put_grid(struct people *people, const char *grid);
void people_clear_posts(struct posts *posts);
bool people_put_post(struct posts *posts, struct worker *worker, enum accountability accountability);
/* The matters that demand a skill; all at once. */
void people_clear_skills(struct people *people);
bool people_put_skill(struct people *people, const char *prefix, const char *skill);

/* NULL: no such worker. */
struct worker *people_worker(const struct people *people, const char *id);
size_t people_count(const struct people *people);
struct worker *people_worker_at(const struct people *people, size_t index);
/* NULL: nobody answers for this grid. */
const struct posts *people_posts(const struct people *people, const char *grid);
/* The grid, with people or without; NULL: never heard of. */
struct posts *people_grid(const struct people *people, const char *grid);
size_t people_grid_count(const struct people *people);
struct posts *people_grid_at(const struct people *people, size_t index);
/* NULL: this matter demands none. */
const char *people_skill_of(const struct people *people, const char *service_code);

bool people_on_duty(const struct worker *worker, int64_t at_us);
enum worker_status people_status(const struct worker *worker, int64_t at_us);
/* When one of them comes on duty after at_us; 0: not within the days that are in memory. ret_worker may be NULL. */
int64_t people_next_duty(const struct posts *posts, int64_t at_us, const struct worker **ret_worker);
/* The first edge of anybody's duty after at_us; 0: none. Remembered until somebody changes. */
int64_t people_edge(struct people *people, int64_t at_us);
int64_t loads_of(const struct loads *loads, const struct worker *worker);
/* As candidates for a matter that demands this skill (NULL: none), with open_orders 0. Returns how many (<= POSTS_MAX). posts may
 * be NULL. */
size_t people_candidates(const struct posts *posts, int64_t at_us, const char *skill,
                         struct pick_candidate ret[POSTS_MAX]);
/* As persons of the log, in the order of the list. *ret_present: the accountable one among them, ACCOUNTABLE_NOBODY when he is none
 * of them. loads NULL: nobody has any. */
size_t people_persons(const struct posts *posts, const struct loads *loads, struct accountable_person ret[POSTS_MAX],
                      int *ret_present);

#endif
