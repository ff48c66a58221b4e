/* accountable_log.h - the log of who is accountable for each grid, moved in memory and written with the batch
 *
 * Use       accountable_walk_all() once in a batch's read, before anything decides; accountable_settle() after somebody's duty or posts
 *           changed; accountable_save() with the rest of the batch.
 * Promise   each change stands in the log with the instant at which it became true: the edge of somebody's duty, or the batch's
 *           own. Nothing is written for a grid whose person stays.
 * Fails     as pg_query(); PD_RETRY "ARENA" when the batch is out of memory.
 * Memory    the rows are the batch's; what is in memory of the people runs ahead of the database until COMMIT (city_follow.unsure).
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_ACCOUNTABLE_LOG_H
#define ASSIGN_SHELL_ACCOUNTABLE_LOG_H

#include "assign/shell/city.h"
#include "common/io/pg.h"
#include "common/relay/engine.h"

/* A row that this batch writes: begins, corrects, closes, or more than one of them. */
struct accountable_row {
    const char *grid;
    int64_t since_us, until_us;  /* until_us 0: open */
    const struct worker *worker; /* NULL: nobody */
    enum accountability rank;    /* 0: nobody */
    bool begins, corrects;
    struct accountable_row *next;
};

struct accountable_log {
    struct accountable_row *rows;
    size_t count;
    size_t lost, found;       /* grids that lost their last person, that found one */
    const char *lost_grid;    /* one of them */
    bool behind;              /* more is to be walked than one batch should */
    struct pg_array *checked; /* grids that are complete all the same; NULL: none */
};

/* When everybody's shift changes at once, the log is moved on in pieces: a batch that somebody waits for writes a small one. */
enum { ACCOUNTABLE_TICK_MAX = 500, ACCOUNTABLE_BATCH_MAX = 100 };

/* Brings the log from follow->walked_us to now: the grids of these workers (NULL ends the list) whatever it takes, all others by
 * about max moves; 0: whatever it takes. */
enum pd_fate accountable_walk_all(struct batch *batch, struct accountable_log *log, struct pg *pg,
                                  struct worker *const *workers, size_t max, struct pd_err *reterr);

/* Looks at one grid now. loads: of its people, where they may decide. */
void accountable_settle(struct batch *batch, struct accountable_log *log, struct posts *posts,
                        const struct loads *loads);
/* Looks at all of them. */
enum pd_fate accountable_settle_all(struct batch *batch, struct accountable_log *log, struct pg *pg,
                                    struct pd_err *reterr);

/* version: of the people, that the rows are stamped with. */
enum pd_fate accountable_save(struct accountable_log *log, struct pg *pg, struct pd_arena *arena, int64_t version,
                              int64_t now_us, struct pd_err *reterr);

/* The open orders of these workers. */
enum pd_fate loads_read(struct batch *batch, struct loads *loads, struct pg *pg, struct pg_array *workers,
                        struct pd_err *reterr);

#endif
