/* intake_wish.h - a command's message as plain data
 *
 * Use       intake_wish_of() in ask(): which request is meant, and what is wanted of it.
 * Promise   nothing is judged here; unknown numbers of enums and impossible times come out as they are (a Timestamp outside
 *           its years as INT64_MAX or INT64_MIN, which the core refuses).
 * Memory    texts borrow the message. Threads any. */
#ifndef INTAKE_SHELL_INTAKE_WISH_H
#define INTAKE_SHELL_INTAKE_WISH_H

#include "common/relay/engine.h"
#include "intake/core/intake_step.h"

struct intake_job {
    struct intake_wish wish;
    bool has_id;
    uint8_t id[16];
    const char *number; /* when the client named the request by its number; else NULL */
};

struct intake_actor intake_actor_of(const struct wo_actor *actor);

/* false: a command that the table of commands does not have. */
bool intake_wish_of(const struct input *input, struct intake_job *ret_job);

/* Reads a UUID or a number into *ret_job; leaves both unset for anything else, which no request has. */
void intake_job_name(const char *id, struct intake_job *ret_job);

#endif
