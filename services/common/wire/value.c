/* Values into members: the store half of field.h. */
#include "common/wire/field.h"

#include "common/wire/rfc3339.h"
#include "google/protobuf/timestamp.pb-c.h"

#include <assert.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum wire__stored wire__store_int(const ProtobufCFieldDescriptor *field, void *to, int64_t value) {
    switch (wire__element_size(field->type)) {
    case 4:
        if (value < INT32_MIN || value > INT32_MAX)
            return WIRE__BAD_VALUE;
        *(int32_t *)to = (int32_t)value;
        return WIRE__STORED;
    default:
        *(int64_t *)to = value;
        return WIRE__STORED;
    }
}

enum wire__stored wire__store_uint(const ProtobufCFieldDescriptor *field, void *to, uint64_t value) {
    switch (wire__element_size(field->type)) {
    case 4:
        if (value > UINT32_MAX)
            return WIRE__BAD_VALUE;
        *(uint32_t *)to = (uint32_t)value;
        return WIRE__STORED;
    default:
        *(uint64_t *)to = value;
        return WIRE__STORED;
    }
}

enum wire__stored wire__store_real(const ProtobufCFieldDescriptor *field, void *to, double value) {
    if (!isfinite(value))
        return WIRE__BAD_VALUE;
    if (field->type == PROTOBUF_C_TYPE_DOUBLE) {
        *(double *)to = value;
        return WIRE__STORED;
    }
    /* What rounds to FLT_MAX is FLT_MAX: its own shortest decimal lies a little above it. */
    if (fabs(value) >= 0x1.ffffffp127)
        return WIRE__BAD_VALUE;
    if (fabs(value) > (double)FLT_MAX)
        value = copysign((double)FLT_MAX, value);
    *(float *)to = (float)value;
    return WIRE__STORED;
}

static bool is_lower_of(const char *lower, const char *upper) {
    for (; *lower != '\0' && *upper != '\0'; lower++, upper++)
        if (*lower != (*upper >= 'A' && *upper <= 'Z' ? *upper - 'A' + 'a' : *upper))
            return false;
    return *lower == *upper;
}

enum wire__stored wire__store_enum_name(const ProtobufCFieldDescriptor *field, void *to, const char *name) {
    const ProtobufCEnumDescriptor *desc = field->descriptor;
    const ProtobufCEnumValue *found = NULL;

    for (unsigned i = 0; found == NULL && i < desc->n_values; i++)
        if (is_lower_of(name, wire__enum_short(desc, &desc->values[i])))
            found = &desc->values[i];
    if (found == NULL)
        found = protobuf_c_enum_descriptor_get_value_by_name(desc, name);
    if (found == NULL)
        return WIRE__BAD_VALUE;
    *(int32_t *)to = found->value;
    return WIRE__STORED;
}

enum wire__stored wire__store_string(void *to, const char *text, size_t len, ProtobufCAllocator *alloc) {
    char *copy = wire__take(alloc, len + 1);

    if (copy == NULL)
        return WIRE__NO_MEMORY;
    memcpy(copy, text, len);
    copy[len] = '\0';
    *(char **)to = copy;
    return WIRE__STORED;
}

enum wire__stored wire__store_base64(void *to, const char *text, size_t len, ProtobufCAllocator *alloc) {
    ProtobufCBinaryData *bytes = to;
    bool padded = len > 0 && text[len - 1] == '=';
    bool url = memchr(text, '-', len) != NULL || memchr(text, '_', len) != NULL;
    int variant = url ? (padded ? sodium_base64_VARIANT_URLSAFE : sodium_base64_VARIANT_URLSAFE_NO_PADDING)
                      : (padded ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    size_t size = len / 4 * 3 + 3;
    const char *end = NULL;
    uint8_t *memory;

    if (len == 0) {
        *bytes = (ProtobufCBinaryData){0};
        return WIRE__STORED;
    }
    memory = wire__take(alloc, size);
    if (memory == NULL)
        return WIRE__NO_MEMORY;
    if (sodium_base642bin(memory, size, text, len, NULL, &size, &end, variant) != 0 || end != text + len || size == 0) {
        wire__leave(alloc, memory);
        return WIRE__BAD_VALUE;
    }
    *bytes = (ProtobufCBinaryData){.len = size, .data = memory};
    return WIRE__STORED;
}

enum wire__stored wire__store_time(void *to, const char *text, size_t len, ProtobufCAllocator *alloc) {
    Google__Protobuf__Timestamp *stamp;
    int64_t us;

