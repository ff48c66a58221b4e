/* recipient_decide.h - carries out a command about key recipients: rights, facts, words, answer
 *
 * Use       recipient_decide() for each input of recipient_is_due().
 * Promise   every recipient that is shown leaves an event, in the transaction after which it is shown. Nothing personal is in an
 *           event, and nothing personal in an answer that is kept (see never_kept in main.c).
 * Fails     by refusing the input; when memory is out the engine makes the batch smaller.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_RECIPIENT_DECIDE_H
#define ASSIGN_SHELL_RECIPIENT_DECIDE_H

#include "assign/shell/recipient_store.h"

void recipient_decide(struct batch *batch, struct recipient_work *work, struct input *input);

#endif
