#include "assign/shell/assign_batch.h"

#include <string.h>

#include "assign/shell/assign_context.h"
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

struct city *assign_city(const struct batch *batch) {
    return assign_context_of_batch(batch)->city;
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
        work->recipients.any = work->recipients.any || recipient_is_due(input);
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
    fate = fate == PD_OK ? people_ask(batch, &work->people, pg, reterr) : fate;
    fate = fate == PD_OK && work->import.any ? import_ask(batch, &work->import, pg, reterr) : fate;
    fate = fate == PD_OK && work->recipients.any ? recipient_ask(batch, &work->recipients, pg, reterr) : fate;
    fate = fate == PD_OK ? address_ask(batch, &work->addresses, pg, reterr) : fate;
    fate = fate == PD_OK ? place_import_ask(batch, &work->places, pg, reterr) : fate;
    fate = fate == PD_OK && work->changes.any ? change_ask(batch, &work->changes, pg, reterr) : fate;
    return fate == PD_OK && work->tick ? regrid_ask(batch, pg, reterr) : fate;
}

/* ---- read */

enum found { FOUND_NAMED, FOUND_DUE, FOUND_ADRIFT };

static bool put_rows(struct assign_work *work, struct pd_arena *arena, const struct pg_result *result,
                     enum found found) {
    for (int row = 0; row < pg_rows(result); row++) {
        struct order order;
        if (!order_row(result, row, arena, &order)) {
            return false;
        }
        struct order_slot *slot = order_view_put(&work->view, &order);
        if (slot == NULL) {
            return false;
        }
        slot->due = slot->due || found == FOUND_DUE;
        slot->adrift = slot->adrift || found == FOUND_ADRIFT;
    }
    return true;
}

bool assign_put_rows(struct batch *batch, const struct pg_result *rows) {
    return put_rows(batch_view(batch), batch_arena(batch), rows, FOUND_ADRIFT);
}

