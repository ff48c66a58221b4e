/* describe.h - the messages that each route speaks, and the document that tells the world
 *
 * Use       describe_request(), describe_response(); describe_api() once at start.
 * Promise   made from route.def and the descriptors: nothing is written by hand twice.
 * Memory    describe_api() gives malloc'd text to the caller; NULL: no memory.
 * Threads   any. */
#ifndef GATEWAY_SHELL_DESCRIBE_H
#define GATEWAY_SHELL_DESCRIBE_H

#include <protobuf-c/protobuf-c.h>

#include "gateway/core/route.h"

const ProtobufCMessageDescriptor *describe_request(enum route_name name);  /* NULL: no body, no parameters */
const ProtobufCMessageDescriptor *describe_response(enum route_name name); /* NULL: no JSON */
char *describe_api(void);

#endif
