#include "assign/shell/map_load.h"

#include "common/io/log.h"
#include "sql/assign_sql.h"

#define EVENT LOG_DECLARE
#include "assign/shell/map.log.def"
#undef EVENT

enum { CODE, VERSION, LAYER, COMMUNITY, NAME, OUTLINE, VALID_FROM, VALID_TO, RECORDED_AT };

struct map_grid map_row(const struct pg_result *rows, int row, const uint8_t **ret_wkb, size_t *ret_length) {
    *ret_wkb = pg_bytea(rows, row, OUTLINE, ret_length);
    return (struct map_grid){.code = pg_text(rows, row, CODE),
                             .name = pg_text(rows, row, NAME),
                             .community = pg_text(rows, row, COMMUNITY),
                             .version = pg_int8(rows, row, VERSION),
                             .layer = (enum map_layer)pg_int2(rows, row, LAYER),
                             .valid_from_us = pg_time(rows, row, VALID_FROM),
                             .valid_to_us = pg_time(rows, row, VALID_TO),
                             .recorded_at_us = pg_time(rows, row, RECORDED_AT)};
}

static struct map *make_map(const struct pg_result *divisions, const struct pg_result *outlines) {
    struct map *map = map_new((size_t)pg_rows(outlines));
    bool good = map != NULL;
    for (int row = 0; good && row < pg_rows(divisions); row++) {
        good = map_division(map, pg_text(divisions, row, 0), pg_text(divisions, row, 1));
    }
    for (int row = 0; good && row < pg_rows(outlines); row++) {
        const uint8_t *wkb = NULL;
        size_t length = 0;
        struct map_grid grid = map_row(outlines, row, &wkb, &length);
        if (!map_add(map, &grid, wkb, length)) {
            log_event(OUTLINE_LEFT_OUT, NULL, grid.code); /* its neighbours go on; of memory map_finish() will tell */
        }
    }
    if (!good || !map_finish(map)) {
        map_unref(map);
        return NULL;
    }
    return map;
}

static enum pd_fate queue_at(struct pg *pg, struct pd_arena *scratch, const char *sql, int64_t now_us,
                             struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, scratch);
    pg_arg_time(&args, now_us);
    return pg_queue(pg, sql, &args, reterr);
}

static enum pd_fate ask(struct pg *pg, struct pd_arena *scratch, int64_t now_us, struct pd_err *reterr) {
    enum pd_fate fate = pg_begin(pg, reterr);
    fate = fate == PD_OK ? pg_queue(pg, SQL_USE_ONE_SNAPSHOT, NULL, reterr) : fate;
    fate = fate == PD_OK ? pg_queue(pg, SQL_READ_CITY_VERSION, NULL, reterr) : fate;
    fate = fate == PD_OK ? queue_at(pg, scratch, SQL_READ_CITY_CHANGE, now_us, reterr) : fate;
    fate = fate == PD_OK ? queue_at(pg, scratch, SQL_READ_CITY_DIVISIONS, now_us, reterr) : fate;
    fate = fate == PD_OK ? queue_at(pg, scratch, SQL_READ_CITY_OUTLINES, now_us, reterr) : fate;
    return fate == PD_OK ? pg_commit(pg, reterr) : fate;
}

enum pd_fate map_load(struct pg *pg, struct pd_arena *scratch, int64_t now_us, struct map_loaded *ret_loaded,
                      struct pd_err *reterr) {
    enum pd_fate fate = ask(pg, scratch, now_us, reterr);
    if (fate != PD_OK) {
        pg_rollback(pg);
        return fate;
    }
    pg_take(pg); /* of SET TRANSACTION */
    const struct pg_result *version = pg_take(pg), *change = pg_take(pg), *divisions = pg_take(pg),
                           *outlines = pg_take(pg);
    int64_t change_us = pg_time(change, 0, 0);
    struct map_loaded loaded = {.map = make_map(divisions, outlines),
                                .version = pg_int8(version, 0, 0),
                                .fresh_until_us = change_us == 0 ? INT64_MAX : change_us};
    pg_release(pg);
    if (loaded.map == NULL) {
        return pd_fail(reterr, PD_RETRY, "MAP", "no memory for the map");
    }
    *ret_loaded = loaded;
    return PD_OK;
}