    if (!wire_time_read(text, len, &us))
        return WIRE__BAD_VALUE;
    stamp = (Google__Protobuf__Timestamp *)wire__new(&google__protobuf__timestamp__descriptor, alloc);
    if (stamp == NULL)
        return WIRE__NO_MEMORY;
    stamp->nanos = (int32_t)((us % 1000000 + 1000000) % 1000000 * 1000);
    stamp->seconds = (us - stamp->nanos / 1000) / 1000000;
    *(Google__Protobuf__Timestamp **)to = stamp;
    return WIRE__STORED;
}

/* -?(0|[1-9][0-9]*), the only form of a whole number in JSON without exponent. */
static bool is_whole(const char *text, size_t len, bool sign_allowed) {
    size_t at = sign_allowed && len > 0 && text[0] == '-' ? 1 : 0;

    if (at == len || len > 20 || (text[at] == '0' && at + 1 != len))
        return false;
    for (; at < len; at++)
        if (text[at] < '0' || text[at] > '9')
            return false;
    return true;
}

static enum wire__stored store_whole_text(const ProtobufCFieldDescriptor *field, void *to, const char *text, size_t len,
                                          bool is_signed) {
    if (!is_whole(text, len, is_signed))
        return WIRE__BAD_VALUE;
    errno = 0;
    if (is_signed) {
        long long value = strtoll(text, NULL, 10);
        return errno == ERANGE ? WIRE__BAD_VALUE : wire__store_int(field, to, value);
    }
    unsigned long long value = strtoull(text, NULL, 10);
    return errno == ERANGE ? WIRE__BAD_VALUE : wire__store_uint(field, to, value);
}

static enum wire__stored store_real_text(const ProtobufCFieldDescriptor *field, void *to, const char *text,
                                         size_t len) {
    char *end;
    double value;

    /* Of what strtod knows, only decimal notation: no inf, nan, hexadecimal, leading space or sign +. */
    if (len == 0 || len > 64 || strspn(text, "0123456789.eE+-") != len || strchr("0123456789-", text[0]) == NULL)
        return WIRE__BAD_VALUE;
    value = strtod(text, &end);
    return end == text + len ? wire__store_real(field, to, value) : WIRE__BAD_VALUE;
}

static enum wire__stored store_enum_text(const ProtobufCFieldDescriptor *field, void *to, const char *text,
                                         size_t len) {
    int32_t number;

    if (!is_whole(text, len, true))
        return wire__store_enum_name(field, to, text);
    if (store_whole_text(field, &number, text, len, true) != WIRE__STORED ||
        protobuf_c_enum_descriptor_get_value(field->descriptor, number) == NULL)
        return WIRE__BAD_VALUE;
    *(int32_t *)to = number;
    return WIRE__STORED;
}

enum wire__stored wire__store_text(const ProtobufCFieldDescriptor *field, void *to, const char *text, size_t len,
                                   ProtobufCAllocator *alloc) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return store_whole_text(field, to, text, len, true);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return store_whole_text(field, to, text, len, false);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return store_real_text(field, to, text, len);
    case PROTOBUF_C_TYPE_BOOL:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            return WIRE__BAD_VALUE;
        *(protobuf_c_boolean *)to = text[0] == 't';
        return WIRE__STORED;
    case PROTOBUF_C_TYPE_ENUM:
        return store_enum_text(field, to, text, len);
    case PROTOBUF_C_TYPE_STRING:
        return wire__store_string(to, text, len, alloc);
    case PROTOBUF_C_TYPE_BYTES:
        return wire__store_base64(to, text, len, alloc);
    case PROTOBUF_C_TYPE_MESSAGE:
        return wire__is_timestamp(field) ? wire__store_time(to, text, len, alloc) : WIRE__BAD_VALUE;
    }
    assert(false && "a type that protobuf-c does not have");
    return WIRE__BAD_VALUE;
}

/* "one of normal, urgent": the zero value is left out when it only means that nothing was said. */
static void describe_enum(const ProtobufCEnumDescriptor *desc, char *ret, size_t size) {
    size_t len = (size_t)snprintf(ret, size, "one of ");
    const char *comma = "";

    for (unsigned i = 0; i < desc->n_values; i++) {
        const char *name = wire__enum_short(desc, &desc->values[i]);

        if (strcmp(name, "UNSPECIFIED") == 0)
            continue;
        if (len + strlen(comma) + strlen(name) + 1 > size)
            break;
        len += (size_t)snprintf(ret + len, size - len, "%s%s", comma, name);
        comma = ", ";
    }
    for (size_t i = 0; i < len; i++)
        if (ret[i] >= 'A' && ret[i] <= 'Z')
            ret[i] = (char)(ret[i] - 'A' + 'a');
}

void wire__describe(const ProtobufCFieldDescriptor *field, char *ret, size_t size) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        (void)snprintf(ret, size, "a whole number from -2147483648 to 2147483647");
        return;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        (void)snprintf(ret, size, "a whole number of 64 bits");
        return;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        (void)snprintf(ret, size, "a whole number from 0 to 4294967295");
        return;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        (void)snprintf(ret, size, "a whole number of 64 bits, not negative, from 2^63 on as a string");
        return;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        (void)snprintf(ret, size, "a finite number");
        return;
    case PROTOBUF_C_TYPE_BOOL:
        (void)snprintf(ret, size, "true or false");
        return;
    case PROTOBUF_C_TYPE_ENUM:
        describe_enum(field->descriptor, ret, size);
        return;
    case PROTOBUF_C_TYPE_STRING:
        (void)snprintf(ret, size, "a string");
        return;
    case PROTOBUF_C_TYPE_BYTES:
        (void)snprintf(ret, size, "a string of base64");
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        (void)snprintf(ret, size, "%s",
                       wire__is_timestamp(field) ? "a time such as 2026-01-31T08:30:00Z (RFC 3339, years 0001 to 9999)"
                                                 : "an object");
        return;
    }
    assert(false && "a type that protobuf-c does not have");
}
