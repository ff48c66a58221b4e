/* accountable_save.c - the rows of the log into the database: first what is corrected, then what ends, then what begins */
#include "assign/shell/accountable_log.h"
#include "sql/assign_sql.h"

enum { GRID, SINCE, UNTIL, WORKER, RANK, COLUMNS };

struct columns {
    struct pg_array arrays[COLUMNS];
};

static void begin(struct columns *columns, struct pd_arena *arena) {
    static const enum pg_type types[COLUMNS] = {PG_TEXT, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TEXT, PG_INT2};
    for (size_t i = 0; i < COLUMNS; i++) {
        pg_array_init(&columns->arrays[i], arena, types[i]);
    }
}

static void add(struct columns *columns, const struct accountable_row *row) {
    pg_array_text(&columns->arrays[GRID], row->grid);
    pg_array_time(&columns->arrays[SINCE], row->since_us);
    if (row->until_us == 0) {
        pg_array_null(&columns->arrays[UNTIL]);
    } else {
        pg_array_time(&columns->arrays[UNTIL], row->until_us);
    }
    pg_array_text(&columns->arrays[WORKER], row->worker == NULL ? NULL : row->worker->id);
    pg_array_int2(&columns->arrays[RANK], (int16_t)row->rank);
}

/* Nothing is queued without rows. version 0: no such parameter. */
static enum pd_fate send(struct columns *columns, const int *which, size_t count, const char *sql, int64_t version,
                         struct pg *pg, struct pd_err *reterr) {
    struct pg_args args;
    if (columns->arrays[GRID].count == 0) {
        return PD_OK;
    }
    pg_args_init(&args, columns->arrays[GRID].arena);
    for (size_t i = 0; i < count; i++) {
        pg_arg_array(&args, &columns->arrays[which[i]]);
    }
    if (version != 0) {
        pg_arg_int8(&args, version);
    }
    return pg_queue(pg, sql, &args, reterr);
}

enum pd_fate accountable_save(struct accountable_log *log, struct pg *pg, struct pd_arena *arena, int64_t version,
                              int64_t now_us, struct pd_err *reterr) {
    static const int corrected_columns[] = {GRID, SINCE, WORKER, RANK}, closed_columns[] = {GRID, SINCE, UNTIL},
                     begun_columns[] = {GRID, SINCE, UNTIL, WORKER, RANK};
    struct columns corrected, closed, begun;
    begin(&corrected, arena);
    begin(&closed, arena);
    begin(&begun, arena);
    for (const struct accountable_row *row = log->rows; row != NULL; row = row->next) {
        if (row->begins) {
            add(&begun, row);
            continue;
        }
        if (row->corrects) {
            add(&corrected, row);
        }
        if (row->until_us != 0) {
            add(&closed, row);
        }
    }
    enum pd_fate fate = send(&corrected, corrected_columns, 4, SQL_CORRECT_ACCOUNTABLE, version, pg, reterr);
    fate = fate == PD_OK ? send(&closed, closed_columns, 3, SQL_CLOSE_ACCOUNTABLE, 0, pg, reterr) : fate;
    fate = fate == PD_OK ? send(&begun, begun_columns, 5, SQL_INSERT_ACCOUNTABLE, version, pg, reterr) : fate;
    if (fate != PD_OK || log->checked == NULL) {
        return fate;
    }
    struct pg_args args;
    pg_args_init(&args, arena);
    pg_arg_array(&args, log->checked);
    pg_arg_time(&args, now_us);
    return pg_queue(pg, SQL_CHECK_ACCOUNTABLE, &args, reterr);
}
