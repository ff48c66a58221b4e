/* intake_view.h - a request as the API shows it to one asker
 *
 * Use       intake_view_of() for replies and queries.
 * Promise   requester masked for everybody; description, address and answer only for those whom intake_may_read() allows;
 *           nothing personal once the key is erased.
 * Fails     NULL when the arena is full.
 * Memory    the arena's; texts may borrow `row` and `personal`. Threads those of the arena. */
#ifndef INTAKE_SHELL_INTAKE_VIEW_H
#define INTAKE_SHELL_INTAKE_VIEW_H

#include "intake/core/intake_row.h"
#include "intake/shell/intake_personal.h"
#include "paidan/intake/v1/intake.pb-c.h"

/* personal: NULL when it cannot be opened. */
Paidan__Intake__V1__ServiceRequest *intake_view_of(struct pd_arena *arena, const struct intake_row *row,
                                                   const struct intake_personal *personal,
                                                   const struct intake_actor *actor);

#endif
