/* people_save.c - leave, duty and the log of who is accountable into the database, in the transaction of what changed them */
#include "assign/shell/assign_work.h"
#include "sql/assign_sql.h"

static enum pd_fate save_leaves(struct batch *batch, const struct people_work *work, struct pg *pg,
                                struct pd_err *reterr) {
    static const enum pg_type types[] = {PG_UUID, PG_TEXT, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_INT2};
    struct pg_array begun[5], ended;
    struct pg_args args;
    pg_array_init(&ended, batch_arena(batch), PG_UUID);
    for (size_t i = 0; i < 5; i++) {
        pg_array_init(&begun[i], batch_arena(batch), types[i]);
    }
    for (const struct leave_row *row = work->leaves; row != NULL; row = row->next) {
        if (row->begins) {
            pg_array_uuid(&begun[0], row->id);
            pg_array_text(&begun[1], row->worker_id);
            pg_array_time(&begun[2], row->span.from_us);
            pg_array_time(&begun[3], row->span.to_us);
            pg_array_int2(&begun[4], (int16_t)row->kind);
        }
        if (row->ends) {
            pg_array_uuid(&ended, row->id);
        }
    }
    enum pd_fate fate = PD_OK;
    if (begun[0].count > 0) {
        pg_args_init(&args, batch_arena(batch));
        for (size_t i = 0; i < 5; i++) {
            pg_arg_array(&args, &begun[i]);
        }
        pg_arg_time(&args, batch_now_us(batch));
        fate = pg_queue(pg, SQL_INSERT_LEAVES, &args, reterr);
    }
    if (fate == PD_OK && ended.count > 0) {
        pg_args_init(&args, batch_arena(batch));
        pg_arg_array(&args, &ended);
        pg_arg_time(&args, batch_now_us(batch));
        fate = pg_queue(pg, SQL_CANCEL_LEAVES, &args, reterr);
    }
    return fate;
}

static enum pd_fate save_marks(struct batch *batch, const struct people_work *work, struct pg *pg,
                               struct pd_err *reterr) {
    struct pg_array workers, on_duty;
    struct pg_args args;
    pg_array_init(&workers, batch_arena(batch), PG_TEXT);
    pg_array_init(&on_duty, batch_arena(batch), PG_BOOL);
    for (const struct mark_row *row = work->marks; row != NULL; row = row->next) {
        pg_array_text(&workers, row->worker->id);
        pg_array_bool(&on_duty, row->on_duty);
    }
    pg_args_init(&args, batch_arena(batch));
    pg_arg_array(&args, &workers);
    pg_arg_array(&args, &on_duty);
    pg_arg_time(&args, batch_now_us(batch));
    return workers.count == 0 ? PD_OK : pg_queue(pg, SQL_INSERT_DUTY_MARKS, &args, reterr);
}

/* Whoever holds these workers in memory reads them anew; what waits for somebody on duty in their grids is tried again. */
static enum pd_fate tell(struct batch *batch, const struct people_work *work, struct pg *pg, struct pd_err *reterr) {
    struct pg_array workers, back, none;
    struct pg_args args;
    pg_array_init(&workers, batch_arena(batch), PG_TEXT);
    pg_array_init(&back, batch_arena(batch), PG_TEXT);
    pg_array_init(&none, batch_arena(batch), PG_TEXT);
    for (const struct touched *touched = work->touched; touched != NULL; touched = touched->next) {
        pg_array_text(&workers, touched->worker->id);
        if (people_on_duty(touched->worker, batch_now_us(batch))) {
            pg_array_text(&back, touched->worker->id);
        }
    }
    pg_args_init(&args, batch_arena(batch));
    pg_arg_array(&args, &workers);
    enum pd_fate fate = workers.count == 0 ? PD_OK : pg_queue(pg, SQL_STAMP_WORKERS, &args, reterr);
    if (fate != PD_OK || back.count == 0) {
        return fate;
    }
    pg_args_init(&args, batch_arena(batch));
    pg_arg_array(&args, &none);
    pg_arg_array(&args, &back);
    pg_arg_time(&args, batch_now_us(batch));
    return pg_queue(pg, SQL_WAKE_QUEUE, &args, reterr);
}

/* Rows of people were written by others in this transaction: they are read back, and every grid is looked at. */
static enum pd_fate look_again(struct batch *batch, struct people_work *work, struct pg *pg, struct pd_err *reterr) {
    struct city *city = assign_city(batch);
    struct pg_result *row = NULL;
    enum pd_fate fate = pg_query(pg, SQL_READ_CITY_VERSION, NULL, &row, reterr);
    if (fate != PD_OK) {
        return fate;
    }
    struct city_version version = {
        .map = pg_int8(row, 0, 0), .people = pg_int8(row, 0, 1), .walked_us = pg_time(row, 0, 2)};
    city_follow(city)->unsure = true;
    fate = city_refresh_people(city, pg, version, batch_now_us(batch), reterr);
    work->version = version.people;
    return fate == PD_OK ? accountable_settle_all(batch, &work->log, pg, reterr) : fate;
}

enum pd_fate people_save(struct batch *batch, struct people_work *work, struct pg *pg, struct pd_err *reterr) {
    struct city_follow *follow = city_follow(assign_city(batch));
    struct pg_args args;
    enum pd_fate fate = save_leaves(batch, work, pg, reterr);
    fate = fate == PD_OK ? save_marks(batch, work, pg, reterr) : fate;
    fate = fate == PD_OK ? tell(batch, work, pg, reterr) : fate;
    fate = fate == PD_OK && work->imported ? look_again(batch, work, pg, reterr) : fate;
    if (fate != PD_OK || (work->touched == NULL && work->log.rows == NULL && !work->imported)) {
        return fate;
    }
    follow->adrift = true;
    follow->walked_us = work->log.behind ? follow->walked_us : batch_now_us(batch);
    fate = accountable_save(&work->log, pg, batch_arena(batch), work->version + 1, batch_now_us(batch), reterr);
    pg_args_init(&args, batch_arena(batch));
    pg_arg_time(&args, follow->walked_us);
    return fate == PD_OK ? pg_queue(pg, SQL_RAISE_WALKED, &args, reterr) : fate;
}
