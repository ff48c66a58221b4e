#include "common/relay/rotate.h"

#include "sql/common_sql.h"

enum { SLOTS = 3 };

/* Is everything in the slot confirmed by every consumer? */
static bool slot_is_done(struct outbox *outbox, struct pg *pg, struct pd_arena *scratch, int16_t slot) {
    struct pg_args args;
    struct pg_result *result = NULL;
    struct pd_err ignored;
    pg_args_init(&args, scratch);
    pg_arg_int2(&args, slot);
    if (pg_query(pg, SQL_READ_SLOT_END, &args, &result, &ignored) != PD_OK) {
        return false;
    }
    bool done = pg_rows(result) == PARTITIONS;
    for (int row = 0; row < pg_rows(result); row++) {
        int16_t partition = pg_int2(result, row, 0);
        int64_t end = pg_int8(result, row, 1);
        for (int i = 0; i < outbox->consumer_count && partition >= 0 && partition < PARTITIONS; i++) {
            /* `saved`, not what was only reported: after a restart the table is all that is known. */
            done &= outbox->consumers[i].saved[partition] >= end;
        }
    }
    pg_release(pg);
    return done;
}

static bool empty_and_fill(struct pg *pg, struct pd_arena *scratch, int16_t slot) {
    static const char *const truncate[SLOTS] = {SQL_TRUNCATE_OUTBOX_0, SQL_TRUNCATE_OUTBOX_1, SQL_TRUNCATE_OUTBOX_2};
    struct pg_args args;
    struct pd_err ignored;
    pg_args_init(&args, scratch);
    pg_arg_int2(&args, slot);
    enum pd_fate fate = pg_begin(pg, &ignored);
    fate = fate != PD_OK ? fate : pg_queue(pg, truncate[slot], NULL, &ignored);
    fate = fate != PD_OK ? fate : pg_queue(pg, SQL_SAVE_SLOT, &args, &ignored);
    fate = fate != PD_OK ? fate : pg_commit(pg, &ignored);
    pg_release(pg);
    return fate == PD_OK;
}

bool outbox_rotate(struct outbox *outbox, struct pg *pg, struct pd_arena *scratch, int hours) {
    struct pg_args args;
    struct pg_result *result = NULL;
    struct pd_err ignored;
    pg_args_init(&args, scratch);
    pg_arg_int4(&args, hours);
    if (pg_query(pg, SQL_READ_SLOT, &args, &result, &ignored) != PD_OK) {
        return false;
    }
    bool due = pg_rows(result) == 1 && pg_bool(result, 0, 1);
    int slot = due ? pg_int2(result, 0, 0) : 0;
    int16_t next = (int16_t)((slot + 1) % SLOTS);
    pg_release(pg);
    return due && slot_is_done(outbox, pg, scratch, next) && empty_and_fill(pg, scratch, next);
}
