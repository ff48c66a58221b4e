#include "assign/shell/gazetteer_load.h"

#include <string.h>

#include "sql/assign_sql.h"

enum { PORTION = 20000, ALIAS_LEARNT = 2 };
enum columns { ID, KIND, NAME, DIVISION, LAT, LONG, ROAD, NUMBER_FROM, NUMBER_TO, PARITY, VALID };

static enum pd_fate no_memory(struct pd_err *reterr) {
    return pd_fail(reterr, PD_RETRY, "PLACES", "no memory for the known places");
}

enum pd_fate gazetteer_look(struct pg *pg, struct pd_arena *scratch, int64_t known, int64_t most,
                            struct gazetteer_state *ret_state, struct pd_err *reterr) {
    struct pg_result *rows = NULL;
    struct pg_args args;
    pg_args_init(&args, scratch);
    pg_arg_int8(&args, known);
    pg_arg_int8(&args, most);
    enum pd_fate fate = pg_query(pg, SQL_READ_GAZETTEER_VERSION, &args, &rows, reterr);
    if (fate == PD_OK) {
        *ret_state = (struct gazetteer_state){
            .version = pg_int8(rows, 0, 0), .changed = pg_int8(rows, 0, 1), .divisions = pg_int8(rows, 0, 2)};
    }
    pg_release(pg);
    pd_arena_reset(scratch);
    return fate;
}

static enum pd_fate add_divisions(struct pg *pg, struct gazetteer *gazetteer, struct pd_err *reterr) {
    struct pg_result *rows = NULL;
    enum pd_fate fate = pg_query(pg, SQL_READ_DIVISIONS, NULL, &rows, reterr);
    for (int row = 0; fate == PD_OK && row < pg_rows(rows); row++) {
        if (!gazetteer_add_division(gazetteer, pg_text(rows, row, 0), pg_text(rows, row, 1))) {
            fate = no_memory(reterr);
        }
    }
    gazetteer_sort_divisions(gazetteer);
    pg_release(pg);
    return fate;
}

static bool add_place(struct gazetteer *gazetteer, const struct pg_result *rows, int row) {
    struct gazetteer_row place = {.name = pg_text(rows, row, NAME),
                                  .road = pg_text(rows, row, ROAD),
                                  .gone = !pg_bool(rows, row, VALID),
                                  .place = {.kind = (enum place_kind)pg_int2(rows, row, KIND),
                                            .parity = (enum place_parity)pg_int2(rows, row, PARITY),
                                            .number_from = (uint32_t)pg_int4(rows, row, NUMBER_FROM),
                                            .number_to = (uint32_t)pg_int4(rows, row, NUMBER_TO),
                                            .division = pg_text(rows, row, DIVISION),
                                            .lat = pg_float8(rows, row, LAT),
                                            .lng = pg_float8(rows, row, LONG)}};
    pg_uuid(rows, row, ID, place.id);
    return gazetteer_add_place(gazetteer, &place);
}

static enum pd_fate add_places(struct gazetteer *gazetteer, const struct pg_result *rows, struct pd_err *reterr) {
    for (int row = 0; row < pg_rows(rows); row++) {
        if (!add_place(gazetteer, rows, row)) {
            return no_memory(reterr);
        }
    }
    return PD_OK;
}

static enum pd_fate add_aliases(struct pg *pg, struct gazetteer *gazetteer, const char *sql, struct pg_args *args,
                                struct pd_err *reterr) {
    struct pg_result *rows = NULL;
    enum pd_fate fate = pg_query(pg, sql, args, &rows, reterr);
    for (int row = 0; fate == PD_OK && row < pg_rows(rows); row++) {
        uint8_t id[16];
        pg_uuid(rows, row, 0, id);
        if (!gazetteer_add_alias(gazetteer, id, pg_text(rows, row, 1), pg_int2(rows, row, 2) == ALIAS_LEARNT)) {
            fate = no_memory(reterr);
        }
    }
    return fate;
}

