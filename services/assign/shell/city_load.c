#include <string.h>

#include "assign/shell/city.h"
#include "common/io/pg.h"
#include "sql/assign_sql.h"

/* Shifts are read for so long ahead, and the snapshot is read anew after half of that. */
static const int64_t shifts_ahead_us = INT64_C(2) * 24 * 3600 * 1000000;

enum { GRID_CODE, GRID_VERSION, GRID_LAYER, GRID_COMMUNITY, GRID_NAME, GRID_OUTLINE };

struct rows {
    struct pg_result *grids, *workers, *posts, *shifts, *change;
};

static enum pd_fate ask_one(struct pg *pg, struct pd_arena *arena, const char *sql, int64_t first_us, int64_t second_us,
                            struct pg_result **ret_rows, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, arena);
    if (first_us != 0) {
        pg_arg_time(&args, first_us);
    }
    if (second_us != 0) {
        pg_arg_time(&args, second_us);
    }
    return pg_query(pg, sql, &args, ret_rows, reterr);
}

static enum pd_fate ask_all(struct pg *pg, struct pd_arena *arena, int64_t now_us, struct rows *ret_rows,
                            struct pd_err *reterr) {
    enum pd_fate fate = ask_one(pg, arena, SQL_READ_CITY_CHANGE, now_us, 0, &ret_rows->change, reterr);
    if (fate == PD_OK) {
        fate = ask_one(pg, arena, SQL_READ_CITY_WORKERS, 0, 0, &ret_rows->workers, reterr);
    }
    if (fate == PD_OK) {
        fate = ask_one(pg, arena, SQL_READ_CITY_SHIFTS, now_us, now_us + shifts_ahead_us, &ret_rows->shifts, reterr);
    }
    if (fate == PD_OK) {
        fate = ask_one(pg, arena, SQL_READ_CITY_GRIDS, now_us, 0, &ret_rows->grids, reterr);
    }
    return fate != PD_OK ? fate : ask_one(pg, arena, SQL_READ_CITY_POSTS, 0, 0, &ret_rows->posts, reterr);
}

static bool add_grid(struct city *city, const struct pg_result *rows, int row) {
    struct city_grid grid = {.code = pg_text(rows, row, GRID_CODE),
                             .name = pg_text(rows, row, GRID_NAME),
                             .community = pg_text(rows, row, GRID_COMMUNITY),
                             .version = pg_int8(rows, row, GRID_VERSION),
                             .layer = pg_int2(rows, row, GRID_LAYER)};
    size_t length = 0;
    const uint8_t *wkb = pg_bytea(rows, row, GRID_OUTLINE, &length);
    return city_add_grid(city, &grid, wkb, length);
}

static bool fill(struct city *city, const struct rows *rows) {
    bool good = city_begin(city, (size_t)pg_rows(rows->grids), (size_t)pg_rows(rows->workers),
                           (size_t)pg_rows(rows->posts), (size_t)pg_rows(rows->shifts));
    for (int row = 0; good && row < pg_rows(rows->workers); row++) {
        good = city_add_worker(city, pg_text(rows->workers, row, 0));
    }
    for (int row = 0; good && row < pg_rows(rows->shifts); row++) {
        good = city_add_shift(city, pg_text(rows->shifts, row, 0), pg_time(rows->shifts, row, 1),
                              pg_time(rows->shifts, row, 2));
    }
    for (int row = 0; good && row < pg_rows(rows->grids); row++) {
        good = add_grid(city, rows->grids, row);
    }
    for (int row = 0; good && row < pg_rows(rows->posts); row++) {
        good = city_add_post(city, pg_text(rows->posts, row, 0), pg_text(rows->posts, row, 1),
                             (enum accountability)pg_int2(rows->posts, row, 2));
    }
    return good;
}

enum pd_fate city_load(struct city *city, struct pg *pg, int64_t version, int64_t now_us, struct pd_err *reterr) {
    struct pd_arena arena;
    struct rows rows = {0};
    pd_arena_init(&arena, 1024, 64 * 1024);
    enum pd_fate fate = ask_all(pg, &arena, now_us, &rows, reterr);
    if (fate == PD_OK) {
        int64_t fresh_until_us = now_us + shifts_ahead_us / 2;
        int64_t change_us = pg_rows(rows.change) == 1 ? pg_time(rows.change, 0, 0) : 0;
        if (change_us != 0 && change_us < fresh_until_us) {
            fresh_until_us = change_us;
        }
        if (!fill(city, &rows) || !city_finish(city, version, fresh_until_us)) {
            fate = pd_fail(reterr, PD_RETRY, "CITY", "no memory for the city, or an outline that is no polygon");
        }
    }
    pd_arena_fini(&arena);
    return fate;
}
