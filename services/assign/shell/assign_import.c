#include "assign/shell/assign_import.h"

#include <string.h>

#include "assign/core/code_rule.h"
#include "assign/shell/import_check.h"
#include "assign/shell/import_store.h"
#include "sql/assign_sql.h"

static const Paidan__Assign__V1__ImportCityRequest *request_of(const struct input *input) {
    return (const Paidan__Assign__V1__ImportCityRequest *)input->message;
}

static size_t rows_of(const Paidan__Assign__V1__ImportCityRequest *r) {
    return r->n_divisions + r->n_grids + r->n_workers + r->n_grid_workers + r->n_shifts + r->n_service_skills;
}

bool import_is_due(const struct input *input) {
    return strcmp(input->name, "import_city") == 0 && input->actor.role == WO_ROLE_ADMIN &&
           rows_of(request_of(input)) <= IMPORT_ROWS_MAX;
}

/* ---- which of the codes that are mentioned exist */

enum known_columns { CODE, VERSION, LAYER, COMMUNITY, NAME, OUTLINE, VALID_FROM, LAST_VERSION };

static void mention(struct pg_array *array, const char *code) {
    if (code[0] != '\0' && text_length(code) >= 0) {
        pg_array_text(array, code);
    }
}

static void mention_all(const Paidan__Assign__V1__ImportCityRequest *r, struct pg_array *divisions,
                        struct pg_array *workers, struct pg_array *grids) {
    for (size_t i = 0; i < r->n_divisions; i++) {
        mention(divisions, r->divisions[i]->parent);
    }
    for (size_t i = 0; i < r->n_grids; i++) {
        mention(divisions, r->grids[i]->community);
        mention(grids, r->grids[i]->code);
    }
    for (size_t i = 0; i < r->n_grid_workers; i++) {
        mention(grids, r->grid_workers[i]->grid);
        mention(workers, r->grid_workers[i]->worker_id);
    }
    for (size_t i = 0; i < r->n_shifts; i++) {
        mention(workers, r->shifts[i]->worker_id);
    }
}

/* Room for what exists and for what the batch adds. */
static bool make_map(struct batch *batch, struct code_map *map, size_t count) {
    size_t size = code_map_size(count);
    struct code_entry *entries = batch_alloc(batch, size * sizeof *entries);
    if (entries != NULL) {
        code_map_init(map, entries, size);
    }
    return entries != NULL;
}

static enum pd_fate queue_codes(struct pg *pg, struct pd_arena *arena, const char *sql, struct pg_array *codes,
                                struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, arena);
    pg_arg_array(&args, codes);
    return pg_queue(pg, sql, &args, reterr);
}

enum pd_fate import_ask(struct batch *batch, struct assign_import *import, struct pg *pg, struct pd_err *reterr) {
    struct pd_arena *arena = batch_arena(batch);
    struct pg_array divisions, workers, grids;
    size_t rows = 0;
    pg_array_init(&divisions, arena, PG_TEXT);
    pg_array_init(&workers, arena, PG_TEXT);
    pg_array_init(&grids, arena, PG_TEXT);
    for (size_t i = 0; i < batch_count(batch); i++) {
        struct input *input = batch_input(batch, i);
        if (input->kind == INPUT_COMMAND && import_is_due(input)) {
            mention_all(request_of(input), &divisions, &workers, &grids);
            rows += rows_of(request_of(input));
        }
    }
    import->accepted_end = &import->accepted;
    import->changed_end = &import->changed;
    if (!make_map(batch, &import->divisions, rows + divisions.count) ||
        !make_map(batch, &import->workers, rows + workers.count) ||
        !make_map(batch, &import->grids, rows + grids.count)) {
        return pd_fail(reterr, PD_RETRY, "ARENA", "the batch is out of memory");
    }
    enum pd_fate fate = queue_codes(pg, arena, SQL_READ_KNOWN_DIVISIONS, &divisions, reterr);
    if (fate == PD_OK) {
        fate = queue_codes(pg, arena, SQL_READ_KNOWN_WORKERS, &workers, reterr);
    }
    return fate == PD_OK ? queue_codes(pg, arena, SQL_READ_KNOWN_GRIDS, &grids, reterr) : fate;
}

static bool read_codes(struct batch *batch, struct code_map *map, const struct pg_result *rows) {
    for (int row = 0; row < pg_rows(rows); row++) {
        const char *code = pd_strdup(batch_arena(batch), pg_text(rows, row, CODE));
        if (code == NULL || code_map_put(map, code) == NULL) {
            return false;
        }
    }
    return true;
}

