#include "assign/shell/assign_batch.h"

#include <string.h>

#include "assign/shell/assign_regrid.h"
#include "assign/shell/assign_work.h"
#include "assign/shell/change_clerk.h"
#include "common/base/borrow.h"
#include "paidan/assign/v1/assign.pb-c.h"
#include "paidan/intake/v1/intake.pb-c.h"
#include "sql/assign_sql.h"

static enum pd_fate no_memory(struct pd_err *reterr) {
    return pd_fail(reterr, PD_RETRY, "ARENA", "the batch is out of memory");
}

/* The one clerk of the process; it lives as long as the writer's city. */
static struct {
    struct change_clerk *clerk;
    const struct city *city;
} checking;

enum pd_fate assign_open(const struct conf *conf, bool for_reader, void **ret_context, struct pd_err *reterr) {
    struct city *city = city_new();
    if (city == NULL) {
        return pd_fail(reterr, PD_BROKEN, "GEOS", "cannot start GEOS");
    }
    if (!for_reader) {
        enum pd_fate fate = change_clerk_start(conf->pg_conninfo, &checking.clerk, reterr);
        if (fate != PD_OK) {
            city_free(city);
            return fate;
        }
        checking.city = city;
    }
    *ret_context = city;
    return PD_OK;
}

void assign_close(void *context) {
    if (context != NULL && context == checking.city) {
        change_clerk_stop(checking.clerk);
        checking.city = NULL;
    }
    city_free(context);
}

void assign_committed(struct batch *batch, struct bus *bus) {
    const struct assign_work *work = batch_view(batch);
    (void)bus;
    if (work != NULL && work->changes.any) {
        change_clerk_wake_any(checking.clerk);
    }
}

struct city *assign_city(const struct batch *batch) {
    return batch_context(batch);
}

/* ---- ask */

static enum pd_fate queue_ids(struct pg *pg, struct pd_arena *arena, const char *sql, struct pg_array *ids,
                              struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, arena);
    pg_arg_array(&args, ids);
    return ids->count == 0 ? PD_OK : pg_queue(pg, sql, &args, reterr);
}

static enum pd_fate queue_due(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, batch_arena(batch));
    pg_arg_time(&args, batch_now_us(batch));
    pg_arg_int4(&args, ASSIGN_TICK_MAX);
    return pg_queue(pg, SQL_READ_ORDERS_DUE, &args, reterr);
}

static void note_input(struct assign_work *work, const struct input *input, struct pg_array *ids,
                       struct pg_array *requests) {
    uint8_t id[16];
    switch (input->kind) {
    case INPUT_EVENT:
        pg_array_uuid(requests, input->event.request_id);
        break;
    case INPUT_COMMAND:
        if (assign_command_id(input, id)) {
            pg_array_uuid(ids, id);
        }
        work->import.any = work->import.any || import_is_due(input);
        work->changes.any = work->changes.any || change_is_due(input);
        break;
    case INPUT_TIMER:
        work->tick = true;
        break;
    }
}

enum pd_fate assign_ask(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    struct pd_arena *arena = batch_arena(batch);
    struct assign_work *work = batch_alloc(batch, sizeof *work);
    if (work == NULL) {
        return no_memory(reterr);
    }
    batch_set_view(batch, work);
    struct pg_array ids, requests;
    pg_array_init(&ids, arena, PG_UUID);
    pg_array_init(&requests, arena, PG_UUID);
    for (size_t i = 0; i < batch_count(batch); i++) {
        note_input(work, batch_input(batch, i), &ids, &requests);
    }
    work->ids = ids.count;
    work->requests = requests.count;
    enum pd_fate fate = pg_queue(pg, SQL_READ_CITY_VERSION, NULL, reterr);
    if (fate == PD_OK) {
        fate = queue_ids(pg, arena, SQL_READ_ORDERS, &ids, reterr);
    }
    if (fate == PD_OK) {
        fate = queue_ids(pg, arena, SQL_READ_ORDERS_BY_REQUEST, &requests, reterr);
    }
    if (fate == PD_OK && work->tick) {
        fate = queue_due(batch, pg, reterr);
    }
    if (fate == PD_OK && work->import.any) {
        fate = import_ask(batch, &work->import, pg, reterr);
    }
    if (fate == PD_OK && work->changes.any) {
        fate = change_ask(batch, &work->changes, pg, reterr);
    }
    return fate == PD_OK && work->tick ? regrid_ask(batch, pg, reterr) : fate;
}

