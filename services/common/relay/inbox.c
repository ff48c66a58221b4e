#include "common/relay/inbox.h"

#include <stdio.h>
#include <string.h>

#include "paidan/common/v1/envelope.pb-c.h"
#include "sql/common_sql.h"

enum { CONFIRM_US = 1000 * 1000, AFTER_COMMIT_US = 20 * 1000, AFTER_GAP_US = 200 * 1000, SETTLE_US = 500 * 1000 };

enum inbox_verdict inbox_judge(int64_t mark, int64_t seq) {
    if (seq <= mark) {
        return INBOX_REPEAT;
    }
    return seq == mark + 1 ? INBOX_APPLY : INBOX_GAP;
}

void inbox_committed(struct inbox *inbox, const int64_t marks[PARTITIONS]) {
    memcpy(inbox->marks, marks, sizeof inbox->marks);
    memcpy(inbox->stored, marks, sizeof inbox->stored);
    inbox->changed = true;
}

static void arg_marks(struct pg_args *args, struct pg_array *array, const int64_t marks[PARTITIONS]) {
    pg_array_init(array, args->arena, PG_INT8);
    for (int p = 0; p < PARTITIONS; p++) {
        pg_array_int8(array, marks[p]);
    }
    pg_arg_array(args, array);
}

bool inbox_settle(struct inbox *inbox, struct pg *pg, struct pd_arena *scratch, int64_t now_us) {
    if (now_us < inbox->next_settle_us || memcmp(inbox->marks, inbox->stored, sizeof inbox->marks) == 0) {
        return true;
    }
    inbox->next_settle_us = now_us + SETTLE_US;
    struct pg_args args;
    struct pg_array from, to;
    struct pg_result *result = NULL;
    struct pd_err ignored;
    pg_args_init(&args, scratch);
    pg_arg_text(&args, inbox->producer);
    arg_marks(&args, &from, inbox->stored);
    arg_marks(&args, &to, inbox->marks);
    if (pg_query(pg, SQL_MOVE_INBOX, &args, &result, &ignored) != PD_OK) {
        return true; /* again later */
    }
    bool moved = pg_affected(result) == 1;
    pg_release(pg);
    if (moved) {
        inbox_committed(inbox, inbox->marks);
    }
    return moved;
}

void inbox_confirm(struct inbox *inbox, bool queue_empty, int64_t now_us) {
    bool gap_due = inbox->gap && now_us >= inbox->next_gap_us;
    bool due = now_us >= inbox->next_confirm_us || gap_due ||
               (inbox->changed && now_us >= inbox->next_confirm_us - CONFIRM_US + AFTER_COMMIT_US);
    if (!due || !bus_connected(inbox->bus)) {
        return;
    }
    Paidan__Common__V1__Confirm confirm = PAIDAN__COMMON__V1__CONFIRM__INIT;
    char consumer[32], producer[32], subject[96];
    snprintf(consumer, sizeof consumer, "%s", inbox->consumer);
    snprintf(producer, sizeof producer, "%s", inbox->producer);
    snprintf(subject, sizeof subject, "pd.cfm.%s.%s", inbox->producer, inbox->consumer);
    confirm.consumer = consumer;
    confirm.producer = producer;
    confirm.n_watermarks = PARTITIONS;
    confirm.watermarks = inbox->stored;
    confirm.gap = gap_due;
    confirm.idle = queue_empty && bus_pull_idle(inbox->pull);
    uint8_t bytes[PARTITIONS * 10 + 128];
    if (paidan__common__v1__confirm__get_packed_size(&confirm) <= sizeof bytes) {
        size_t length = paidan__common__v1__confirm__pack(&confirm, bytes);
        if (bus_say_soon(inbox->bus, subject, bytes, length) == PD_OK) {
            inbox->next_confirm_us = now_us + CONFIRM_US;
            inbox->changed = false;
            if (gap_due) {
                inbox->gap = false;
                inbox->next_gap_us = now_us + AFTER_GAP_US;
            }
        }
    }
}
