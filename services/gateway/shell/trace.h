/* trace.h - GET /v1/requests/{id}/trace: one answer from four queries
 *
 * Steps     intake says which request it is and whether this caller may see it; then audit gives the events, intake and assign the
 *           words, all at once; each word goes to its event.
 * Promise   no trace without its words: when one of the services does not answer, the call says so (503).
 * Memory    struct of its own, freed with the last answer. */
#ifndef GATEWAY_SHELL_TRACE_H
#define GATEWAY_SHELL_TRACE_H

#include "gateway/shell/front.h"

void trace_ask(struct exchange *exchange, const ProtobufCMessage *message);

#endif
