/* rotate.h - empties the oldest slot of the outbox, and fills it next
 *
 * Use       the writer calls outbox_rotate() now and then, outside a batch.
 * Promise   a slot is emptied when the present one has been filled for `hours` and every consumer has confirmed all of
 *           the next one: so an event stays at least two such spans. TRUNCATE, never DELETE: no dead rows, no vacuum.
 * Fails     quietly; it is tried again.
 * Threads   writer thread. */
#ifndef COMMON_RELAY_ROTATE_H
#define COMMON_RELAY_ROTATE_H

#include "common/relay/outbox.h"

/* True when a slot was emptied. */
bool outbox_rotate(struct outbox *outbox, struct pg *pg, struct pd_arena *scratch, int hours);

#endif
