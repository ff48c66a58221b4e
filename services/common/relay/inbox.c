#include "common/relay/inbox.h"

#include <stdio.h>

#include "paidan/common/v1/envelope.pb-c.h"

enum { CONFIRM_US = 1000 * 1000, AFTER_COMMIT_US = 20 * 1000, AFTER_GAP_US = 200 * 1000 };

enum inbox_verdict inbox_judge(int64_t mark, int64_t seq) {
    if (seq <= mark) {
        return INBOX_REPEAT;
    }
    return seq == mark + 1 ? INBOX_APPLY : INBOX_GAP;
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
    confirm.watermarks = inbox->marks;
    confirm.gap = gap_due;
    confirm.idle = queue_empty && bus_pull_idle(inbox->pull);
    uint8_t bytes[PARTITIONS * 10 + 128];
    if (paidan__common__v1__confirm__get_packed_size(&confirm) <= sizeof bytes) {
        size_t length = paidan__common__v1__confirm__pack(&confirm, bytes);
        if (bus_say(inbox->bus, subject, bytes, length) == PD_OK) {
            inbox->next_confirm_us = now_us + CONFIRM_US;
            inbox->changed = false;
            if (gap_due) {
                inbox->gap = false;
                inbox->next_gap_us = now_us + AFTER_GAP_US;
            }
        }
    }
}
