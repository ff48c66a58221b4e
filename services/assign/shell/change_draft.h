/* change_draft.h - the draft of a grid change, and how commands about changes are recorded and answered (inside this room only)
 *
 * Memory    of the batch.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_CHANGE_DRAFT_H
#define ASSIGN_SHELL_CHANGE_DRAFT_H

#include "assign/shell/change_commands.h"

/* NULL: no memory. */
struct change_slot *change_add_slot(struct batch *batch, struct change_work *work);

void change_decide_draft(struct batch *batch, struct change_work *work, struct input *input);

/* The event, whose thread is the change itself. */
void change_emit(struct batch *batch, struct input *input, const struct grid_change *change, enum wo_event event);
void change_reply(struct batch *batch, struct input *input, const struct change_work *work,
                  const struct grid_change *change, int status);

#endif
