/* json_read.h - JSON text to any protobuf message, by its descriptor
 *
 * Use       wire_json_read(body, len, &paidan__intake__v1__register_request__descriptor, &alloc, &msg, &problem)
 * Mapping   proto3 JSON with these choices: keys as in the .proto (service_code) or in lowerCamelCase; enums by short
 *           name ("in_progress"), full name or known number; 64-bit integers as number or string (from 2^63 on only as
 *           string); bytes in base64, both alphabets, padded or not; Timestamp as RFC 3339 with any offset, years
 *           0001..9999, cut to microseconds; null = absent. A whole number may be written 1.0 or 1e3.
 * Promise   strict: refuses what is not JSON, keys given twice (in whatever spelling), unknown keys, two members of one
 *           oneof, wrong types, numbers out of range, NaN, broken UTF-8, NUL in text, null in an array, deeper than
 *           WIRE_JSON_DEPTH_MAX. The problem says which place and what is expected there; where the text itself is
 *           broken, line and column.
 * Fails     PD_REFUSED, *ret_problem says why. PD_RETRY: no memory.
 * Memory    the message is from alloc (NULL: malloc) piece by piece as protobuf-c does it, so free_unpacked works;
 *           over an arena nothing is to be freed. *ret is untouched on failure, and what was made is given back.
 *           jansson's tree of the text is malloc'd and given back before the return; it takes up to a hundred times
 *           the text ("[{},{},..."), so bound the text.
 * Limits    at most 256 fields a message. In a text that holds a number beyond 64 bits, whole numbers from 2^53 on are
 *           refused.
 * Bugs      jansson 2.14 loses a byte when the buffer of its current token cannot grow, and says nothing of it: a
 *           process that can run out of memory there should give it allocators that do not return
 *           (json_set_alloc_funcs).
 * Threads   any. */
#ifndef COMMON_WIRE_JSON_READ_H
#define COMMON_WIRE_JSON_READ_H

#include "common/base/err.h"
#include "common/wire/problem.h"

/* Objects and lists inside each other; our deepest message has 4. */
enum { WIRE_JSON_DEPTH_MAX = 32 };

enum pd_fate wire_json_read(const char *text, size_t len, const ProtobufCMessageDescriptor *desc,
                            ProtobufCAllocator *alloc, ProtobufCMessage **ret, struct wire_problem_at *ret_problem)
    __attribute__((warn_unused_result));

#endif
