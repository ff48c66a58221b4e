#include "assign/shell/place_import.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "assign/core/code_rule.h"
#include "assign/shell/assign_words.h"
#include "assign/shell/place_rows.h"
#include "sql/assign_sql.h"

enum { FAULTS_MAX = 20, DETAIL_MAX = 4000 };

static const Paidan__Assign__V1__ImportPlacesRequest *request_of(const struct input *input) {
    return (const Paidan__Assign__V1__ImportPlacesRequest *)input->message;
}

bool place_import_is_mine(const struct input *input) {
    return strcmp(input->name, "import_places") == 0;
}

/* Does the command come so far that its rows are looked at? */
static bool is_due(const struct input *input) {
    return input->kind == INPUT_COMMAND && place_import_is_mine(input) && input->actor.role == WO_ROLE_ADMIN &&
           request_of(input)->n_places <= PLACE_ROWS_MAX;
}

/* ---- ask and read */

static bool make_map(struct batch *batch, struct code_map *map, size_t count) {
    size_t size = code_map_size(count);
    struct code_entry *entries = batch_alloc(batch, size * sizeof *entries);
    if (entries != NULL) {
        code_map_init(map, entries, size);
    }
    return entries != NULL;
}

enum pd_fate place_import_ask(struct batch *batch, struct place_import *import, struct pg *pg, struct pd_err *reterr) {
    struct pg_array divisions;
    struct place_keys keys;
    size_t rows = 0;
    pg_array_init(&divisions, batch_arena(batch), PG_TEXT);
    place_keys_init(&keys, batch_arena(batch));
    for (size_t i = 0; i < batch_count(batch); i++) {
        const struct input *input = batch_input(batch, i);
        for (size_t k = 0; is_due(input) && k < request_of(input)->n_places; k++) {
            const Paidan__Assign__V1__Place *place = request_of(input)->places[k];
            import->any = true;
            rows++;
            if (division_level(place->division) != 0) {
                pg_array_text(&divisions, place->division);
            }
            place_keys_add(&keys, place);
        }
    }
    import->accepted_end = &import->accepted;
    if (!import->any) {
        return PD_OK;
    }
    if (!make_map(batch, &import->divisions, divisions.count) || !make_map(batch, &import->places, 3 * rows)) {
        return pd_fail(reterr, PD_RETRY, "ARENA", "the batch is out of memory");
    }
    struct pg_args args;
    pg_args_init(&args, batch_arena(batch));
    pg_arg_array(&args, &divisions);
    enum pd_fate fate = pg_queue(pg, SQL_READ_KNOWN_DIVISIONS, &args, reterr);
    return fate == PD_OK ? place_keys_queue(&keys, pg, reterr) : fate;
}

enum pd_fate place_import_read(struct batch *batch, struct place_import *import, struct pg *pg, struct pd_err *reterr) {
    if (!import->any) {
        return PD_OK;
    }
    struct pd_arena *arena = batch_arena(batch);
    const struct pg_result *divisions = pg_take(pg), *places = pg_take(pg);
    bool good = true;
    for (int row = 0; good && row < pg_rows(divisions); row++) {
        const char *code = pd_strdup(arena, pg_text(divisions, row, 0));
        good = code != NULL && code_map_put(&import->divisions, code) != NULL;
    }
    for (int row = 0; good && row < pg_rows(places); row++) {
        uint8_t id[16];
        pg_uuid(places, row, 0, id);
        const char *key = place_key(arena, pg_int2(places, row, 1), pg_text(places, row, 2), pg_text(places, row, 3),
                                    pg_int4(places, row, 4), pg_int2(places, row, 5));
        struct code_entry *entry = key == NULL ? NULL : code_map_put(&import->places, key);
        good = entry != NULL;
        if (good) {
            entry->known = pd_memdup(arena, id, sizeof id);
        }
    }
    return good && !arena->full ? PD_OK : pd_fail(reterr, PD_RETRY, "ARENA", "the batch is out of memory");
}

/* ---- what is wrong with it */

struct faults {
    size_t count, length;
    char text[DETAIL_MAX];
};

