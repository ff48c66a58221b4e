#include "assign/shell/assign_regrid.h"

#include <string.h>

#include "assign/core/order_regrid.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/assign_work.h"
#include "sql/assign_sql.h"

enum { RECIPIENTS_MAX = 200 };

/* What became of a grid: one for each grid that took its place. */
struct regrid_fate {
    const char *code, *grid_change, *successor; /* "": none */
    struct regrid_fate *next;
};

static enum pd_fate no_memory(struct pd_err *reterr) {
    return pd_fail(reterr, PD_RETRY, "ARENA", "the batch is out of memory");
}

/* ---- changes that begin, and recipients */

enum pd_fate regrid_ask(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, batch_arena(batch));
    pg_arg_time(&args, batch_now_us(batch));
    enum pd_fate fate = pg_queue(pg, SQL_READ_CHANGES_TO_BEGIN, &args, reterr);
    pg_args_init(&args, batch_arena(batch));
    pg_arg_int4(&args, RECIPIENTS_MAX);
    return fate == PD_OK ? pg_queue(pg, SQL_READ_RECIPIENTS_TO_MOVE, &args, reterr) : fate;
}

static bool read_beginning(struct batch *batch, struct regrid_work *regrid, const struct pg_result *rows) {
    regrid->beginning = pd_alloc_array(batch_arena(batch), (size_t)pg_rows(rows), sizeof *regrid->beginning);
    for (int row = 0; regrid->beginning != NULL && row < pg_rows(rows); row++) {
        struct change_times *change = &regrid->beginning[regrid->beginning_count++];
        pg_uuid(rows, row, 0, change->id);
        change->valid_from_us = pg_time(rows, row, 1);
    }
    return regrid->beginning != NULL;
}

enum pd_fate regrid_read(struct batch *batch, struct regrid_work *regrid, struct pg *pg, struct pd_err *reterr) {
    if (!read_beginning(batch, regrid, pg_take(pg))) {
        return no_memory(reterr);
    }
    const struct pg_result *rows = pg_take(pg);
    regrid->recipients = pd_alloc_array(batch_arena(batch), (size_t)pg_rows(rows), sizeof *regrid->recipients);
    if (regrid->recipients == NULL) {
        return no_memory(reterr);
    }
    for (int row = 0; row < pg_rows(rows); row++) {
        struct regrid_recipient *recipient = &regrid->recipients[regrid->recipient_count++];
        pg_uuid(rows, row, 0, recipient->id);
        recipient->lat = pg_float8(rows, row, 1);
        recipient->lng = pg_float8(rows, row, 2);
    }
    return PD_OK;
}

static enum pd_fate save_recipients(struct batch *batch, const struct regrid_work *regrid, struct pg *pg,
                                    struct pd_err *reterr) {
    struct pg_array ids, grids;
    struct pg_args args;
    if (regrid->recipient_count == 0) {
        return PD_OK;
    }
    pg_array_init(&ids, batch_arena(batch), PG_UUID);
    pg_array_init(&grids, batch_arena(batch), PG_TEXT);
    for (size_t i = 0; i < regrid->recipient_count; i++) {
        pg_array_uuid(&ids, regrid->recipients[i].id);
        pg_array_text(&grids, regrid->recipients[i].grid);
    }
    pg_args_init(&args, batch_arena(batch));
    pg_arg_array(&args, &ids);
    pg_arg_array(&args, &grids);
    return pg_queue(pg, SQL_MOVE_RECIPIENTS, &args, reterr);
}

enum pd_fate regrid_save(struct batch *batch, const struct regrid_work *regrid, struct pg *pg, struct pd_err *reterr) {
    enum pd_fate fate = save_recipients(batch, regrid, pg, reterr);
    /* Afterwards: what it wakes is for the next tick. */
    for (size_t i = 0; fate == PD_OK && i < regrid->beginning_count; i++) {
        fate = store_beginning(pg, batch_arena(batch), &regrid->beginning[i], batch_now_us(batch), reterr);
    }
    return fate;
}

/* ---- looking */

static bool is_displaced(const struct city *city, const struct order *order) {
    const struct map_grid *grid = order->grid[0] == '\0' ? NULL : city_grid(city, order->grid);
    return order_is_displaced(order, grid == NULL ? 0 : grid->version);
}

static enum pd_fate read_fates(struct batch *batch, struct regrid_work *regrid, struct pg *pg, struct pg_array *codes,
                               struct pd_err *reterr) {
    struct pd_arena *arena = batch_arena(batch);
    struct pg_result *rows = NULL;
    struct pg_args args;
    pg_args_init(&args, arena);
    pg_arg_array(&args, codes);
    pg_arg_time(&args, batch_now_us(batch));
    enum pd_fate fate = pg_query(pg, SQL_READ_GRID_SUCCESSORS, &args, &rows, reterr);
    for (int row = 0; fate == PD_OK && row < pg_rows(rows); row++) {
        struct regrid_fate *one = batch_alloc(batch, sizeof *one);
        if (one == NULL) {
            return no_memory(reterr);
        }
        *one = (struct regrid_fate){.code = pd_strdup(arena, pg_text(rows, row, 0)),
                                    .grid_change = pd_strdup(arena, pg_text(rows, row, 1)),
                                    .successor = pd_strdup(arena, pg_text(rows, row, 2)),
                                    .next = regrid->fates};
        regrid->fates = one;
    }
    return fate == PD_OK && arena->full ? no_memory(reterr) : fate;
}

