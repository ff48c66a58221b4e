/* intake_addresses.h - what assign may know of requests: where, in the requester's words
 *
 * Promise   pd.qry.intake.get_addresses answers role SYSTEM alone, which the gateway never speaks for. Of an erased request nothing
 *           comes.
 * Threads   the reader thread. */
#ifndef INTAKE_SHELL_INTAKE_ADDRESSES_H
#define INTAKE_SHELL_INTAKE_ADDRESSES_H

#include "common/relay/engine.h"

void intake_answer_get_addresses(struct query *query);

#endif
