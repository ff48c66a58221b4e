/* translate.h - the request message of a call: from body, path and query
 *
 * Promise   POST takes a JSON object (an empty body is an empty object) and no query; GET and DELETE take query parameters and no
 *           body. Path parameters go into the field of their name; a body that says something else there is refused. A grid worker's
 *           list is filtered by his worker_id, whatever he asked for.
 * Fails     false: the call has been answered with what is wrong.
 * Memory    the message lives in gateway.scratch. *ret_message is NULL for routes without a message. */
#ifndef GATEWAY_SHELL_TRANSLATE_H
#define GATEWAY_SHELL_TRANSLATE_H

#include "gateway/shell/front.h"

bool translate(struct exchange *exchange, ProtobufCMessage **ret_message) __attribute__((warn_unused_result));

#endif
