#include "assign/shell/map_keeper.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "assign/shell/map_load.h"
#include "common/io/log.h"
#include "common/io/pg.h"
#include "sql/assign_sql.h"

#define EVENT LOG_DECLARE
#include "assign/shell/map.log.def"
#undef EVENT

enum { LOOK_US = 1000 * 1000, SCRATCH = 4096 };

struct map_keeper {
    struct pg *pg; /* of the thread */
    struct pd_arena scratch;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t woken;
    struct map_loaded now; /* map NULL: not read yet */
    bool wanted, stopping;
};

static int64_t time_us(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool is_right(const struct map_loaded *loaded, int64_t version, int64_t now_us) {
    return loaded->map != NULL && loaded->version == version && now_us < loaded->fresh_until_us;
}

struct map *map_keeper_take_any(struct map_keeper *keeper, int64_t version, int64_t now_us) {
    struct map *map = NULL;
    pthread_mutex_lock(&keeper->lock);
    if (is_right(&keeper->now, version, now_us)) {
        map = map_ref(keeper->now.map);
    } else if (!keeper->wanted) {
        keeper->wanted = true;
        pthread_cond_signal(&keeper->woken);
    }
    pthread_mutex_unlock(&keeper->lock);
    return map;
}

/* ---- the thread; it alone writes `now`, so it may read that without the lock */

static void swap_in(struct map_keeper *keeper, const struct map_loaded *loaded) {
    pthread_mutex_lock(&keeper->lock);
    struct map *old = keeper->now.map;
    keeper->now = *loaded;
    pthread_mutex_unlock(&keeper->lock);
    map_unref(old);
    malloc_trim(0); /* rows and an old map of 100,000 grids are some hundred MB that nobody will want again for days */
}

static enum pd_fate look(struct map_keeper *keeper, struct pd_err *reterr) {
    struct pg_result *row = NULL;
    int64_t now_us = time_us(CLOCK_REALTIME), began_us = time_us(CLOCK_MONOTONIC);
    enum pd_fate fate = pg_query(keeper->pg, SQL_READ_CITY_VERSION, NULL, &row, reterr);
    if (fate != PD_OK) {
        return fate;
    }
    int64_t version = pg_int8(row, 0, 0);
    pg_release(keeper->pg);
    if (is_right(&keeper->now, version, now_us)) {
        return PD_OK;
    }
    struct map_loaded loaded;
    fate = map_load(keeper->pg, &keeper->scratch, now_us, &loaded, reterr);
    if (fate == PD_OK) {
        swap_in(keeper, &loaded);
        log_event(MAP_READ, NULL, (long long)loaded.version, map_count(loaded.map),
                  (long long)(time_us(CLOCK_MONOTONIC) - began_us) / 1000);
    }
    return fate;
}

/* Until somebody wants a map, or it is time to look. False: stop. */
static bool wait_for_work(struct map_keeper *keeper, bool failed) {
    int64_t until_us = time_us(CLOCK_MONOTONIC) + LOOK_US;
    int64_t change_us = keeper->now.fresh_until_us - time_us(CLOCK_REALTIME);
    if (!failed && keeper->now.map != NULL && change_us > 0 && change_us < LOOK_US) {
        until_us += change_us - LOOK_US;
    }
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    int status = 0;
    pthread_mutex_lock(&keeper->lock);
    while (!keeper->stopping && (failed || !keeper->wanted) && status == 0) {
        status = pthread_cond_timedwait(&keeper->woken, &keeper->lock, &until);
    }
    keeper->wanted = false;
    bool go_on = !keeper->stopping;
    pthread_mutex_unlock(&keeper->lock);
    return go_on;
}

static void *keep(void *context) {
    struct map_keeper *keeper = context;
    int failures = 0;
    do {
        struct pd_err err;
        enum pd_fate fate = look(keeper, &err);
        pd_arena_reset(&keeper->scratch);
        failures = fate == PD_OK ? 0 : failures + 1;
        if (failures % 20 == 1) {
            log_event(MAP_NOT_READ, &(struct log_ids){.err = &err}, failures);
        }
    } while (wait_for_work(keeper, failures > 0));
    return NULL;
}

/* ---- life */

static struct map_keeper *make(const char *conninfo) {
    struct map_keeper *keeper = calloc(1, sizeof *keeper);
    if (keeper == NULL) {
        return NULL;
    }
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&keeper->woken, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&keeper->lock, NULL);
    pd_arena_init(&keeper->scratch, SCRATCH, SCRATCH);
    keeper->pg = pg_new(conninfo, "assign map");
    return keeper;
}

static void drop(struct map_keeper *keeper) {
    map_unref(keeper->now.map);
    pg_free(keeper->pg);
    pd_arena_fini(&keeper->scratch);
    pthread_cond_destroy(&keeper->woken);
    pthread_mutex_destroy(&keeper->lock);
    free(keeper);
}

enum pd_fate map_keeper_start(const char *conninfo, struct map_keeper **ret_keeper, struct pd_err *reterr) {
    struct map_keeper *keeper = make(conninfo);
    if (keeper != NULL && keeper->pg != NULL && pthread_create(&keeper->thread, NULL, keep, keeper) == 0) {
        *ret_keeper = keeper;
        return PD_OK;
    }
    if (keeper != NULL) {
        drop(keeper);
    }
    return pd_fail(reterr, PD_RETRY, "MAP", "start the map's thread: no memory");
}

void map_keeper_stop(struct map_keeper *keeper) {
    if (keeper == NULL) {
        return;
    }
    pthread_mutex_lock(&keeper->lock);
    keeper->stopping = true;
    pthread_cond_signal(&keeper->woken);
    pthread_mutex_unlock(&keeper->lock);
    pg_cancel_any(keeper->pg);
    pthread_join(keeper->thread, NULL);
    drop(keeper);
}