enum pd_fate regrid_look(struct batch *batch, struct assign_work *work, struct pg *pg, struct pd_err *reterr) {
    const struct city *city = assign_city(batch);
    struct pg_array codes;
    if (!city_has_map(city)) {
        work->regrid.recipient_count = 0; /* another tick looks for them, on the new map */
        return PD_OK;
    }
    for (size_t i = 0; i < work->regrid.recipient_count; i++) {
        struct regrid_recipient *recipient = &work->regrid.recipients[i];
        const struct map_grid *grid = city_locate(city, recipient->lat, recipient->lng);
        recipient->grid = grid == NULL ? NULL : grid->code;
    }
    pg_array_init(&codes, batch_arena(batch), PG_TEXT);
    for (size_t i = 0; i < work->view.count; i++) {
        const struct order_slot *slot = &work->view.slots[i];
        if (slot->due && is_displaced(city, &slot->order)) {
            pg_array_text(&codes, order_grid(&slot->order));
        }
    }
    return codes.count == 0 ? PD_OK : read_fates(batch, &work->regrid, pg, &codes, reterr);
}

static bool answers(const struct city *city, const struct map_grid *grid, const char *worker_id) {
    const struct posts *posts = city_posts(city, grid);
    for (size_t i = 0; posts != NULL && i < posts->count; i++) {
        if (strcmp(posts->list[i].worker->id, worker_id) == 0) {
            return true;
        }
    }
    return false;
}

/* Without coordinates nothing tells the successors of a grid apart: the one whose people the worker belongs to, else the first. */
static const struct map_grid *successor_of(struct batch *batch, const struct order *order) {
    const struct assign_work *work = batch_view(batch);
    const struct city *city = assign_city(batch);
    const struct map_grid *best = NULL;
    bool his = false;
    for (const struct regrid_fate *fate = work->regrid.fates; fate != NULL; fate = fate->next) {
        const struct map_grid *grid =
            strcmp(fate->code, order_grid(order)) != 0 ? NULL : city_grid(city, fate->successor);
        if (grid == NULL || (his && !answers(city, grid, order->worker_id))) {
            continue;
        }
        bool better = answers(city, grid, order->worker_id) && !his;
        if (best == NULL || better || strcmp(grid->code, best->code) < 0) {
            best = grid;
            his = answers(city, grid, order->worker_id);
        }
    }
    return best;
}

const struct map_grid *regrid_grid_of(struct batch *batch, const struct order_slot *slot) {
    struct city *city = assign_city(batch);
    const struct order *order = &slot->order;
    const struct map_grid *grid = NULL;
    if (is_displaced(city, order)) {
        bool stays = !order->has_place && city_grid(city, order_grid(order)) != NULL;
        grid = order->has_place ? city_locate(city, order->lat, order->lng) : stays ? NULL : successor_of(batch, order);
    }
    return grid == NULL ? assign_grid_of(city, order) : grid;
}

static const char *change_of(const struct regrid_work *regrid, const char *code) {
    const struct regrid_fate *fate = regrid->fates;
    while (fate != NULL && strcmp(fate->code, code) != 0) {
        fate = fate->next;
    }
    return fate == NULL ? "" : fate->grid_change;
}

/* ---- moving */

/* false: the order's state does not allow it. */
static bool reassign(struct batch *batch, struct input *input, struct order_slot *slot,
                     const struct order_target *target, const struct assign_words_said *words) {
    struct order_plan plan;
    uint32_t missing = 0;
    bool moves = order_reassign(&slot->order, target, batch_now_us(batch), &plan, &missing) == WO_OK;
    if (moves) {
        assign_record(batch, input, slot, &plan, words);
    }
    return moves;
}

/* Later when somebody may be there; 0: it is settled. */
static void settle(struct order_slot *slot, int64_t retry_at_us) {
    slot->changed = slot->changed || slot->order.retry_at_us != retry_at_us;
    slot->order.retry_at_us = retry_at_us;
}

void regrid_order(struct batch *batch, struct input *input, struct order_slot *slot) {
    const struct assign_work *work = batch_view(batch);
    const struct city *city = assign_city(batch);
    const struct map_grid *grid = regrid_grid_of(batch, slot);
    bool displaced = is_displaced(city, &slot->order), assigned = order_is_assigned(&slot->order);
    struct assign_words_said words = {.reason = PAIDAN__ASSIGN__V1__CHANGE_REASON__CHANGE_REASON_GRID_CHANGE,
                                      .grid_change = change_of(&work->regrid, order_grid(&slot->order))};
    if (displaced && grid != NULL && strcmp(grid->code, order_grid(&slot->order)) != 0) {
        struct order_plan plan;
        uint32_t missing = 0;
        if (order_regrid(&slot->order, grid->code, batch_now_us(batch), &plan, &missing) == WO_OK) {
            assign_record(batch, input, slot, &plan, &words);
        }
    }
    if (!assigned) {
        return; /* the dispatch follows */
    }
    if (!displaced || grid == NULL || answers(city, grid, slot->order.worker_id)) {
        settle(slot, 0);
        return;
    }
    struct order_target target = assign_target(batch, &slot->order, grid);
    if (target.worker_id[0] == '\0') {
        settle(slot, target.retry_at_us);
    } else if (!reassign(batch, input, slot, &target, &words)) {
        settle(slot, 0);
    }
}
