/* order_move.h - an order follows its people: whether it must change hands, be held or be released
 *
 * Use       order_move() with where its worker is now and who would get it, then order_step() with the act it makes.
 * Promise   pure. Told twice, the second time there is nothing to do.
 *             - on leave: what he had not fed back goes to whoever is accountable; off duty: only what he had not signed
 *             - nobody else there: the order stays his and is held, until he or somebody else comes
 * Threads   any. */
#ifndef ASSIGN_CORE_ORDER_MOVE_H
#define ASSIGN_CORE_ORDER_MOVE_H

#include "assign/core/order_step.h"

enum worker_status { WORKER_ON_DUTY, WORKER_OFF_DUTY, WORKER_ON_LEAVE };

/* The numbers of paidan.assign.v1.ChangeReason. */
enum change_reason { CHANGE_NO_REASON, CHANGE_DISPATCHER, CHANGE_LEAVE, CHANGE_OFF_DUTY, CHANGE_GRID, CHANGE_ADDRESS };

struct order_follow {
    enum wo_event event; /* WO_EV_NONE: nothing to do, else REASSIGN, DUTY_END or DUTY_BEGIN */
    enum change_reason reason;
};

/* status: of the order's worker now. target: who would get the order, worker_id "" when nobody is there. */
struct order_follow order_move(const struct order *order, enum worker_status status, const struct order_target *target);

#endif