/* ---- read */

static bool put_rows(struct assign_work *work, struct pd_arena *arena, const struct pg_result *result, bool due) {
    for (int row = 0; row < pg_rows(result); row++) {
        struct order order;
        if (!order_row(result, row, arena, &order)) {
            return false;
        }
        struct order_slot *slot = order_view_put(&work->view, &order);
        if (slot == NULL) {
            return false;
        }
        slot->due = slot->due || due;
    }
    return true;
}

static bool read_orders(struct batch *batch, struct assign_work *work, struct pg *pg) {
    struct pd_arena *arena = batch_arena(batch);
    const struct pg_result *results[] = {work->ids > 0 ? pg_take(pg) : NULL, work->requests > 0 ? pg_take(pg) : NULL,
                                         work->tick ? pg_take(pg) : NULL};
    size_t capacity = batch_count(batch); /* an input makes at most one order */
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        capacity += (size_t)pg_rows(results[i]);
    }
    struct order_slot *slots = pd_alloc_array(arena, capacity, sizeof *slots);
    struct order_slot **heads = pd_alloc_array(arena, 2 * order_view_buckets(capacity), sizeof *heads);
    if (slots == NULL || heads == NULL) {
        return false;
    }
    order_view_init(&work->view, slots, capacity, heads);
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        if (!put_rows(work, arena, results[i], i == 2)) {
            return false;
        }
    }
    return true;
}

const struct map_grid *assign_grid_of(struct city *city, const struct order *order) {
    const char *code = order->grid_now[0] == '\0' ? order->grid : order->grid_now;
    const struct map_grid *grid = code[0] == '\0' ? NULL : city_grid(city, code);
    return grid == NULL && order->has_place ? city_locate(city, order->lat, order->lng) : grid;
}

/* Does deciding this input ask where and who? */
static bool needs_city(const struct input *input) {
    if (input->kind == INPUT_COMMAND) {
        return strcmp(input->name, "dispatch") == 0;
    }
    return input->kind == INPUT_EVENT && (input->event.type == WO_EV_ACCEPT || input->event.type == WO_EV_VISIT_REDO ||
                                          input->event.type == WO_EV_REOPEN);
}

static const struct map_grid *grid_of_accept(struct city *city, const struct input *input) {
    const Paidan__Intake__V1__AcceptEvent *accept = (const Paidan__Intake__V1__AcceptEvent *)input->message;
    const Paidan__Common__V1__Location *location = accept == NULL ? NULL : accept->location;
    bool has_place = location != NULL &&
                     location->lat_presence_case == PAIDAN__COMMON__V1__LOCATION__LAT_PRESENCE_LAT &&
                     location->long_presence_case == PAIDAN__COMMON__V1__LOCATION__LONG_PRESENCE_LONG;
    return has_place ? city_locate(city, location->lat, location->long_) : NULL;
}

/* The grid that an input is about to dispatch in. */
static const struct map_grid *grid_of_input(struct batch *batch, struct assign_work *work, struct input *input) {
    struct city *city = assign_city(batch);
    if (input->kind == INPUT_COMMAND) {
        const Paidan__Assign__V1__DispatchRequest *request =
            (const Paidan__Assign__V1__DispatchRequest *)input->message;
        return request->grid[0] == '\0' ? NULL : city_grid(city, request->grid);
    }
    if (input->event.type == WO_EV_ACCEPT) {
        return grid_of_accept(city, input);
    }
    const struct order_slot *slot = order_view_by_request(&work->view, input->event.request_id);
    return slot == NULL ? NULL : assign_grid_of(city, &slot->order);
}

/* Notes the people of a grid where the number of open orders decides between them. */
static void note_equals(struct batch *batch, const struct map_grid *grid, struct pg_array *workers) {
    struct pick_candidate candidates[POSTS_MAX];
    size_t count = people_candidates(city_posts(assign_city(batch), grid), batch_now_us(batch), candidates);
    for (size_t i = 0; pick_needs_load(candidates, count) && i < count; i++) {
        pg_array_text(workers, candidates[i].worker_id);
    }
}

