#include "assign/shell/people_load.h"

#include "sql/assign_sql.h"

/* Shifts are in memory for so long ahead; when an hour of it has gone, those of one more hour are read. */
static const int64_t ahead_us = INT64_C(48) * 3600 * 1000000, step_us = INT64_C(3600) * 1000000;

struct rows {
    struct pg_result *workers, *shifts, *leaves, *posts, *accountable, *skills;
};

bool people_fresh(const struct people_known *known, int64_t version, int64_t now_us) {
    return known->horizon_us != 0 && known->version == version && now_us + ahead_us - step_us < known->horizon_us;
}

static enum pd_fate ask_workers(const struct people_known *known, int64_t since, int64_t now_us, struct pg *pg,
                                struct pd_arena *scratch, struct pd_err *reterr) {
    int64_t marked_us = now_us - DUTY_MARK_MAX_US, from_us = known->horizon_us == 0 ? now_us : known->horizon_us;
    struct pg_args args;
    pg_args_init(&args, scratch);
    pg_arg_int8(&args, since);
    pg_arg_time(&args, marked_us);
    pg_arg_time(&args, from_us);
    pg_arg_time(&args, now_us + ahead_us);
    enum pd_fate fate = pg_queue(pg, SQL_READ_CITY_WORKERS, &args, reterr);
    pg_arg_time(&args, known->walked_us);
    fate = fate == PD_OK ? pg_queue(pg, SQL_READ_CITY_SHIFTS, &args, reterr) : fate;
    pg_args_init(&args, scratch);
    pg_arg_int8(&args, since);
    pg_arg_time(&args, known->walked_us);
    pg_arg_time(&args, from_us);
    pg_arg_time(&args, now_us + ahead_us);
    return fate == PD_OK ? pg_queue(pg, SQL_READ_CITY_LEAVES, &args, reterr) : fate;
}

static enum pd_fate ask_grids(int64_t since, struct pg *pg, struct pd_arena *scratch, struct pd_err *reterr) {
    struct pg_args args;
    pg_args_init(&args, scratch);
    pg_arg_int8(&args, since);
    enum pd_fate fate = pg_queue(pg, SQL_READ_CITY_POSTS, &args, reterr);
    fate = fate == PD_OK ? pg_queue(pg, SQL_READ_CITY_ACCOUNTABLE, &args, reterr) : fate;
    return fate == PD_OK ? pg_queue(pg, SQL_READ_CITY_SKILLS, NULL, reterr) : fate;
}

/* One round trip. What was queued or left untaken before is of no interest to anybody: every reader took his own. */
static enum pd_fate ask(const struct people_known *known, int64_t now_us, struct pg *pg, struct pd_arena *scratch,
                        struct rows *ret_rows, struct pd_err *reterr) {
    int64_t since = known->horizon_us == 0 ? -1 : known->version;
    enum pd_fate fate = pg_flush(pg, reterr);
    while (fate == PD_OK && pg_take(pg) != NULL) {
    }
    fate = fate == PD_OK ? ask_workers(known, since, now_us, pg, scratch, reterr) : fate;
    fate = fate == PD_OK ? ask_grids(since, pg, scratch, reterr) : fate;
    fate = fate == PD_OK ? pg_flush(pg, reterr) : fate;
    if (fate == PD_OK) {
        struct pg_result **const results[] = {&ret_rows->workers, &ret_rows->shifts,      &ret_rows->leaves,
                                              &ret_rows->posts,   &ret_rows->accountable, &ret_rows->skills};
        for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
            *results[i] = pg_take(pg);
        }
    }
    return fate;
}

static bool put_workers(struct people *people, const struct rows *rows) {
    bool good = true;
    for (int row = 0; good && row < pg_rows(rows->workers); row++) {
        struct duty_mark mark = {.at_us = pg_time(rows->workers, row, 2), .on_duty = pg_bool(rows->workers, row, 3)};
        struct worker *worker =
            people_put_worker(people, pg_text(rows->workers, row, 0), pg_text(rows->workers, row, 1), mark);
        good = worker != NULL;
        if (good) {
            people_clear_duty(worker);
        }
    }
    for (int row = 0; good && row < pg_rows(rows->shifts); row++) {
        struct worker *worker = people_worker(people, pg_text(rows->shifts, row, 0));
        struct duty_span span = {pg_time(rows->shifts, row, 1), pg_time(rows->shifts, row, 2)};
        good = worker == NULL || people_put_shift(worker, span);
    }
    for (int row = 0; good && row < pg_rows(rows->leaves); row++) {
        struct worker *worker = people_worker(people, pg_text(rows->leaves, row, 0));
        struct duty_span span = {pg_time(rows->leaves, row, 2), pg_time(rows->leaves, row, 3)};
        uint8_t id[16];
        pg_uuid(rows->leaves, row, 1, id);
        good = worker == NULL || people_put_leave(worker, id, span);
    }
    for (int row = 0; good && row < pg_rows(rows->workers); row++) {
        good = people_settle(people, people_worker(people, pg_text(rows->workers, row, 0)));
    }
    return good;
}

static bool put_grids(struct people *people, const struct rows *rows) {
    struct posts *last = NULL;
    for (int row = 0; row < pg_rows(rows->posts); row++) {
        struct posts *posts = people_put_grid(people, pg_text(rows->posts, row, 0));
        if (posts == NULL) {
            return false;
        }
        if (posts != last) {
            people_clear_posts(posts);
            last = posts;
        }
        struct worker *worker = people_worker(people, pg_text(rows->posts, row, 1));
        if (worker != NULL && !people_put_post(posts, worker, (enum accountability)pg_int2(rows->posts, row, 2))) {
            return false;
        }
    }
    for (int row = 0; row < pg_rows(rows->accountable); row++) {
        struct posts *posts = people_put_grid(people, pg_text(rows->accountable, row, 0));
        if (posts == NULL) {
            return false;
        }
        posts->logged = true;
        posts->checked_us = pg_time(rows->accountable, row, 1);
        posts->since_us = pg_time(rows->accountable, row, 4);
        posts->accountable = people_worker(people, pg_text(rows->accountable, row, 2));
    }
    people_clear_skills(people);
    bool good = true;
    for (int row = 0; good && row < pg_rows(rows->skills); row++) {
        good = people_put_skill(people, pg_text(rows->skills, row, 0), pg_text(rows->skills, row, 1));
    }
    return good;
}

enum pd_fate people_load(struct people *people, struct people_known *known, int64_t version, int64_t now_us,
                         struct pg *pg, struct pd_arena *scratch, struct pd_err *reterr) {
    struct rows rows = {0};
    enum pd_fate fate = ask(known, now_us, pg, scratch, &rows, reterr);
    if (fate != PD_OK) {
        return fate;
    }
    if (!put_workers(people, &rows) || !put_grids(people, &rows)) {
        return pd_fail(reterr, PD_RETRY, "PEOPLE", "no memory for the people");
    }
    known->version = version;
    known->horizon_us = now_us + ahead_us;
    return PD_OK;
}
