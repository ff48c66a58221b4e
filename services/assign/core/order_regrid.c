#include "assign/core/order_regrid.h"

#include <assert.h>
#include <string.h>

const char *order_grid(const struct order *order) {
    return order->grid_now[0] != '\0' ? order->grid_now : order->grid;
}

bool order_is_displaced(const struct order *order, int64_t map_version) {
    assert(map_version >= 0);
    return order->grid[0] != '\0' && (order->grid_now[0] != '\0' || order->grid_version != map_version);
}

enum wo_verdict order_regrid(const struct order *before, const char *grid, int64_t now_us, struct order_plan *ret_plan,
                             uint32_t *ret_missing) {
    assert(grid[0] != '\0');
    assert(strcmp(grid, order_grid(before)) != 0);
    struct order_act act = {.event = WO_EV_REGRID,
                            .role = WO_ROLE_SYSTEM,
                            .worker_id = "",
                            .target = {.grid = strcmp(grid, before->grid) == 0 ? "" : grid, .worker_id = ""}};
    return order_step(before, &act, now_us, ret_plan, ret_missing);
}

enum wo_verdict order_reassign(const struct order *before, const struct order_target *target, int64_t now_us,
                               struct order_plan *ret_plan, uint32_t *ret_missing) {
    assert(target->worker_id[0] != '\0');
    struct order_act act = {.event = WO_EV_REASSIGN, .role = WO_ROLE_SYSTEM, .worker_id = "", .target = *target};
    return order_step(before, &act, now_us, ret_plan, ret_missing);
}
