/* intake_sight.h - who may see which request, how much of it, and what he could do to it
 *
 * Use       before anything of a request is answered, by commands and queries alike.
 * Promise   a worker sees the requests he is accountable for, a resident those he registered himself, staff all of them;
 *           for everybody else a request does not exist (404, never 403). Contact data are masked for all: see disclose.
 * Threads   any. */
#ifndef INTAKE_CORE_INTAKE_SIGHT_H
#define INTAKE_CORE_INTAKE_SIGHT_H

#include <stddef.h>

#include "intake/core/intake_row.h"

enum { INTAKE_ACTIONS_MAX = WO_EVENT_COUNT };

bool intake_may_see(const struct intake_row *row, const struct intake_actor *actor);

/* Description, address and the words of the trace. */
bool intake_may_read(const struct intake_row *row, const struct intake_actor *actor);

/* The names, as in URLs, of what the actor could do in this state, in the table's order and each once; returns how many. */
size_t intake_actions(const struct intake_row *row, const struct intake_actor *actor,
                      const char *ret_names[INTAKE_ACTIONS_MAX]);

#endif