static bool read_orders(struct batch *batch, struct assign_work *work, struct pg *pg) {
    struct pd_arena *arena = batch_arena(batch);
    static const enum found found[] = {FOUND_NAMED, FOUND_NAMED, FOUND_DUE, FOUND_NAMED};
    const struct pg_result *results[] = {work->ids > 0 ? pg_take(pg) : NULL, work->requests > 0 ? pg_take(pg) : NULL,
                                         work->tick ? pg_take(pg) : NULL,
                                         work->people.commands > 0 ? pg_take(pg) : NULL};
    size_t capacity = batch_count(batch); /* an input makes at most one order */
    capacity += work->people.scan ? FOLLOW_TICK_MAX : 0;
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
        if (!put_rows(work, arena, results[i], found[i])) {
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

bool assign_lacks_map(struct city *city, const struct order *order) {
    return !city_has_map(city) && (order->has_place || order->grid[0] != '\0' || order->grid_now[0] != '\0');
}

void assign_refuse_without_map(struct batch *batch, struct input *input) {
    batch_refuse(batch, input, 503, "busy", "the map has changed and is being read: try again in a moment");
}

/* Does deciding this input ask where and who? */
static bool needs_city(const struct input *input) {
    if (input->kind == INPUT_COMMAND) {
        return strcmp(input->name, "dispatch") == 0 || strcmp(input->name, "reassign") == 0 || address_is_mine(input) ||
               people_is_command(input);
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
    if (input->kind == INPUT_COMMAND && address_is_mine(input)) {
        return address_grid(batch, input);
    }
    if (input->kind == INPUT_COMMAND) {
        const char *code = assign_command_grid(input);
        return code[0] == '\0' ? NULL : city_grid(city, code);
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
    size_t count = people_candidates(city_posts(assign_city(batch), grid), batch_now_us(batch), NULL, candidates);
    for (size_t i = 0; pick_needs_load(candidates, count) && i < count; i++) {
        pg_array_text(workers, candidates[i].worker_id);
    }
}

/* Is it asked where and who? */
static bool needs_all(struct batch *batch, const struct assign_work *work) {
    /* whose the recipients are */
    bool needed = work->people.scan || work->recipients.any || work->regrid.recipient_count > 0;
    for (size_t i = 0; !needed && i < batch_count(batch); i++) {
        needed = needs_city(batch_input(batch, i));
    }
    for (size_t i = 0; !needed && i < work->view.count; i++) {
        needed = work->view.slots[i].due;
    }
    return needed;
}

/* Reads what is old of the city; *ret_fresh: the people are known as they are. */
static enum pd_fate freshen(struct batch *batch, const struct assign_work *work, struct pg *pg,
                            struct city_version version, bool *ret_fresh, struct pd_err *reterr) {
    struct city *city = assign_city(batch);
    struct city_follow *follow = city_follow(city);
    int64_t now_us = batch_now_us(batch);
    if (follow->unsure || city_people(city) == NULL) {
        city_forget_people(city);
        follow->unsure = false;
        follow->settle = true;
        follow->walked_us = 0;
    }
    follow->walked_us = version.walked_us > follow->walked_us ? version.walked_us : follow->walked_us;
    int64_t edge_us = city_people(city) == NULL ? 0 : people_edge(city_people(city), follow->walked_us);
    *ret_fresh = needs_all(batch, work) || work->tick || work->import.any || work->changes.any ||
                 (edge_us != 0 && edge_us <= now_us);
    return *ret_fresh ? city_refresh(city, pg, version, now_us, reterr) : PD_OK;
}

/* Locates everything that is about to be dispatched, and looks a second time where equals must be told apart. */
static enum pd_fate look_around(struct batch *batch, struct assign_work *work, struct pg *pg,
                                struct city_version version, struct pd_err *reterr) {
    bool fresh = false;
    enum pd_fate fate = freshen(batch, work, pg, version, &fresh, reterr);
    work->people.version = version.people;
    if (fate == PD_OK && fresh) {
        fate = people_look(batch, &work->people, pg, reterr);
    }
    if (fate != PD_OK || !needs_all(batch, work)) {
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
    return workers.count == 0 ? PD_OK : loads_read(batch, &work->loads, pg, &workers, reterr);
}

enum pd_fate assign_read(struct batch *batch, struct pg *pg, struct pd_err *reterr) {
    struct assign_work *work = batch_view(batch);
    const struct pg_result *row = pg_take(pg);
    struct city_version version = {
        .map = pg_int8(row, 0, 0), .people = pg_int8(row, 0, 1), .walked_us = pg_time(row, 0, 2)};
    if (!read_orders(batch, work, pg)) {
        return no_memory(reterr);
    }
    enum pd_fate fate = people_read(batch, &work->people, pg, reterr);
    fate = fate == PD_OK && work->import.any ? import_read(batch, &work->import, pg, reterr) : fate;
    fate = fate == PD_OK && work->recipients.any ? recipient_read(batch, &work->recipients, pg, reterr) : fate;
    fate = fate == PD_OK ? address_read(batch, &work->addresses, pg, reterr) : fate;
    fate = fate == PD_OK ? place_import_read(batch, &work->places, pg, reterr) : fate;
    work->changes.map_version = version.map;
    fate = fate == PD_OK && work->changes.any ? change_read(batch, &work->changes, pg, reterr) : fate;
    fate = fate == PD_OK && work->tick ? regrid_read(batch, &work->regrid, pg, reterr) : fate;
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
    struct assign_work *work = batch_view(batch);
    struct pd_arena *arena = batch_arena(batch);
    enum pd_fate fate = store_orders(pg, arena, &work->view, reterr);
    if (fate == PD_OK) {
        fate = store_assignments(pg, arena, work->assignments, reterr);
    }
    if (fate == PD_OK) {
        fate = store_texts(pg, arena, work->said, reterr);
    }
    fate = fate == PD_OK ? import_save(batch, &work->import, pg, reterr) : fate;
    fate = fate == PD_OK ? place_import_save(batch, &work->places, pg, reterr) : fate;
    fate = fate == PD_OK ? address_save(batch, &work->addresses, pg, reterr) : fate;
    fate = fate == PD_OK && work->changes.any ? store_changes(pg, arena, &work->changes, batch_now_us(batch), reterr)
                                              : fate;
    fate = fate == PD_OK ? regrid_save(batch, &work->regrid, pg, reterr) : fate;
    work->people.imported = work->people.imported || work->import.accepted != NULL || work->changes.applied != NULL ||
                            work->regrid.beginning_count > 0;
    fate = fate == PD_OK ? people_save(batch, &work->people, pg, reterr) : fate;
    return fate == PD_OK ? recipient_save(batch, &work->recipients, pg, reterr) : fate;
}

void assign_committed(struct batch *batch, struct bus *bus) {
    const struct assign_work *work = batch_view(batch);
    (void)bus;
    people_committed(batch, &work->people);
    if (work->changes.any) {
        change_clerk_wake_any(assign_context_of_batch(batch)->shared->clerk);
    }
}