static void fault(struct faults *faults, size_t row, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void fault(struct faults *faults, size_t row, const char *format, ...) {
    if (++faults->count > FAULTS_MAX || faults->length + 256 > sizeof faults->text) {
        return;
    }
    faults->length += (size_t)snprintf(faults->text + faults->length, 32, "places[%zu]: ", row);
    va_list list;
    va_start(list, format);
    int written = vsnprintf(faults->text + faults->length, 192, format, list);
    va_end(list);
    faults->length += written < 0 ? 0 : written < 192 ? (size_t)written : 191;
    faults->length += (size_t)snprintf(faults->text + faults->length, 3, "; ");
}

static void check(struct faults *faults, const struct place_import *import, size_t row,
                  const Paidan__Assign__V1__Place *p) {
    uint8_t id[16];
    long name = text_length(p->name), road = text_length(p->road);
    if (p->id[0] != '\0' && !assign_id(p->id, id)) {
        fault(faults, row, "id must be a UUID, or empty for a new place");
    }
    if ((int)p->kind < PLACE_COMPOUND || (int)p->kind >= PLACE_KIND_COUNT) {
        fault(faults, row, "kind must be compound, building, road, organisation or poi");
    }
    if (name < ADDRESS_NAME_MIN || name > ADDRESS_NAME_MAX || road < 0 || road > ADDRESS_NAME_MAX) {
        fault(faults, row, "name must have %d to %d characters, road at most as many", ADDRESS_NAME_MIN,
              ADDRESS_NAME_MAX);
    }
    int level = division_level(p->division);
    if (level < DIVISION_TOWN) {
        fault(faults, row, "division must be the 9 or 12 digits of a town or community");
    } else if (code_map_find(&import->divisions, p->division) == NULL) {
        fault(faults, row, "division %s is unknown: import it first", p->division);
    }
    if (!(p->lat >= -90 && p->lat <= 90 && p->long_ >= -180 && p->long_ <= 180)) {
        fault(faults, row, "lat must be -90 to 90, long -180 to 180 (WGS84)");
    }
    int32_t to = p->number_to == 0 ? p->number_from : p->number_to;
    if (p->number_from < 0 || to < p->number_from || (p->number_from == 0 && to > 0)) {
        fault(faults, row, "number_from must be at least 1 and number_to not below it, or both 0");
    }
    if ((int)p->parity < 0 || (int)p->parity >= PLACE_PARITY_COUNT) {
        fault(faults, row, "parity must be odd, even or left out");
    }
    if (p->n_aliases > PLACE_ALIASES_MAX) {
        fault(faults, row, "at most %d aliases", PLACE_ALIASES_MAX);
    }
    for (size_t i = 0; i < p->n_aliases && i < PLACE_ALIASES_MAX; i++) {
        long length = text_length(p->aliases[i]);
        if (length < ADDRESS_NAME_MIN || length > ADDRESS_NAME_MAX) {
            fault(faults, row, "aliases must have %d to %d characters", ADDRESS_NAME_MIN, ADDRESS_NAME_MAX);
        }
    }
}

/* ---- decide */

/* Whose id the row gets; false: no memory, or a fault. */
static bool choose_id(struct batch *batch, struct place_import *import, struct faults *faults, size_t row,
                      const Paidan__Assign__V1__Place *p, uint8_t ret_id[16]) {
    const char *key = place_key(batch_arena(batch), (int)p->kind, p->name, p->division, p->number_from, (int)p->parity);
    struct code_entry *entry = key == NULL ? NULL : code_map_put(&import->places, key);
    bool named = p->id[0] != '\0';
    if (entry == NULL) {
        return false;
    }
    if (named) {
        assign_id(p->id, ret_id);
    } else if (entry->known != NULL) {
        memcpy(ret_id, entry->known, 16);
    } else {
        batch_new_id(batch, ret_id);
    }
    if (entry->known == NULL) {
        entry->known = pd_memdup(batch_arena(batch), ret_id, 16);
    } else if (memcmp(entry->known, ret_id, 16) != 0) {
        fault(faults, row, "is known under another id: leave the id out, or change the name");
        return false;
    }
    return true;
}

void place_import_decide(struct batch *batch, struct place_import *import, struct input *input) {
    const Paidan__Assign__V1__ImportPlacesRequest *r = request_of(input);
    if (input->actor.role != WO_ROLE_ADMIN) {
        batch_refuse(batch, input, 403, "forbidden", "only an administrator imports places");
        return;
    }
    if (r->n_places > PLACE_ROWS_MAX) {
        batch_refuse(batch, input, 413, "too-large", "at most 2000 places in one import: send them in parts");
        return;
    }
    struct faults *faults = batch_alloc(batch, sizeof *faults);
    struct place_accepted *accepted = batch_alloc(batch, sizeof *accepted);
    if (faults == NULL || accepted == NULL) {
        return; /* out of memory: the batch is tried again in halves */
    }
    for (size_t i = 0; i < r->n_places; i++) {
        check(faults, import, i, r->places[i]);
    }
    accepted->request = r;
    accepted->ids = batch_alloc(batch, (r->n_places + 1) * sizeof *accepted->ids);
    for (size_t i = 0; accepted->ids != NULL && faults->count == 0 && i < r->n_places; i++) {
        if (!choose_id(batch, import, faults, i, r->places[i], accepted->ids[i]) && faults->count == 0) {
            return;
        }
    }
    if (faults->count > 0) {
        char *detail = pd_format(batch_arena(batch), "%s%zu faults; nothing of this import was taken over",
                                 faults->text, faults->count);
        batch_refuse(batch, input, 422, "guard", detail == NULL ? faults->text : detail);
        return;
    }
    *import->accepted_end = accepted;
    import->accepted_end = &accepted->next;
    Paidan__Assign__V1__ImportPlacesResponse response = PAIDAN__ASSIGN__V1__IMPORT_PLACES_RESPONSE__INIT;
    response.places = (int32_t)r->n_places;
    for (size_t i = 0; i < r->n_places; i++) {
        response.aliases += (int32_t)r->places[i]->n_aliases;
    }
    batch_reply(batch, input, 200, &response.base);
}

enum pd_fate place_import_save(struct batch *batch, const struct place_import *import, struct pg *pg,
                               struct pd_err *reterr) {
    return import->accepted == NULL
               ? PD_OK
               : place_rows_save(import->accepted, pg, batch_arena(batch), batch_now_us(batch), reterr);
}
