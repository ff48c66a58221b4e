#include "assign/shell/place_rows.h"

#include "assign/core/code_rule.h"
#include "assign/shell/assign_words.h"
#include "common/base/id.h"
#include "sql/assign_sql.h"

enum { ALIAS_IMPORTED = 1, KEY_COLUMNS = 6, ROW_COLUMNS = 11 };

static void init(struct pg_array *arrays, struct pd_arena *arena, const enum pg_type *types, size_t count) {
    for (size_t i = 0; i < count; i++) {
        pg_array_init(&arrays[i], arena, types[i]);
    }
}

static enum pd_fate queue(struct pg *pg, struct pd_arena *arena, const char *sql, struct pg_array *arrays, size_t count,
                          struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, arena);
    for (size_t i = 0; i < count; i++) {
        pg_arg_array(&args, &arrays[i]);
    }
    return pg_queue(pg, sql, &args, reterr);
}

void place_keys_init(struct place_keys *keys, struct pd_arena *arena) {
    static const enum pg_type types[] = {PG_UUID, PG_INT2, PG_TEXT, PG_TEXT, PG_INT4, PG_INT2};
    keys->arena = arena;
    init(keys->arrays, arena, types, KEY_COLUMNS);
}

void place_keys_add(struct place_keys *keys, const Paidan__Assign__V1__Place *place) {
    uint8_t id[16];
    if (assign_id(place->id, id)) {
        pg_array_uuid(&keys->arrays[0], id);
    }
    if (text_length(place->name) > 0 && division_level(place->division) != 0 && (int)place->kind >= 0 &&
        (int)place->kind < PLACE_KIND_COUNT && (int)place->parity >= 0 && (int)place->parity < PLACE_PARITY_COUNT) {
        pg_array_int2(&keys->arrays[1], (int16_t)place->kind);
        pg_array_text(&keys->arrays[2], place->name);
        pg_array_text(&keys->arrays[3], place->division);
        pg_array_int4(&keys->arrays[4], place->number_from);
        pg_array_int2(&keys->arrays[5], (int16_t)place->parity);
    }
}

enum pd_fate place_keys_queue(struct place_keys *keys, struct pg *pg, struct pd_err *reterr) {
    return queue(pg, keys->arena, SQL_READ_KNOWN_PLACES, keys->arrays, KEY_COLUMNS, reterr);
}

const char *place_key(struct pd_arena *arena, int kind, const char *name, const char *division, int32_t number_from,
                      int parity) {
    return pd_format(arena, "%d %s %d %d %s", kind, division, (int)number_from, parity, name);
}

/* ---- writing */

static void add_row(struct pg_array *columns, const Paidan__Assign__V1__Place *place, const uint8_t id[16]) {
    pg_array_uuid(&columns[0], id);
    pg_array_int2(&columns[1], (int16_t)place->kind);
    pg_array_text(&columns[2], place->name);
    pg_array_text(&columns[3], place->division);
    pg_array_float8(&columns[4], place->lat);
    pg_array_float8(&columns[5], place->long_);
    pg_array_text(&columns[6], place->road);
    pg_array_int4(&columns[7], place->number_from);
    pg_array_int4(&columns[8], place->number_to == 0 ? place->number_from : place->number_to);
    pg_array_int2(&columns[9], (int16_t)place->parity);
    pg_array_bool(&columns[10], !place->closed);
}

/* In normal form; an alias that means nothing then is left out. */
static void add_aliases(struct pg_array *columns, struct pd_arena *arena, const Paidan__Assign__V1__Place *place,
                        const uint8_t id[16]) {
    for (size_t i = 0; i < place->n_aliases; i++) {
        uint16_t chars[ADDRESS_CHARS_MAX];
        struct address_name name;
        int count = address_fold(place->aliases[i], chars);
        address_name(chars, count < 0 ? 0 : (size_t)count, &name);
        char *text = pd_alloc(arena, ADDRESS_UTF8_MAX);
        if (name.length > 0 && text != NULL) {
            address_utf8(name.chars, name.length, text);
            pg_array_uuid(&columns[0], id);
            pg_array_text(&columns[1], text);
        }
    }
}

enum pd_fate place_rows_save(const struct place_accepted *list, struct pg *pg, struct pd_arena *arena, int64_t now_us,
                             struct pd_err *reterr) {
    static const enum pg_type types[] = {PG_UUID, PG_INT2, PG_TEXT, PG_TEXT, PG_FLOAT8, PG_FLOAT8,
                                         PG_TEXT, PG_INT4, PG_INT4, PG_INT2, PG_BOOL};
    struct pg_array rows[ROW_COLUMNS], aliases[2];
    struct pg_args args;
    init(rows, arena, types, ROW_COLUMNS);
    pg_array_init(&aliases[0], arena, PG_UUID);
    pg_array_init(&aliases[1], arena, PG_TEXT);
    for (; list != NULL; list = list->next) {
        for (size_t i = 0; i < list->request->n_places; i++) {
            add_row(rows, list->request->places[i], list->ids[i]);
            add_aliases(aliases, arena, list->request->places[i], list->ids[i]);
        }
    }
    enum pd_fate fate = pg_queue(pg, SQL_RAISE_GAZETTEER_VERSION, NULL, reterr);
    fate = fate == PD_OK ? queue(pg, arena, SQL_UPSERT_PLACES, rows, ROW_COLUMNS, reterr) : fate;
    pg_args_init(&args, arena);
    pg_arg_array(&args, &aliases[0]);
    pg_arg_array(&args, &aliases[1]);
    pg_arg_int2(&args, ALIAS_IMPORTED);
    pg_arg_time(&args, now_us);
    return fate == PD_OK && aliases[0].count > 0 ? pg_queue(pg, SQL_ADD_PLACE_ALIASES, &args, reterr) : fate;
}

/* ---- reading */

Paidan__Assign__V1__Place *place_row(struct pd_arena *arena, const struct pg_result *rows, int row, int column) {
    Paidan__Assign__V1__Place *place = pd_alloc(arena, sizeof *place);
    char *id_text = pd_alloc(arena, PD_ID_TEXT);
    struct pd_id id;
    if (place == NULL || id_text == NULL) {
        return NULL;
    }
    paidan__assign__v1__place__init(place);
    pg_uuid(rows, row, column, id.b);
    place->id = pd_id_text(&id, id_text);
    place->kind = (Paidan__Assign__V1__PlaceKind)pg_int2(rows, row, column + 1);
    place->name = pd_strdup(arena, pg_text(rows, row, column + 2));
    place->division = pd_strdup(arena, pg_text(rows, row, column + 3));
    place->lat = pg_float8(rows, row, column + 4);
    place->long_ = pg_float8(rows, row, column + 5);
    place->road = pd_strdup(arena, pg_text(rows, row, column + 6));
    place->number_from = pg_int4(rows, row, column + 7);
    place->number_to = pg_int4(rows, row, column + 8);
    place->parity = (Paidan__Assign__V1__NumberParity)pg_int2(rows, row, column + 9);
    return arena->full ? NULL : place;
}
