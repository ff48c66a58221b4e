/* assign_store.h - orders, assignments and texts between rows and memory
 *
 * Use       order_row() for each row of a statement that selects the order's columns; store_*() queue the writes of a batch.
 * Promise   one statement a table.
 * Fails     order_row() false: no memory. store_*() as pg_queue().
 * Memory    what is read is copied into the arena.
 * Threads   any. */
#ifndef ASSIGN_SHELL_ASSIGN_STORE_H
#define ASSIGN_SHELL_ASSIGN_STORE_H

#include "assign/core/order_view.h"
#include "common/io/pg.h"

/* An assignment that begins, ends or does both in this batch. */
struct assignment {
    const struct order_slot *slot;
    int32_t dispatch_seq;
    const char *worker_id;
    int64_t started_at_us, ended_at_us; /* 0: before this batch; 0: runs */
    struct assignment *next;
};

/* Words said in this batch. */
struct said {
    uint8_t event_id[16], request_id[16], salt[32];
    const char *text;
    struct said *next;
};

bool order_row(const struct pg_result *result, int row, struct pd_arena *arena, struct order *ret_order);

enum pd_fate store_orders(struct pg *pg, struct pd_arena *arena, const struct order_view *view, struct pd_err *reterr);
enum pd_fate store_assignments(struct pg *pg, struct pd_arena *arena, const struct assignment *list,
                               struct pd_err *reterr);
enum pd_fate store_texts(struct pg *pg, struct pd_arena *arena, const struct said *list, struct pd_err *reterr);

#endif
