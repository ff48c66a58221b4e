#include "assign/shell/map_load.h"

#include "sql/assign_sql.h"

enum { GRID_CODE, GRID_VERSION, GRID_LAYER, GRID_COMMUNITY, GRID_NAME, GRID_OUTLINE };

static bool add_grid(struct map *map, const struct pg_result *rows, int row) {
    struct map_grid grid = {.code = pg_text(rows, row, GRID_CODE),
                            .name = pg_text(rows, row, GRID_NAME),
                            .community = pg_text(rows, row, GRID_COMMUNITY),
                            .version = pg_int8(rows, row, GRID_VERSION),
                            .layer = (enum map_layer)pg_int2(rows, row, GRID_LAYER)};
    size_t length = 0;
    const uint8_t *wkb = pg_bytea(rows, row, GRID_OUTLINE, &length);
    return map_add(map, &grid, wkb, length);
}

static struct map *make_map(const struct pg_result *rows) {
    struct map *map = map_new((size_t)pg_rows(rows));
    bool good = map != NULL;
    for (int row = 0; good && row < pg_rows(rows); row++) {
        good = add_grid(map, rows, row);
    }
    if (!good || !map_finish(map)) {
        map_free(map);
        return NULL;
    }
    return map;
}

enum pd_fate map_load(struct pg *pg, struct pd_arena *scratch, int64_t now_us, struct map **ret_map,
                      int64_t *ret_fresh_until_us, struct pd_err *reterr) {
    struct pg_result *change = NULL, *grids = NULL;
    struct pg_args args;
    pg_args_init(&args, scratch);
    pg_arg_time(&args, now_us);
    enum pd_fate fate = pg_query(pg, SQL_READ_CITY_CHANGE, &args, &change, reterr);
    pg_args_init(&args, scratch);
    pg_arg_time(&args, now_us);
    if (fate == PD_OK) {
        fate = pg_query(pg, SQL_READ_CITY_GRIDS, &args, &grids, reterr);
    }
    if (fate != PD_OK) {
        return fate;
    }
    *ret_map = make_map(grids);
    if (*ret_map == NULL) {
        return pd_fail(reterr, PD_RETRY, "MAP", "no memory for the map, or an outline that is no polygon");
    }
    int64_t change_us = pg_rows(change) == 1 ? pg_time(change, 0, 0) : 0;
    *ret_fresh_until_us = change_us == 0 ? INT64_MAX : change_us;
    return PD_OK;
}