static enum pd_fate read_loads(struct batch *batch, struct assign_work *work, struct pg *pg, struct pg_array *workers,
                               struct pd_err *reterr) {
    struct city *city = assign_city(batch);
    struct pg_result *rows = NULL;
    struct pg_args args;
    work->loads = pd_alloc_array(batch_arena(batch), city_worker_count(city), sizeof *work->loads);
    if (work->loads == NULL) {
        return no_memory(reterr);
    }
    pg_args_init(&args, batch_arena(batch));
    pg_arg_array(&args, workers);
    enum pd_fate fate = pg_query(pg, SQL_COUNT_OPEN_ORDERS, &args, &rows, reterr);
    for (int row = 0; fate == PD_OK && row < pg_rows(rows); row++) {
        const struct worker *worker = city_worker(city, pg_text(rows, row, 0));
        if (worker != NULL) {
            work->loads[worker->index] = pg_int8(rows, row, 1);
        }
    }
    return fate;
}

/* Locates everything that is about to be dispatched, and looks a second time where equals must be told apart. */
static enum pd_fate look_around(struct batch *batch, struct assign_work *work, struct pg *pg,
                                struct city_version version, struct pd_err *reterr) {
    struct city *city = assign_city(batch);
    bool needed = false;
    for (size_t i = 0; i < batch_count(batch); i++) {
        needed = needed || needs_city(batch_input(batch, i));
    }
    for (size_t i = 0; i < work->view.count; i++) {
        needed = needed || work->view.slots[i].due;
    }
    if (!needed && work->regrid.recipient_count == 0) {
        return PD_OK;
    }
    enum pd_fate fate = city_refresh(city, pg, version, batch_now_us(batch), reterr);
    if (fate != PD_OK) {
        return fate;
    }
    fate = regrid_look(batch, work, pg, reterr);
    if (fate != PD_OK) {
        return fate;
    }
    struct pg_array workers;
    pg_array_init(&workers, batch_arena(batch), PG_TEXT);
    for (size_t i = 0; i < batch_count(batch); i++) {
        struct input *input = batch_input(batch, i);
        if (needs_city(input)) {
            const struct map_grid *grid = grid_of_input(batch, work, input);
            input->work = pd_borrow(grid);
            note_equals(batch, grid, &workers);
        }
    }
    for (size_t i = 0; i < work->view.count; i++) {
        if (work->view.slots[i].due) {
            note_equals(batch, regrid_grid_of(batch, &work->view.slots[i]), &workers);
        }
    }
    return workers.count == 0 ? PD_OK : read_loads(batch, work, pg, &workers, reterr);
}

enum pd_fate assign_read(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    struct assign_work *work = batch_view(batch);
    const struct pg_result *row = pg_take(pg);
    struct city_version version = {.map = pg_int8(row, 0, 0), .people = pg_int8(row, 0, 1)};
    if (!read_orders(batch, work, pg)) {
        return no_memory(reterr);
    }
    enum pd_fate fate = work->import.any ? import_read(batch, &work->import, pg, reterr) : PD_OK;
    work->changes.map_version = version.map;
    if (fate == PD_OK && work->changes.any) {
        fate = change_read(batch, &work->changes, pg, reterr);
    }
    if (fate == PD_OK && work->tick) {
        fate = regrid_read(batch, &work->regrid, pg, reterr);
    }
    return fate != PD_OK ? fate : look_around(batch, work, pg, version, reterr);
}

/* ---- decide and save */

void assign_decide(struct batch *batch, struct input *input) {
    switch (input->kind) {
    case INPUT_EVENT:
        assign_decide_event(batch, input);
        break;
    case INPUT_COMMAND:
        assign_decide_command(batch, input);
        break;
    case INPUT_TIMER:
        assign_decide_tick(batch, input);
        break;
    }
}

enum pd_fate assign_save(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    const struct assign_work *work = batch_view(batch);
    struct pd_arena *arena = batch_arena(batch);
    enum pd_fate fate = store_orders(pg, arena, &work->view, reterr);
    if (fate == PD_OK) {
        fate = store_assignments(pg, arena, work->assignments, reterr);
    }
    if (fate == PD_OK) {
        fate = store_texts(pg, arena, work->said, reterr);
    }
    if (fate == PD_OK) {
        fate = import_save(batch, &work->import, pg, reterr);
    }
    if (fate == PD_OK && work->changes.any) {
        fate = store_changes(pg, arena, &work->changes, batch_now_us(batch), reterr);
    }
    return fate == PD_OK ? regrid_save(batch, &work->regrid, pg, reterr) : fate;
}
