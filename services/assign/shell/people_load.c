#include "assign/shell/people_load.h"

#include "sql/assign_sql.h"

/* Shifts are read for so long ahead, and everything is read anew after half of that. */
static const int64_t shifts_ahead_us = INT64_C(2) * 24 * 3600 * 1000000;

struct rows {
    struct pg_result *workers, *posts, *shifts;
};

static enum pd_fate ask(struct pg *pg, struct pd_arena *scratch, int64_t now_us, struct rows *ret_rows,
                        struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, scratch);
    pg_arg_time(&args, now_us);
    pg_arg_time(&args, now_us + shifts_ahead_us);
    enum pd_fate fate = pg_query(pg, SQL_READ_CITY_WORKERS, NULL, &ret_rows->workers, reterr);
    if (fate == PD_OK) {
        fate = pg_query(pg, SQL_READ_CITY_SHIFTS, &args, &ret_rows->shifts, reterr);
    }
    return fate == PD_OK ? pg_query(pg, SQL_READ_CITY_POSTS, NULL, &ret_rows->posts, reterr) : fate;
}

static bool fill(struct people *people, const struct rows *rows) {
    bool good = true;
    for (int row = 0; good && row < pg_rows(rows->workers); row++) {
        good = people_add_worker(people, pg_text(rows->workers, row, 0));
    }
    for (int row = 0; good && row < pg_rows(rows->shifts); row++) {
        good = people_add_shift(people, pg_text(rows->shifts, row, 0), pg_time(rows->shifts, row, 1),
                                pg_time(rows->shifts, row, 2));
    }
    for (int row = 0; good && row < pg_rows(rows->posts); row++) {
        good = people_add_post(people, pg_text(rows->posts, row, 0), pg_text(rows->posts, row, 1),
                               (enum accountability)pg_int2(rows->posts, row, 2));
    }
    return good;
}

enum pd_fate people_load(struct pg *pg, struct pd_arena *scratch, int64_t now_us, struct people **ret_people,
                         int64_t *ret_fresh_until_us, struct pd_err *reterr) {
    struct rows rows = {0};
    enum pd_fate fate = ask(pg, scratch, now_us, &rows, reterr);
    if (fate != PD_OK) {
        return fate;
    }
    struct people *people =
        people_new((size_t)pg_rows(rows.workers), (size_t)pg_rows(rows.posts), (size_t)pg_rows(rows.shifts));
    if (people == NULL || !fill(people, &rows)) {
        people_free(people);
        return pd_fail(reterr, PD_RETRY, "PEOPLE", "no memory for the people");
    }
    people_finish(people);
    *ret_people = people;
    *ret_fresh_until_us = now_us + shifts_ahead_us / 2;
    return PD_OK;
}
