/* people_work.h - what a batch does about the people: leave, duty, the log of who is accountable, and the orders that follow
 *
 * Use       people_ask() and people_read() within those of the batch; people_look() when the city is fresh, before anything decides;
 *           people_decide() for its commands; people_save() after everything else was queued; people_committed().
 * Promise   whoever changes people finds the log complete up to now, and moves it on in the same transaction.
 * Fails     as pg_query(); PD_RETRY "ARENA".
 * Memory    of the batch.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_PEOPLE_WORK_H
#define ASSIGN_SHELL_PEOPLE_WORK_H

#include "assign/shell/accountable_log.h"
#include "assign/shell/city.h"
#include "common/io/pg.h"
#include "common/relay/engine.h"

enum {
    FOLLOW_AT_ONCE_MAX = 200, /* orders of one worker that follow in the transaction of his leave; the rest by ticks */
    FOLLOW_TICK_MAX = 500,    /* orders that follow in one tick */
    FOLLOW_BATCH_MAX = 2000,  /* orders read for all commands of one batch */
    LEAVES_MAX = 100          /* of one worker, that have not ended */
};

/* A leave of the database, or of this batch. */
struct leave_row {
    uint8_t id[16];
    const char *worker_id;
    struct duty_span span;
    int kind;
    int64_t cancelled_us; /* 0: not */
    bool begins, ends;    /* written by this batch */
    struct leave_row *next;
};

struct mark_row {
    const struct worker *worker;
    bool on_duty;
    struct mark_row *next;
};

struct touched {
    struct worker *worker;
    struct touched *next;
};

struct people_work {
    struct accountable_log log;
    struct leave_row *leaves;
    struct mark_row *marks;
    struct touched *touched;    /* workers whose duty this batch changed */
    size_t commands, leave_ids; /* about people; leaves asked for */
    int64_t version;            /* of the people, as read */
    bool tick;
    bool scan;     /* orders that are adrift are looked for */
    bool failed;   /* what is in memory is wrong after this batch */
    bool imported; /* rows of workers, posts, shifts or grids are written by other means: look at all afterwards */
};

/* Is this command about people? */
bool people_is_command(const struct input *input);

enum pd_fate people_ask(struct batch *batch, struct people_work *work, struct pg *pg, struct pd_err *reterr);
enum pd_fate people_read(struct batch *batch, struct people_work *work, struct pg *pg, struct pd_err *reterr);
enum pd_fate people_look(struct batch *batch, struct people_work *work, struct pg *pg, struct pd_err *reterr);
void people_decide(struct batch *batch, struct input *input);
enum pd_fate people_save(struct batch *batch, struct people_work *work, struct pg *pg, struct pd_err *reterr);
void people_committed(struct batch *batch, const struct people_work *work);

#endif
