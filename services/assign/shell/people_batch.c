/* people_batch.c - the people's part in reading a batch: what is asked, and what is looked at before anything decides */
#include <string.h>

#include "assign/core/code_rule.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/assign_work.h"
#include "assign/shell/log.h"
#include "common/io/metrics.h"
#include "sql/assign_sql.h"

/* All grids and all orders are looked at so often, whatever was missed. */
static const int64_t look_us = INT64_C(60) * 1000000;

static enum pd_fate no_memory(struct pd_err *reterr) {
    return pd_fail(reterr, PD_RETRY, "ARENA", "the batch is out of memory");
}

/* The worker that a command is about; NULL: it is about none. */
static const char *worker_of(const struct input *input) {
    if (input->kind != INPUT_COMMAND || !people_is_command(input)) {
        return NULL;
    }
    if (strcmp(input->name, "put_leave") == 0) {
        return ((const Paidan__Assign__V1__PutLeaveRequest *)input->message)->id;
    }
    return strcmp(input->name, "cancel_leave") == 0
               ? ((const Paidan__Assign__V1__CancelLeaveRequest *)input->message)->id
               : input->actor.worker_id;
}

/* ---- ask */

static void note_command(const struct input *input, struct pg_array *workers, struct pg_array *leaves) {
    const char *worker_id = worker_of(input);
    uint8_t id[16];
    if (worker_id_is_valid(worker_id)) {
        pg_array_text(workers, worker_id);
    }
    if (strcmp(input->name, "cancel_leave") == 0 &&
        assign_id(((const Paidan__Assign__V1__CancelLeaveRequest *)input->message)->leave_id, id)) {
        pg_array_uuid(leaves, id);
    }
}

enum pd_fate people_ask(struct batch *batch, struct people_work *work, struct pg *pg, struct pd_err *reterr) {
    struct city_follow *follow = city_follow(assign_city(batch));
    struct pg_array workers, leaves;
    struct pg_args args;
    pg_array_init(&workers, batch_arena(batch), PG_TEXT);
    pg_array_init(&leaves, batch_arena(batch), PG_UUID);
    follow->batch++;
    for (size_t i = 0; i < batch_count(batch); i++) {
        const struct input *input = batch_input(batch, i);
        work->tick = work->tick || input->kind == INPUT_TIMER;
        if (worker_of(input) != NULL) {
            work->commands++;
            note_command(input, &workers, &leaves);
        }
    }
    work->leave_ids = leaves.count;
    work->scan = work->tick && (follow->adrift || batch_now_us(batch) - follow->scanned_us >= look_us);
    if (work->commands == 0) {
        return PD_OK;
    }
    size_t most = work->commands * FOLLOW_AT_ONCE_MAX;
    pg_args_init(&args, batch_arena(batch));
    pg_arg_array(&args, &workers);
    pg_arg_int4(&args, (int32_t)(most < FOLLOW_BATCH_MAX ? most : FOLLOW_BATCH_MAX));
    enum pd_fate fate = pg_queue(pg, SQL_READ_ORDERS_IN_HAND, &args, reterr);
    if (fate == PD_OK && work->leave_ids > 0) {
        pg_args_init(&args, batch_arena(batch));
        pg_arg_array(&args, &leaves);
        fate = pg_queue(pg, SQL_READ_LEAVES, &args, reterr);
    }
    return fate;
}

/* The orders in hand were taken already, with the other orders. */
enum pd_fate people_read(struct batch *batch, struct people_work *work, struct pg *pg, struct pd_err *reterr) {
    const struct pg_result *rows = work->leave_ids > 0 ? pg_take(pg) : NULL;
    for (int i = 0; i < pg_rows(rows); i++) {
        struct leave_row *row = batch_alloc(batch, sizeof *row);
        if (row == NULL) {
            return no_memory(reterr);
        }
        *row = (struct leave_row){.worker_id = pd_strdup(batch_arena(batch), pg_text(rows, i, 1)),
                                  .span = {pg_time(rows, i, 2), pg_time(rows, i, 3)},
                                  .kind = pg_int2(rows, i, 4),
                                  .cancelled_us = pg_time(rows, i, 5),
                                  .next = work->leaves};
        pg_uuid(rows, i, 0, row->id);
        if (row->worker_id == NULL) {
            return no_memory(reterr);
        }
        work->leaves = row;
    }
    return PD_OK;
}

/* ---- look */

static void note_people(struct pg_array *workers, const struct posts *posts) {
    for (size_t i = 0; posts != NULL && posts->count > 1 && i < posts->count; i++) {
        pg_array_text(workers, posts->list[i].worker->id);
    }
}

/* Whose open orders may decide while the commands are worked. */
static enum pd_fate look_at_loads(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    struct assign_work *assign = batch_view(batch);
    struct city *city = assign_city(batch);
    struct pg_array workers;
    pg_array_init(&workers, batch_arena(batch), PG_TEXT);
    for (size_t i = 0; i < batch_count(batch); i++) {
        const char *worker_id = worker_of(batch_input(batch, i));
        const struct worker *worker = worker_id == NULL ? NULL : city_worker(city, worker_id);
        for (size_t k = 0; worker != NULL && k < worker->post_count; k++) {
            note_people(&workers, worker->posts[k]);
        }
    }
    for (size_t i = 0; i < assign->view.count; i++) {
        note_people(&workers, city_posts(city, assign_grid_of(city, &assign->view.slots[i].order)));
    }
    return workers.count == 0 ? PD_OK : loads_read(batch, &assign->loads, pg, &workers, reterr);
}

