#include "assign/shell/recipient_store.h"

#include <assert.h>
#include <string.h>

#include "assign/core/code_rule.h"
#include "assign/shell/assign_words.h"
#include "sql/assign_sql.h"

/* Columns of sql/read_recipients.sql, and one more of sql/read_recipient_pages.sql. */
enum column { ID, VERSION, CATEGORY, LAT, LONG, GRID, MARKED_AT, UNMARKED_AT, WRAPPED_KEY, SEALED, PAGE };

static enum pd_fate no_memory(struct pd_err *reterr) {
    return pd_fail(reterr, PD_RETRY, "ARENA", "the batch is out of memory");
}

/* ---- what the commands name */

bool recipient_is_due(const struct input *input) {
    return input->kind == INPUT_COMMAND && strncmp(input->name, "recipient_", sizeof "recipient_" - 1) == 0;
}

bool recipient_command_id(const struct input *input, uint8_t ret_id[16]) {
    const char *id = NULL;
    if (strcmp(input->name, "recipient_read") == 0) {
        id = ((const Paidan__Assign__V1__RecipientReadRequest *)input->message)->id;
    } else if (strcmp(input->name, "recipient_unmark") == 0) {
        id = ((const Paidan__Assign__V1__RecipientUnmarkRequest *)input->message)->id;
    } else if (strcmp(input->name, "recipient_erase") == 0) {
        id = ((const Paidan__Assign__V1__RecipientEraseRequest *)input->message)->id;
    }
    return id != NULL && assign_id(id, ret_id);
}

static bool is_list(const struct input *input) {
    return strcmp(input->name, "recipient_list") == 0;
}

const char *recipient_page_of(const struct input *input, struct recipient_page *ret_page) {
    const Paidan__Assign__V1__RecipientListRequest *request =
        (const Paidan__Assign__V1__RecipientListRequest *)input->message;
    if (!grid_code_is_valid(request->grid)) {
        return "grid: the 15 digits of a grid";
    }
    if (request->limit < 0 || request->limit > RECIPIENT_PAGE_MAX) {
        return "limit: 1 to 50";
    }
    *ret_page =
        (struct recipient_page){.grid = request->grid, .limit = request->limit == 0 ? RECIPIENT_PAGE : request->limit};
    return request->cursor[0] == '\0' || assign_id(request->cursor, ret_page->after)
               ? NULL
               : "cursor: take it from next_cursor of the page before";
}

/* ---- ask */

static enum pd_fate ask_pages(struct batch *batch, const struct recipient_work *work, struct pg *pg,
                              struct pd_err *reterr) {
    struct pd_arena *arena = batch_arena(batch);
    struct pg_array numbers, grids, after, most;
    struct pg_args args;
    pg_array_init(&numbers, arena, PG_INT4);
    pg_array_init(&grids, arena, PG_TEXT);
    pg_array_init(&after, arena, PG_UUID);
    pg_array_init(&most, arena, PG_INT4);
    for (size_t i = 0; i < work->page_count; i++) {
        pg_array_int4(&numbers, (int32_t)i);
        pg_array_text(&grids, work->pages[i]->grid);
        pg_array_uuid(&after, work->pages[i]->after);
        pg_array_int4(&most, work->pages[i]->limit + 1);
    }
    pg_args_init(&args, arena);
    pg_arg_array(&args, &numbers);
    pg_arg_array(&args, &grids);
    pg_arg_array(&args, &after);
    pg_arg_array(&args, &most);
    return pg_queue(pg, SQL_READ_RECIPIENT_PAGES, &args, reterr);
}

/* Notes the ids and pages that the commands name; false: no memory. */
static bool note_inputs(struct batch *batch, struct recipient_work *work, struct pg_array *ids) {
    for (size_t i = 0; i < batch_count(batch); i++) {
        struct input *input = batch_input(batch, i);
        uint8_t id[16];
        if (!recipient_is_due(input)) {
            continue;
        }
        if (!is_list(input)) {
            if (recipient_command_id(input, id)) {
                pg_array_uuid(ids, id);
            }
            continue;
        }
        struct recipient_page *page = batch_alloc(batch, sizeof *page);
        if (page == NULL) {
            return false;
        }
        input->work = recipient_page_of(input, page) == NULL ? page : NULL;
        if (input->work != NULL) {
            work->pages[work->page_count++] = page;
        }
    }
    return true;
}

