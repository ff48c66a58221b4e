#include "assign/shell/assign_move.h"

#include "assign/core/order_move.h"

bool assign_reassign(struct batch *batch, struct input *input, struct order_slot *slot,
                     const struct order_target *target, int reason, const char *grid_change) {
    struct order_plan plan;
    uint32_t missing = 0;
    if (order_reassign(&slot->order, target, batch_now_us(batch), &plan, &missing) != WO_OK) {
        return false;
    }
    struct assign_words_said words = {.reason = reason, .grid_change = grid_change};
    assign_record(batch, input, slot, &plan, &words);
    return true;
}
