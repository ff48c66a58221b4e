#include "assign/core/pick_worker.h"

#include <assert.h>
#include <string.h>

/* Does a go before b? Both on duty. */
static bool before(const struct pick_candidate *a, const struct pick_candidate *b) {
    if (a->accountability != b->accountability) {
        return a->accountability < b->accountability;
    }
    if (a->skilled != b->skilled) {
        return a->skilled;
    }
    if (a->open_orders != b->open_orders) {
        return a->open_orders < b->open_orders;
    }
    if (a->accountable != b->accountable) {
        return a->accountable;
    }
    return strcmp(a->worker_id, b->worker_id) < 0;
}

int pick_worker(const struct pick_candidate *candidates, size_t count) {
    int best = -1;
    for (size_t i = 0; i < count; i++) {
        assert(candidates[i].worker_id != NULL && candidates[i].open_orders >= 0);
        if (candidates[i].on_duty && (best < 0 || before(&candidates[i], &candidates[best]))) {
            best = (int)i;
        }
    }
    assert(best < 0 || candidates[best].on_duty);
    return best;
}

bool pick_needs_load(const struct pick_candidate *candidates, size_t count) {
    int best = pick_worker(candidates, count);
    for (size_t i = 0; best >= 0 && i < count; i++) {
        if ((int)i != best && candidates[i].on_duty &&
            candidates[i].accountability == candidates[best].accountability) {
            return true;
        }
    }
    return false;
}