/* Workers by where they are, and the grids that have somebody. */
static enum pd_fate look_for_orders(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    struct people *people = city_people(assign_city(batch));
    struct pg_array away, on_leave, on_duty, grids;
    struct pg_result *rows = NULL;
    struct pg_args args;
    struct pg_array *const arrays[] = {&away, &on_leave, &on_duty, &grids};
    pg_args_init(&args, batch_arena(batch));
    for (size_t i = 0; i < 4; i++) {
        pg_array_init(arrays[i], batch_arena(batch), PG_TEXT);
    }
    for (size_t i = 0; i < people_count(people); i++) {
        const struct worker *worker = people_worker_at(people, i);
        enum worker_status status = people_status(worker, batch_now_us(batch));
        pg_array_text(status == WORKER_ON_DUTY ? &on_duty : &away, worker->id);
        if (status == WORKER_ON_LEAVE) {
            pg_array_text(&on_leave, worker->id);
        }
    }
    for (size_t i = 0; i < people_grid_count(people); i++) {
        const struct posts *posts = people_grid_at(people, i);
        if (posts->accountable != NULL) {
            pg_array_text(&grids, posts->grid);
        }
    }
    for (size_t i = 0; i < 4; i++) {
        pg_arg_array(&args, arrays[i]);
    }
    pg_arg_int4(&args, FOLLOW_TICK_MAX);
    enum pd_fate fate = pg_query(pg, SQL_READ_ORDERS_ADRIFT, &args, &rows, reterr);
    if (fate == PD_OK && !assign_put_rows(batch, rows)) {
        fate = no_memory(reterr);
    }
    city_follow(assign_city(batch))->adrift = pg_rows(rows) == FOLLOW_TICK_MAX;
    return fate;
}

/* Those whom the commands are about, and NULL behind them. NULL: no memory. */
static struct worker **workers_of(struct batch *batch, const struct people_work *work) {
    struct worker **workers = pd_alloc_array(batch_arena(batch), work->commands + 1, sizeof(struct worker *));
    size_t count = 0;
    for (size_t i = 0; workers != NULL && i < batch_count(batch); i++) {
        const char *id = worker_of(batch_input(batch, i));
        struct worker *worker = id == NULL ? NULL : city_worker(assign_city(batch), id);
        if (worker != NULL) {
            workers[count++] = worker;
        }
    }
    return workers;
}

enum pd_fate people_look(struct batch *batch, struct people_work *work, struct pg *pg, struct pd_err *reterr) {
    struct city_follow *follow = city_follow(assign_city(batch));
    struct assign_work *assign = batch_view(batch);
    bool changing = assign->import.any || assign->changes.any ||
                    assign->regrid.beginning_count > 0; /* whose rows are not known yet */
    bool due = follow->settle || (work->tick && batch_now_us(batch) - follow->scanned_us >= look_us);
    size_t max = changing ? 0 : work->tick ? ACCOUNTABLE_TICK_MAX : ACCOUNTABLE_BATCH_MAX;
    struct worker **workers = workers_of(batch, work);
    if (workers == NULL) {
        return no_memory(reterr);
    }
    enum pd_fate fate = accountable_walk_all(batch, &work->log, pg, workers, max, reterr);
    if (fate == PD_OK && due && !work->log.behind) {
        fate = accountable_settle_all(batch, &work->log, pg, reterr);
        follow->settle = false;
        follow->adrift = true;
    }
    if (fate == PD_OK && work->scan) {
        follow->scanned_us = batch_now_us(batch);
        fate = look_for_orders(batch, pg, reterr);
    }
    return fate == PD_OK && (work->commands > 0 || work->scan) ? look_at_loads(batch, pg, reterr) : fate;
}

/* ---- after COMMIT */

void people_committed(struct batch *batch, const struct people_work *work) {
    struct city *city = assign_city(batch);
    struct city_follow *follow = city_follow(city);
    struct people *people = city_people(city);
    follow->unsure = work->failed;
    if (people == NULL || !city_has_map(city) || (work->log.count == 0 && !work->tick)) {
        return;
    }
    int vacant = 0;
    for (size_t i = 0; i < people_grid_count(people); i++) {
        const struct posts *posts = people_grid_at(people, i);
        vacant += posts->logged && posts->accountable == NULL && city_grid(city, posts->grid) != NULL ? 1 : 0;
    }
    metric_set(METRIC_GRIDS_WITHOUT_ANYBODY, vacant);
    if (work->log.lost > 0) {
        log_event(GRID_WITHOUT_ANYBODY, NULL, (int)work->log.lost, work->log.lost_grid, vacant);
    }
    if (work->log.found > 0) {
        log_event(GRID_HAS_SOMEBODY, NULL, (int)work->log.found, vacant);
    }
}