/* The next portion; last: id of the last place, moved on. */
static enum pd_fate add_portion(struct pg *pg, struct pd_arena *scratch, struct gazetteer *gazetteer, uint8_t last[16],
                                bool *ret_more, struct pd_err *reterr) {
    struct pg_result *rows = NULL;
    struct pg_args args;
    uint8_t first[16];
    memcpy(first, last, sizeof first);
    pg_args_init(&args, scratch);
    pg_arg_uuid(&args, last);
    pg_arg_int4(&args, PORTION);
    enum pd_fate fate = pg_query(pg, SQL_READ_GAZETTEER_PLACES, &args, &rows, reterr);
    fate = fate == PD_OK ? add_places(gazetteer, rows, reterr) : fate;
    if (fate == PD_OK && pg_rows(rows) > 0) {
        pg_uuid(rows, pg_rows(rows) - 1, ID, last);
        *ret_more = pg_rows(rows) == PORTION;
        pg_args_init(&args, scratch);
        pg_arg_uuid(&args, first);
        pg_arg_uuid(&args, last);
        fate = add_aliases(pg, gazetteer, SQL_READ_GAZETTEER_ALL_ALIASES, &args, reterr);
    } else {
        *ret_more = false;
    }
    pg_release(pg);
    pd_arena_reset(scratch);
    return fate;
}

static enum pd_fate finish(struct gazetteer *gazetteer, enum pd_fate fate, struct gazetteer **ret_gazetteer,
                           struct pd_err *reterr) {
    if (fate == PD_OK && !gazetteer_finish(gazetteer)) {
        fate = no_memory(reterr);
    }
    if (fate == PD_OK) {
        *ret_gazetteer = gazetteer;
    } else {
        gazetteer_free(gazetteer);
    }
    return fate;
}

enum pd_fate gazetteer_load_all(struct pg *pg, struct pd_arena *scratch, const _Atomic bool *stopping,
                                struct gazetteer **ret_gazetteer, struct pd_err *reterr) {
    struct gazetteer *gazetteer = gazetteer_new();
    uint8_t last[16] = {0};
    bool more = true;
    if (gazetteer == NULL) {
        return no_memory(reterr);
    }
    enum pd_fate fate = add_divisions(pg, gazetteer, reterr);
    while (fate == PD_OK && more) {
        fate = atomic_load(stopping) ? pd_fail(reterr, PD_RETRY, "STOP", "the service ends")
                                     : add_portion(pg, scratch, gazetteer, last, &more, reterr);
    }
    return finish(gazetteer, fate, ret_gazetteer, reterr);
}

enum pd_fate gazetteer_load_changes(struct pg *pg, struct pd_arena *scratch, int64_t version, int32_t most,
                                    struct gazetteer **ret_gazetteer, struct pd_err *reterr) {
    struct gazetteer *gazetteer = gazetteer_new();
    struct pg_result *rows = NULL;
    struct pg_args args;
    struct pg_array ids;
    if (gazetteer == NULL) {
        return no_memory(reterr);
    }
    pg_args_init(&args, scratch);
    pg_arg_int8(&args, version);
    pg_arg_int4(&args, most);
    enum pd_fate fate = add_divisions(pg, gazetteer, reterr);
    fate = fate == PD_OK ? pg_query(pg, SQL_READ_GAZETTEER_CHANGES, &args, &rows, reterr) : fate;
    fate = fate == PD_OK ? add_places(gazetteer, rows, reterr) : fate;
    pg_array_init(&ids, scratch, PG_UUID);
    for (int row = 0; fate == PD_OK && row < pg_rows(rows); row++) {
        uint8_t id[16];
        pg_uuid(rows, row, ID, id);
        pg_array_uuid(&ids, id);
    }
    pg_args_init(&args, scratch);
    pg_arg_array(&args, &ids);
    fate = fate == PD_OK ? add_aliases(pg, gazetteer, SQL_READ_GAZETTEER_ALIASES, &args, reterr) : fate;
    pg_release(pg);
    pd_arena_reset(scratch);
    return finish(gazetteer, fate, ret_gazetteer, reterr);
}
