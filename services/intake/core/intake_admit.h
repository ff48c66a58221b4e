/* intake_admit.h - bounds of what a command carries, and the facts that the state machine's guards ask for
 *
 * Use       intake_admit() first, then intake_holds() for wo_fsm_check().
 * Promise   pure. A catalogue of services comes later: until then any well-formed service_code is known.
 * Fails     intake_admit() gives a static sentence which names the field, or NULL.
 * Threads   any. */
#ifndef INTAKE_CORE_INTAKE_ADMIT_H
#define INTAKE_CORE_INTAKE_ADMIT_H

#include "intake/core/intake_step.h"

/* row: NULL for register. NULL when all fields are within bounds. */
const char *intake_admit(const struct intake_row *row, const struct intake_wish *wish, int64_t now_us);

/* Set of enum wo_guard that hold. at_us: when it happened. */
uint32_t intake_holds(const struct intake_row *row, const struct intake_wish *wish, int64_t at_us, int64_t reopen_us);

#endif
