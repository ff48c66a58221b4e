/* query.h - a request message from the URL: query parameters and path parameters
 *
 * Use       wire_query_read("state=in_progress&limit=20", ...) makes the message; or wire_json_read() makes it from
 *           the body. Then wire_path_set(msg, "id", ...) for each {placeholder} of the path. Whoever has decoded
 *           pairs already: wire_query_new(), then wire_query_set() for each.
 * Promise   the names and types of json_read.h, values in their JSON form without quotes. Unknown parameters,
 *           parameters given twice, broken percent-encoding, broken UTF-8 and NUL are refused. Lists and messages
 *           (other than Timestamp) cannot stand in a URL. A space where a time's offset has its sign is taken as the
 *           + that it was. An empty value is an absent parameter.
 * Fails     PD_REFUSED, *ret_problem says why. PD_RETRY: no memory.
 * Memory    as json_read.h. After a failed *_set() the message stays valid.
 * Threads   any. */
#ifndef COMMON_WIRE_QUERY_H
#define COMMON_WIRE_QUERY_H

#include "common/base/err.h"
#include "common/wire/problem.h"

/* query is what stands behind '?', still percent-encoded; NULL or empty gives the empty message. */
enum pd_fate wire_query_read(const char *query, size_t len, const ProtobufCMessageDescriptor *desc,
                             ProtobufCAllocator *alloc, ProtobufCMessage **ret, struct wire_problem_at *ret_problem)
    __attribute__((warn_unused_result));

/* An empty message, or NULL. */
ProtobufCMessage *wire_query_new(const ProtobufCMessageDescriptor *desc, ProtobufCAllocator *alloc);

/* One decoded pair; value need not be terminated. A parameter that already has a value other than its default is
 * refused as given twice. */
enum pd_fate wire_query_set(ProtobufCMessage *msg, const char *name, const char *value, size_t len,
                            ProtobufCAllocator *alloc, struct wire_problem_at *ret_problem)
    __attribute__((warn_unused_result));

/* One decoded piece of the path, for the field `name` (a string, number, boolean or enum; asserts that it exists). The
 * body may have said the same value; another one is refused. An empty value is refused. */
enum pd_fate wire_path_set(ProtobufCMessage *msg, const char *name, const char *value, size_t len,
                           ProtobufCAllocator *alloc, struct wire_problem_at *ret_problem)
    __attribute__((warn_unused_result));

/* Percent-decodes in place, '+' stays; false when broken or when a NUL comes out. For pieces of the path. */
bool wire_url_decode(char *text, size_t *len);

#endif
