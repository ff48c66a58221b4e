#include "assign/shell/gazetteer_live.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "assign/shell/gazetteer_load.h"
#include "common/io/log.h"

enum { PERIOD_MS = 1000, OVERLAY_LEAST = 20000, SCRATCH_FIRST = 64 * 1024, SCRATCH_MAX = 64 * 1024 * 1024 };

/* A gazetteer with those who look into it. */
struct gazetteer_shared {
    struct gazetteer *gazetteer;
    int refs; /* under the lock */
};

struct gazetteer_live {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    _Atomic bool stopping;                   /* set under the lock */
    struct gazetteer_shared *base, *overlay; /* under the lock */
    struct pg *pg;                           /* of the thread, as all below */
    struct pd_arena scratch;
    struct gazetteer_state seen;
    int64_t base_version;
};

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- references */

static void drop(struct gazetteer_live *live, struct gazetteer_shared *shared) {
    if (shared == NULL) {
        return;
    }
    pthread_mutex_lock(&live->lock);
    bool last = --shared->refs == 0;
    pthread_mutex_unlock(&live->lock);
    if (last) {
        gazetteer_free(shared->gazetteer);
        free(shared);
    }
}

bool gazetteer_live_ref(struct gazetteer_live *live, struct gazetteer_view *ret_view) {
    pthread_mutex_lock(&live->lock);
    struct gazetteer_view view = {.shared = {live->base, live->overlay}};
    for (size_t i = 0; i < 2; i++) {
        if (view.shared[i] != NULL) {
            view.shared[i]->refs++;
        }
    }
    pthread_mutex_unlock(&live->lock);
    view.base = view.shared[0] == NULL ? NULL : view.shared[0]->gazetteer;
    view.overlay = view.shared[1] == NULL ? NULL : view.shared[1]->gazetteer;
    if (view.base != NULL) {
        *ret_view = view;
    }
    return view.base != NULL;
}

void gazetteer_live_unref(struct gazetteer_live *live, struct gazetteer_view *view) {
    drop(live, view->shared[0]);
    drop(live, view->shared[1]);
}

const struct address_lexicon *gazetteer_view_lexicon(const struct gazetteer_view *view) {
    return gazetteer_lexicon(view->overlay == NULL ? view->base : view->overlay);
}

/* ---- the thread */

/* base and overlay as given (taken over), unless there is no memory for it. */
static bool swap(struct gazetteer_live *live, struct gazetteer *base, struct gazetteer *overlay) {
    struct gazetteer_shared *made[2] = {base == NULL ? NULL : calloc(1, sizeof **made),
                                        overlay == NULL ? NULL : calloc(1, sizeof **made)};
    if ((base != NULL && made[0] == NULL) || (overlay != NULL && made[1] == NULL)) {
        free(made[0]);
        free(made[1]);
        gazetteer_free(base);
        gazetteer_free(overlay);
        return false;
    }
    for (size_t i = 0; i < 2; i++) {
        if (made[i] != NULL) {
            *made[i] = (struct gazetteer_shared){.gazetteer = i == 0 ? base : overlay, .refs = 1};
        }
    }
    pthread_mutex_lock(&live->lock);
    struct gazetteer_shared *old_base = made[0] == NULL ? NULL : live->base, *old_overlay = live->overlay;
    live->base = made[0] == NULL ? live->base : made[0];
    live->overlay = made[1];
    pthread_mutex_unlock(&live->lock);
    drop(live, old_base);
    drop(live, old_overlay);
    return true;
}

/* Looks whether something changed, and reads it. */
static enum pd_fate refresh(struct gazetteer_live *live, struct pd_err *reterr) {
    int64_t most = OVERLAY_LEAST;
    if (live->base != NULL && (int64_t)(gazetteer_count(live->base->gazetteer) / 8) > most) {
        most = (int64_t)(gazetteer_count(live->base->gazetteer) / 8);
    }
    struct gazetteer_state state;
    struct gazetteer *base = NULL, *overlay = NULL;
    enum pd_fate fate = pg_ensure(live->pg, reterr);
    fate =
        fate == PD_OK ? gazetteer_look(live->pg, &live->scratch, live->base_version, most + 1, &state, reterr) : fate;
    if (fate != PD_OK ||
        (live->base != NULL && state.version == live->seen.version && state.divisions == live->seen.divisions)) {
        return fate;
    }
    if (live->base == NULL || state.changed > most) {
        fate = gazetteer_load_all(live->pg, &live->scratch, &live->stopping, &base, reterr);
    } else {
        fate =
            gazetteer_load_changes(live->pg, &live->scratch, live->base_version, (int32_t)most + 1, &overlay, reterr);
    }
    if (fate == PD_OK && swap(live, base, overlay)) {
        live->seen = state;
        live->base_version = base == NULL ? live->base_version : state.version;
    }
    return fate;
}

static void *run(void *context) {
    struct gazetteer_live *live = context;
    bool complained = false;
    int64_t pause_ms = 0;
    for (;;) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += pause_ms / 1000;
        until.tv_nsec += pause_ms % 1000 * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_mutex_lock(&live->lock);
        while (!live->stopping && pause_ms > 0 && pthread_cond_timedwait(&live->wake, &live->lock, &until) == 0) {
        }
        bool stopping = live->stopping;
        pthread_mutex_unlock(&live->lock);
        if (stopping) {
            return NULL;
        }
        struct pd_err err;
        int64_t began_ms = now_ms();
        enum pd_fate fate = refresh(live, &err);
        if (fate != PD_OK && !complained) {
            log_event(QUERY_FAILED, &(struct log_ids){.err = &err}, pd_fate_text(fate));
        }
        complained = fate != PD_OK;
        pause_ms = PERIOD_MS + 2 * (now_ms() - began_ms);
    }
}

/* ---- */

static void close_all(struct gazetteer_live *live) {
    drop(live, live->base);
    drop(live, live->overlay);
    pd_arena_fini(&live->scratch);
    pg_free(live->pg);
    pthread_cond_destroy(&live->wake);
    pthread_mutex_destroy(&live->lock);
    free(live);
}

enum pd_fate gazetteer_live_start(const char *conninfo, struct gazetteer_live **ret_live, struct pd_err *reterr) {
    struct gazetteer_live *live = calloc(1, sizeof *live);
    pthread_condattr_t attributes;
    if (live == NULL) {
        return pd_fail(reterr, PD_RETRY, "ENOMEM", "start the gazetteer: out of memory");
    }
    pthread_mutex_init(&live->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&live->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pd_arena_init(&live->scratch, SCRATCH_FIRST, SCRATCH_MAX);
    live->pg = pg_new(conninfo, "assign gazetteer");
    if (live->pg == NULL || pthread_create(&live->thread, NULL, run, live) != 0) {
        close_all(live);
        return pd_fail(reterr, PD_RETRY, "THREAD", "start the gazetteer's thread");
    }
    *ret_live = live;
    return PD_OK;
}

void gazetteer_live_stop(struct gazetteer_live *live) {
    if (live == NULL) {
        return;
    }
    pthread_mutex_lock(&live->lock);
    live->stopping = true;
    pthread_cond_signal(&live->wake);
    pthread_mutex_unlock(&live->lock);
    pg_cancel_any(live->pg);
    pthread_join(live->thread, NULL);
    close_all(live);
}
