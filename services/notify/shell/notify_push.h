/* notify_push.h - tells the gateway which workers have something new
 *
 * Use       notify_push() after COMMIT.
 * Promise   ids and urgency only, no personal data. At most once: a push that is lost is made again by the
 *           timer, and the worker's app asks for what it missed when it connects.
 * Fails     never; when the arena is full the rest is left to the timer.
 * Threads   the writer's. */
#ifndef NOTIFY_SHELL_NOTIFY_PUSH_H
#define NOTIFY_SHELL_NOTIFY_PUSH_H

#include "common/relay/engine.h"
#include "notify/core/notify_view.h"

/* Pushes what the view marked and is still open. */
void notify_push(const struct notify_view *view, struct pd_arena *arena, struct bus *bus);

#endif
