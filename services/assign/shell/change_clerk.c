#include "assign/shell/change_clerk.h"

#include <geos_c.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "assign/shell/change_check.h"
#include "assign/shell/change_store.h"
#include "assign/shell/log.h"
#include "sql/assign_sql.h"

enum { LOOK_S = 1 };

struct change_clerk {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool wanted;
    _Atomic bool ends;
    bool troubled; /* the last try failed, and the log knows it */
    struct pg *pg;
    GEOSContextHandle_t geos;
};

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Holds the lock of all clerks? It goes with the connection. */
static enum pd_fate take_turn(struct change_clerk *clerk, bool *ret_turn, struct pd_err *reterr) {
    struct pg_result *row = NULL;
    enum pd_fate fate = pg_query(clerk->pg, SQL_LOCK_CLERK, NULL, &row, reterr);
    *ret_turn = fate == PD_OK && pg_bool(row, 0, 0);
    pg_release(clerk->pg);
    return fate;
}

/* *ret_done: there was one, look for the next. */
static enum pd_fate check_next(struct change_clerk *clerk, bool *ret_done, struct pd_err *reterr) {
    struct pg_result *rows = NULL;
    struct grid_change change;
    struct pd_arena arena;
    bool turn = false;
    enum pd_fate fate = pg_query(clerk->pg, SQL_NEXT_CHANGE_TO_CHECK, NULL, &rows, reterr);
    pd_arena_init(&arena, 1024, 64 * 1024);
    bool found = fate == PD_OK && pg_rows(rows) == 1 && change_row(rows, 0, &arena, &change);
    pg_release(clerk->pg);
    if (found) {
        fate = take_turn(clerk, &turn, reterr);
    }
    if (turn) {
        fate = change_check_run(clerk->pg, clerk->geos, &change, now_us(), reterr);
    }
    *ret_done = turn && fate == PD_OK;
    pd_arena_fini(&arena);
    return fate;
}

static void wait_for_work(struct change_clerk *clerk) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LOOK_S;
    pthread_mutex_lock(&clerk->lock);
    if (!clerk->wanted && !atomic_load(&clerk->ends)) {
        pthread_cond_timedwait(&clerk->wake, &clerk->lock, &until);
    }
    clerk->wanted = false;
    pthread_mutex_unlock(&clerk->lock);
}

static void *work(void *context) {
    struct change_clerk *clerk = context;
    while (!atomic_load(&clerk->ends)) {
        struct pd_err err;
        bool done = false;
        enum pd_fate fate = check_next(clerk, &done, &err);
        if (fate != PD_OK && !clerk->troubled && !atomic_load(&clerk->ends)) {
            log_event(CLERK_FAILED, &(struct log_ids){.err = &err}, pd_fate_text(fate));
        }
        clerk->troubled = fate != PD_OK;
        if (fate != PD_OK) {
            pg_reset(clerk->pg);
        }
        if (!done) {
            wait_for_work(clerk);
        }
    }
    return NULL;
}

enum pd_fate change_clerk_start(const char *conninfo, struct change_clerk **ret_clerk, struct pd_err *reterr) {
    struct change_clerk *clerk = calloc(1, sizeof *clerk);
    if (clerk == NULL) {
        return pd_fail(reterr, PD_BROKEN, "CLERK", "no memory for the clerk");
    }
    pthread_mutex_init(&clerk->lock, NULL);
    pthread_cond_init(&clerk->wake, NULL);
    clerk->pg = pg_new(conninfo, "assign-clerk");
    clerk->geos = GEOS_init_r();
    if (clerk->pg == NULL || clerk->geos == NULL || pthread_create(&clerk->thread, NULL, work, clerk) != 0) {
        pg_free(clerk->pg);
        if (clerk->geos != NULL) {
            GEOS_finish_r(clerk->geos);
        }
        free(clerk);
        return pd_fail(reterr, PD_BROKEN, "CLERK", "cannot start the clerk");
    }
    *ret_clerk = clerk;
    return PD_OK;
}

void change_clerk_wake_any(struct change_clerk *clerk) {
    pthread_mutex_lock(&clerk->lock);
    clerk->wanted = true;
    pthread_cond_signal(&clerk->wake);
    pthread_mutex_unlock(&clerk->lock);
}

void change_clerk_stop(struct change_clerk *clerk) {
    if (clerk == NULL) {
        return;
    }
    atomic_store(&clerk->ends, true);
    pg_cancel_any(clerk->pg);
    change_clerk_wake_any(clerk);
    pthread_join(clerk->thread, NULL);
    pg_free(clerk->pg);
    GEOS_finish_r(clerk->geos);
    pthread_cond_destroy(&clerk->wake);
    pthread_mutex_destroy(&clerk->lock);
    free(clerk);
}