enum pd_fate recipient_ask(struct batch *batch, struct recipient_work *work, struct pg *pg, struct pd_err *reterr) {
    struct pg_array ids;
    pg_array_init(&ids, batch_arena(batch), PG_UUID);
    work->pages = pd_alloc_array(batch_arena(batch), batch_count(batch), sizeof *work->pages);
    if (work->pages == NULL || !note_inputs(batch, work, &ids)) {
        return no_memory(reterr);
    }
    work->id_count = ids.count;
    enum pd_fate fate = PD_OK;
    if (work->id_count > 0) {
        struct pg_args args;
        pg_args_init(&args, batch_arena(batch));
        pg_arg_array(&args, &ids);
        fate = pg_queue(pg, SQL_READ_RECIPIENTS, &args, reterr);
    }
    return fate == PD_OK && work->page_count > 0 ? ask_pages(batch, work, pg, reterr) : fate;
}

/* ---- read */

/* The last bytes of a UUIDv7 are random. */
static size_t bucket(const struct recipient_work *work, const uint8_t id[16]) {
    uint64_t random;
    memcpy(&random, id + 8, sizeof random);
    return (size_t)((random * 0x9e3779b97f4a7c15u) >> 32) & (work->buckets - 1);
}

struct recipient_slot *recipient_find(const struct recipient_work *work, const uint8_t id[16]) {
    struct recipient_slot *slot = work->heads[bucket(work, id)];
    while (slot != NULL && memcmp(slot->row.id, id, 16) != 0) {
        slot = slot->next;
    }
    return slot;
}

struct recipient_slot *recipient_put(struct recipient_work *work, const struct recipient *row) {
    if (work->count == work->capacity) {
        return NULL;
    }
    struct recipient_slot *slot = &work->slots[work->count++];
    struct recipient_slot **head = &work->heads[bucket(work, row->id)];
    *slot = (struct recipient_slot){.row = *row, .next = *head};
    *head = slot;
    return slot;
}

static struct recipient_bytes bytes_of(const struct pg_result *rows, int row, int column, struct pd_arena *arena) {
    size_t length = 0;
    const uint8_t *bytes = pg_is_null(rows, row, column) ? NULL : pg_bytea(rows, row, column, &length);
    return (struct recipient_bytes){bytes == NULL ? NULL : pd_memdup(arena, bytes, length), length};
}

/* The slot of a row, which may be there already. NULL: no memory. */
static struct recipient_slot *take_row(struct batch *batch, struct recipient_work *work, const struct pg_result *rows,
                                       int i) {
    struct pd_arena *arena = batch_arena(batch);
    struct recipient row = {.version = pg_int8(rows, i, VERSION),
                            .category = pg_int2(rows, i, CATEGORY),
                            .lat = pg_is_null(rows, i, LAT) ? 0 : pg_float8(rows, i, LAT),
                            .lng = pg_is_null(rows, i, LONG) ? 0 : pg_float8(rows, i, LONG),
                            .marked_at_us = pg_time(rows, i, MARKED_AT),
                            .unmarked_at_us = pg_time(rows, i, UNMARKED_AT)};
    pg_uuid(rows, i, ID, row.id);
    struct recipient_slot *slot = recipient_find(work, row.id);
    if (slot != NULL) {
        return slot;
    }
    row.grid = pd_strdup(arena, pg_text(rows, i, GRID));
    row.secret.wrapped = bytes_of(rows, i, WRAPPED_KEY, arena);
    row.secret.sealed = bytes_of(rows, i, SEALED, arena);
    return arena->full ? NULL : recipient_put(work, &row);
}

static bool make_room(struct batch *batch, struct recipient_work *work, size_t rows) {
    work->capacity = rows + batch_count(batch); /* an input marks at most one */
    work->buckets = 16;
    while (work->buckets < work->capacity) {
        work->buckets *= 2;
    }
    work->slots = pd_alloc_array(batch_arena(batch), work->capacity, sizeof *work->slots);
    work->heads = pd_alloc_array(batch_arena(batch), work->buckets, sizeof *work->heads);
    return work->slots != NULL && work->heads != NULL;
}

enum pd_fate recipient_read(struct batch *batch, struct recipient_work *work, struct pg *pg, struct pd_err *reterr) {
    const struct pg_result *named = work->id_count > 0 ? pg_take(pg) : NULL;
    const struct pg_result *paged = work->page_count > 0 ? pg_take(pg) : NULL;
    if (!make_room(batch, work, (size_t)pg_rows(named) + (size_t)pg_rows(paged))) {
        return no_memory(reterr);
    }
    for (int i = 0; i < pg_rows(named); i++) {
        if (take_row(batch, work, named, i) == NULL) {
            return no_memory(reterr);
        }
    }
    for (int i = 0; i < pg_rows(paged); i++) {
        struct recipient_slot *slot = take_row(batch, work, paged, i);
        if (slot == NULL) {
            return no_memory(reterr);
        }
        struct recipient_page *page = work->pages[pg_int4(paged, i, PAGE)];
        assert(page->count <= RECIPIENT_PAGE_MAX);
        page->rows[page->count++] = slot;
    }
    return PD_OK;
}
