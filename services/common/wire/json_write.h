/* json_write.h - any protobuf message to JSON text, by its descriptor
 *
 * Use       wire_json_write(&reply->base, &buf)
 * Mapping   the one of json_read.h: keys as in the .proto, enums by short name (unknown numbers as numbers), integers
 *           as numbers (from 2^63 on as strings), bytes in padded base64, Timestamp in UTC with Z and 0, 3 or 6 digits
 *           of fraction, NaN and infinities as strings. Fields with their default value, empty lists and absent
 *           messages are left out; a oneof's member is written when it is set, whatever its value.
 * Promise   the text is valid JSON in UTF-8 whatever the message holds: broken UTF-8 becomes U+FFFD, a Timestamp
 *           outside the years 0001..9999 becomes null. What json_read has read, it reads back as the same message.
 * Fails     false: buffer full, no memory, or nested deeper than WIRE_JSON_DEPTH_MAX; the buffer is marked failed.
 * Threads   any. */
#ifndef COMMON_WIRE_JSON_WRITE_H
#define COMMON_WIRE_JSON_WRITE_H

#include "common/wire/buf.h"

bool wire_json_write(const ProtobufCMessage *msg, struct wire_buf *out);

/* A JSON string with its quotes. For hand-made frames around messages. */
void wire_json_put_string(struct wire_buf *out, const char *text, size_t len);

#endif