static bool read_grid(struct batch *batch, struct code_map *map, const struct pg_result *rows, int row) {
    struct pd_arena *arena = batch_arena(batch);
    struct known_grid *grid = batch_alloc(batch, sizeof *grid);
    if (grid == NULL) {
        return false;
    }
    const uint8_t *outline = pg_bytea(rows, row, OUTLINE, &grid->length);
    grid->code = pd_strdup(arena, pg_text(rows, row, CODE));
    grid->community = pd_strdup(arena, pg_text(rows, row, COMMUNITY));
    grid->name = pd_strdup(arena, pg_text(rows, row, NAME));
    grid->outline = pd_memdup(arena, outline, grid->length);
    grid->layer = pg_int2(rows, row, LAYER);
    grid->valid_from_us = pg_time(rows, row, VALID_FROM);
    grid->version = pg_int8(rows, row, LAST_VERSION);
    struct code_entry *entry = arena->full ? NULL : code_map_put(map, grid->code);
    if (entry != NULL) {
        entry->known = grid;
    }
    return entry != NULL;
}

enum pd_fate import_read(struct batch *batch, struct assign_import *import, struct pg *pg, struct pd_err *reterr) {
    const struct pg_result *divisions = pg_take(pg), *workers = pg_take(pg), *grids = pg_take(pg);
    bool good = read_codes(batch, &import->divisions, divisions) && read_codes(batch, &import->workers, workers);
    for (int row = 0; good && row < pg_rows(grids); row++) {
        good = read_grid(batch, &import->grids, grids, row);
    }
    return good ? PD_OK : pd_fail(reterr, PD_RETRY, "ARENA", "the batch is out of memory");
}

/* ---- decide */

/* The command's own rows, so that the rest of it may refer to them; they count for others only when it is accepted. */
static bool claim_codes(struct assign_import *import, const Paidan__Assign__V1__ImportCityRequest *r, unsigned claim) {
    bool good = true;
    for (size_t i = 0; good && i < r->n_divisions; i++) {
        good = code_map_claim(&import->divisions, r->divisions[i]->code, claim);
    }
    for (size_t i = 0; good && i < r->n_workers; i++) {
        good = code_map_claim(&import->workers, r->workers[i]->id, claim);
    }
    for (size_t i = 0; good && i < r->n_grids; i++) {
        good = code_map_claim(&import->grids, r->grids[i]->code, claim);
    }
    return good;
}

static void settle_codes(struct assign_import *import, const Paidan__Assign__V1__ImportCityRequest *r) {
    for (size_t i = 0; i < r->n_divisions; i++) {
        code_map_settle(&import->divisions, r->divisions[i]->code);
    }
    for (size_t i = 0; i < r->n_workers; i++) {
        code_map_settle(&import->workers, r->workers[i]->id);
    }
    for (size_t i = 0; i < r->n_grids; i++) {
        code_map_settle(&import->grids, r->grids[i]->code);
    }
}

void import_decide(struct batch *batch, struct assign_import *import, void *geos, struct input *input) {
    const Paidan__Assign__V1__ImportCityRequest *r = request_of(input);
    if (input->actor.role != WO_ROLE_ADMIN) {
        batch_refuse(batch, input, 403, "forbidden", "only an administrator imports the city");
        return;
    }
    if (rows_of(r) > IMPORT_ROWS_MAX) {
        batch_refuse(batch, input, 413, "too-large", "at most 2000 rows in one import: send it in parts");
        return;
    }
    struct import_faults *faults = batch_alloc(batch, sizeof *faults);
    unsigned claim = ++import->claims;
    if (faults == NULL || !claim_codes(import, r, claim)) {
        return; /* out of memory: the batch is tried again in halves */
    }
    import_check(faults, import, claim, geos, r);
    if (faults->count > 0) {
        batch_refuse(batch, input, 422, "guard", import_faults_text(faults));
        return;
    }
    settle_codes(import, r);
    if (!import_accept(batch, import, geos, r)) {
        return;
    }
    Paidan__Assign__V1__ImportCityResponse response = PAIDAN__ASSIGN__V1__IMPORT_CITY_RESPONSE__INIT;
    response.divisions = (int32_t)r->n_divisions;
    response.grids = (int32_t)r->n_grids;
    response.workers = (int32_t)r->n_workers;
    response.grid_workers = (int32_t)r->n_grid_workers;
    response.shifts = (int32_t)r->n_shifts;
    response.service_skills = (int32_t)r->n_service_skills;
    batch_reply(batch, input, 200, &response.base);
}
