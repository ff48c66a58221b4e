#include "assign/shell/change_check.h"

#include "assign/shell/change_check_inner.h"
#include "sql/assign_sql.h"

enum pd_fate check_no_memory(struct check *check, struct pd_err *reterr) {
    check->starved = true;
    return pd_fail(reterr, PD_RETRY, "CHECK", "no memory for the check of a grid change");
}

int64_t check_begins_us(const struct check *check) {
    return check->change->valid_from_us > check->now_us ? check->change->valid_from_us : check->now_us;
}

enum pd_fate check_run_sql(struct check *check, const char *sql, struct pg_args *args, struct pd_err *reterr) {
    struct pg_result *none = NULL;
    enum pd_fate fate = pg_query(check->pg, sql, args, &none, reterr);
    pg_release(check->pg);
    return fate;
}

static enum pd_fate say_progress(struct check *check, int16_t percent, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, &check->arena);
    pg_arg_uuid(&args, check->change->id);
    pg_arg_int4(&args, check->change->check_seq);
    pg_arg_int2(&args, percent);
    return check_run_sql(check, SQL_SAVE_CHANGE_PROGRESS, &args, reterr);
}

/* What has no room now has none in a second either. */
static enum pd_fate give_up(struct pg *pg, const struct grid_change *change, struct pd_err *reterr) {
    struct pd_arena arena;
    struct pg_args args;
    struct pg_result *none = NULL;
    pd_arena_init(&arena, 4096, 64 * 1024);
    pg_args_init(&args, &arena);
    pg_arg_uuid(&args, change->id);
    pg_arg_int4(&args, change->check_seq);
    pg_arg_text(&args, "too much for one check: draw it in several changes");
    enum pd_fate fate = pg_query(pg, SQL_GIVE_UP_CHECK, &args, &none, reterr);
    pg_release(pg);
    pd_arena_fini(&arena);
    return fate;
}

static void end(struct check *check) {
    survey_free(check->grids);
    for (size_t i = 0; i < check->feature_count; i++) {
        shape_free(check->geos, &check->features[i]);
    }
    for (int level = LEVEL_CITY; level < LEVEL_END; level++) {
        for (size_t i = 0; i < check->levels[level].known_count; i++) {
            shape_free(check->geos, &check->levels[level].known[i]);
        }
    }
    pd_arena_fini(&check->arena);
}

enum pd_fate change_check_run(struct pg *pg, GEOSContextHandle_t geos, const struct grid_change *change, int64_t now_us,
                              struct pd_err *reterr) {
    static const struct {
        enum pd_fate (*run)(struct check *check, struct pd_err *reterr);
        int16_t percent; /* done when it is */
    } steps[] = {{check_load, 20}, {check_codes, 40}, {check_layers, 80}, {check_preview, 90}, {check_save, 0}};
    struct check check = {.pg = pg, .geos = geos, .change = change, .now_us = now_us};
    pd_arena_init(&check.arena, 1 << 20, CHECK_MEMORY_MAX);
    change_faults_init(&check.faults, &check.arena);
    geojson_init(&check.geojson, &check.arena, &check.faults);
    enum pd_fate fate = PD_OK;
    for (size_t i = 0; fate == PD_OK && i < sizeof steps / sizeof steps[0]; i++) {
        fate = steps[i].run(&check, reterr);
        if (fate == PD_OK && steps[i].percent != 0) {
            fate = say_progress(&check, steps[i].percent, reterr);
        }
    }
    if (check.starved || check.arena.full) {
        fate = give_up(pg, change, reterr);
    }
    end(&check);
    return fate == PD_OK ? PD_OK : pd_wrap(reterr, "check a grid change");
}
