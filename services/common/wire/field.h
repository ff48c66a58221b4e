/* field.h - one field of a message by its descriptor: names, places, values (inside this room only)
 *
 * Use       readers find a field by the key given, get the address of its member, store a value there and mark it
 *           present; the writer asks whether it is set.
 * Promise   a refused value leaves the member as it was.
 * Memory    strings and bytes are one piece each from alloc. */
#ifndef COMMON_WIRE_FIELD_H
#define COMMON_WIRE_FIELD_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/borrow.h"

enum wire__stored { WIRE__STORED, WIRE__BAD_VALUE, WIRE__NO_MEMORY };

void *wire__take(ProtobufCAllocator *alloc, size_t size);
void wire__leave(ProtobufCAllocator *alloc, void *memory);

/* A message with its defaults, or NULL. */
ProtobufCMessage *wire__new(const ProtobufCMessageDescriptor *desc, ProtobufCAllocator *alloc);

bool wire__is_timestamp(const ProtobufCFieldDescriptor *field);

/* By the name of the .proto or its lowerCamelCase; NULL when there is none. */
const ProtobufCFieldDescriptor *wire__field_find(const ProtobufCMessageDescriptor *desc, const char *name);

/* The name of an enum's value without the prefix that all its values share, still in upper case. */
const char *wire__enum_short(const ProtobufCEnumDescriptor *desc, const ProtobufCEnumValue *value);

/* Size of one element of a list. */
size_t wire__element_size(ProtobufCType type);

static inline void *wire__at(const ProtobufCMessage *msg, unsigned offset) {
    return (char *)pd_borrow(msg) + offset;
}

/* Has it a value that JSON shows? For a oneof: is it the member that is set. */
bool wire__is_set(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field);

/* Another member of the same oneof is set. */
bool wire__is_other_set(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field);

/* Marks a oneof's member or an optional field as present; its value may follow, an absent one is zero. */
void wire__mark(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field);

/* Values into `to`, the address of a member or of a list's element. The field's type must fit the function's name. */
enum wire__stored wire__store_int(const ProtobufCFieldDescriptor *field, void *to, int64_t value);
enum wire__stored wire__store_uint(const ProtobufCFieldDescriptor *field, void *to, uint64_t value);
enum wire__stored wire__store_real(const ProtobufCFieldDescriptor *field, void *to, double value);
enum wire__stored wire__store_enum_name(const ProtobufCFieldDescriptor *field, void *to, const char *name);
enum wire__stored wire__store_string(void *to, const char *text, size_t len, ProtobufCAllocator *alloc);
enum wire__stored wire__store_base64(void *to, const char *text, size_t len, ProtobufCAllocator *alloc);
enum wire__stored wire__store_time(void *to, const char *text, size_t len, ProtobufCAllocator *alloc);

/* A value in the form it has in a URL, by the field's type; text is terminated, valid UTF-8 and without NUL. */
enum wire__stored wire__store_text(const ProtobufCFieldDescriptor *field, void *to, const char *text, size_t len,
                                   ProtobufCAllocator *alloc);

/* What the field wants, as the end of a sentence: "a whole number from -5 to 5"; cut to size. */
void wire__describe(const ProtobufCFieldDescriptor *field, char *ret, size_t size);

#endif
