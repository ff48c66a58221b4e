/* trace.h - GET /v1/requests/{id}/trace, /v1/recipients/{id}/trace: one answer from several queries
 *
 * Steps     intake says which request it is and whether this caller may see it; then audit gives the events, intake and assign the
 *           words, all at once; each word goes to its event.
 *           Of a recipient assign says whether it is one, and gives all the words there are; then audit gives the events.
 * Promise   no trace without its words: when one of the services does not answer, the call says so (503).
 * Memory    struct of its own, freed with the last answer. */
#ifndef GATEWAY_SHELL_TRACE_H
#define GATEWAY_SHELL_TRACE_H

#include "gateway/shell/front.h"

void trace_ask(struct exchange *exchange, const ProtobufCMessage *message);
/* message: the RecipientTextsRequest of the path. */
void trace_ask_recipient(struct exchange *exchange, const ProtobufCMessage *message);

#endif
