/* change_store.h - grid changes between rows and memory, and what one batch does to them
 *
 * Use       change_row() for each row of a statement that selects the columns of grid_change; store_changes() queues the writes of
 *           a batch.
 * Promise   one statement a table. An applied change is written from its staged rows by statements over the whole set.
 * Fails     change_row() false: no memory. store_changes() as pg_queue().
 * Memory    of the batch.
 * Threads   any. */
#ifndef ASSIGN_SHELL_CHANGE_STORE_H
#define ASSIGN_SHELL_CHANGE_STORE_H

#include "assign/core/grid_change.h"
#include "common/io/pg.h"
#include "paidan/assign/v1/assign.pb-c.h"

struct change_slot {
    struct grid_change change;
    bool is_new, changed;
    const Paidan__Assign__V1__ChangeDraftRequest *draft; /* of a new one: has its posts */
    struct change_slot *next;
};

struct change_part {
    const struct change_slot *slot;
    int32_t number;
    const uint8_t *bytes;
    size_t length;
    struct change_part *next;
};

/* What a batch knows of grid changes. */
struct change_work {
    bool any; /* the batch has such commands */
    struct change_slot *slots;
    struct change_part *parts;
    const struct change_slot *applied; /* at most one: each makes the others' checks outdated */
    int64_t map_version;
};

/* An applied change, as far as its beginning needs it. */
struct change_times {
    uint8_t id[16];
    int64_t valid_from_us;
    int16_t layer;
};

bool change_row(const struct pg_result *rows, int row, struct pd_arena *arena, struct grid_change *ret_change);

enum pd_fate store_changes(struct pg *pg, struct pd_arena *arena, const struct change_work *work, int64_t now_us,
                           struct pd_err *reterr);

/* Its time has come: orders, recipients and posts follow from now on. */
enum pd_fate store_beginning(struct pg *pg, struct pd_arena *arena, const struct change_times *change, int64_t now_us,
                             struct pd_err *reterr);

#endif
