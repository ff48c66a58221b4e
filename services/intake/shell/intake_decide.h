/* intake_decide.h - carries out what the core decided, inside the batch: facts, words, replies
 *
 * Use       intake_decide() is ops->decide.
 * Promise   each changed row is announced by exactly one event, except what is learnt from assign, which announced it.
 *           An input that is refused has emitted nothing and changed nothing.
 * Fails     by refusing the input; when memory is out the engine makes the batch smaller.
 * Threads   the writer's. */
#ifndef INTAKE_SHELL_INTAKE_DECIDE_H
#define INTAKE_SHELL_INTAKE_DECIDE_H

#include "common/relay/engine.h"

void intake_decide(struct batch *batch, struct input *input);

#endif
