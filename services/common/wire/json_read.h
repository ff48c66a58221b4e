/* json_read.h - JSON text to any protobuf message, by its descriptor
 *
 * Use       wire_json_read(body, len, &paidan__intake__v1__register_request__descriptor, &alloc, &msg, &problem)
 * Mapping   proto3 JSON with these choices: keys as in the .proto (service_code) or in lowerCamelCase; enums by short
 *           name ("in_progress"), full name or known number; 64-bit integers as number or string; bytes in base64, both
 *           alphabets, padded or not; Timestamp as RFC 3339 with any offset, years 0001..9999, cut to microseconds;
 *           null = absent. A whole number may be written 1.0 or 1e3.
 * Promise   strict: refuses what is not JSON, keys given twice (in whatever spelling), unknown keys, two members of one
 *           oneof, wrong types, numbers out of range, NaN, broken UTF-8, NUL in text, null in an array, deeper than
 *           WIRE_JSON_DEPTH_MAX. The problem says which place and what is expected there.
 * Fails     PD_REFUSED, *ret_problem says why. PD_RETRY: no memory.
 * Memory    the message is from alloc (NULL: malloc) piece by piece as protobuf-c does it, so free_unpacked works;
 *           over an arena nothing is to be freed. *ret is untouched on failure, and what was made is given back.
 *           Nothing else is allocated: the text is read straight into the message, without a tree between.
 * Limits    at most 256 fields a message, 100 characters a number.
 * Why       not over jansson: its tree alone takes several times as long as the whole reading here. jansson is the
 *           oracle of the tests and of the fuzzer instead.
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
