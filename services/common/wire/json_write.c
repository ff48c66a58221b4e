#include "common/wire/json_write.h"

#include "common/wire/field.h"
#include "common/wire/json_read.h"
#include "common/wire/rfc3339.h"
#include "common/wire/utf8.h"
#include "google/protobuf/timestamp.pb-c.h"

#include <assert.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_message(const ProtobufCMessage *msg, struct wire_buf *out, int depth);

/* Bytes that stand for themselves inside a JSON string: ASCII from space on, without " and backslash. */
static bool is_plain(char c) {
    return (signed char)c >= 0x20 && c != '"' && c != '\\';
}

static void put_escaped(struct wire_buf *out, char c) {
    static const char hex[] = "0123456789abcdef";
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    const char *found = c != '\0' ? strchr(from, c) : NULL;

    if (found != NULL)
        wire_put(out, (char[]){'\\', to[found - from]}, 2);
    else
        wire_put(out, (char[]){'\\', 'u', '0', '0', hex[(unsigned char)c >> 4], hex[c & 15]}, 6);
}

void wire_json_put_string(struct wire_buf *out, const char *text, size_t len) {
    const char *end = text + len;
    const char *run = text; /* not yet put */
    const char *at = text;

    wire_put_char(out, '"');
    while (at < end) {
        size_t n = is_plain(*at) ? 1 : (unsigned char)*at >= 0x80 ? wire__utf8_next(at, end) : 0;

        if (n > 0) {
            at += n;
            continue;
        }
        wire_put(out, run, (size_t)(at - run));
        if ((unsigned char)*at >= 0x80)
            wire_put_text(out, "\xef\xbf\xbd"); /* U+FFFD */
        else
            put_escaped(out, *at);
        run = ++at;
    }
    wire_put(out, run, (size_t)(at - run));
    wire_put_char(out, '"');
}

/* Degrees and the like are decimals of few digits. With at most 7 behind the point, n / 10^7 is the double nearest to
 * that decimal (both exact, one rounding), so the digits of n read back as the same value, at a tenth of printf's
 * price. */
static bool put_short_decimal(struct wire_buf *out, double value) {
    static const double scale = 1e7;
    double scaled = value * scale;
    char digits[24];
    uint64_t whole;
    uint64_t rest;
    size_t at = sizeof digits;
    int64_t n;

    if (!(fabs(scaled) < 9e15))
        return false;
    n = llround(scaled);
    if ((double)n / scale != value)
        return false;
    whole = (n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
    rest = whole % 10000000;
    whole /= 10000000;
    for (int i = 0; i < 7; i++, rest /= 10)
        if (rest % 10 != 0 || at != sizeof digits)
            digits[--at] = (char)('0' + rest % 10);
    if (at != sizeof digits)
        digits[--at] = '.';
    if (n < 0)
        wire_put_char(out, '-');
    wire_put_uint(out, whole);
    wire_put(out, digits + at, sizeof digits - at);
    return true;
}

/* From 2^63 on in quotes: JSON readers, ours among them, hold whole numbers of 63 bits. */
static void put_uint64(struct wire_buf *out, uint64_t value) {
    const char *quote = value > INT64_MAX ? "\"" : "";

    wire_put_text(out, quote);
    wire_put_uint(out, value);
    wire_put_text(out, quote);
}

/* The fewest digits that read back as the same value: through a double in both cases, as the reader does. */
static void put_real(struct wire_buf *out, double value, bool is_float) {
    char text[40];
    int len = 0;

    if (!isfinite(value)) {
        wire_put_text(out, isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
        return;
    }
    if (value == 0 && signbit(value)) {
        wire_put_text(out, "-0.0"); /* "-0" would be the whole number 0 to a reader */
        return;
    }
    if (!is_float && put_short_decimal(out, value))
        return;
    for (int digits = is_float ? 6 : 15; digits <= 17; digits++) {
        double back;

        len = snprintf(text, sizeof text, "%.*g", digits, value);
        back = strtod(text, NULL);
        if (is_float ? (float)back == (float)value : back == value)
            break;
    }
    wire_put(out, text, (size_t)len);
}

static void put_enum(struct wire_buf *out, const ProtobufCEnumDescriptor *desc, int value) {
    const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(desc, value);
    const char *name;
    size_t len;
    char *to;

    if (known == NULL) {
        wire_put_int(out, value);
        return;
    }
    name = wire__enum_short(desc, known);
    len = strlen(name);
    to = wire_reserve(out, len + 2);
    if (to == NULL)
        return;
    to[0] = '"';
    for (size_t i = 0; i < len; i++)
        to[i + 1] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    to[len + 1] = '"';
    to[len + 2] = '\0';
    out->len += len + 2;
}

static void put_base64(struct wire_buf *out, const ProtobufCBinaryData *bytes) {
    size_t len = (bytes->len + 2) / 3 * 4;
    char *to;

    wire_put_char(out, '"');
    to = bytes->len < SIZE_MAX / 4 ? wire_reserve(out, len) : NULL;
    if (to == NULL) {
        out->failed = true;
        return;
    }
    sodium_bin2base64(to, len + 1, bytes->data, bytes->len, sodium_base64_VARIANT_ORIGINAL);
    out->len += len;
    wire_put_char(out, '"');
}

static void put_time(struct wire_buf *out, const Google__Protobuf__Timestamp *stamp) {
    char text[WIRE_TIME_TEXT_MAX + 2] = "\"";
    size_t len = 0;

    if (stamp->seconds >= WIRE_TIME_FIRST_S && stamp->seconds <= WIRE_TIME_LAST_S && stamp->nanos >= 0 &&
        stamp->nanos < 1000000000)
        len = wire_time_write(stamp->seconds * 1000000 + stamp->nanos / 1000, text + 1);
    if (len == 0) {
        wire_put_text(out, "null");
        return;
    }
    text[len + 1] = '"';
    wire_put(out, text, len + 2);
}

static void write_value(const ProtobufCFieldDescriptor *field, const void *at, struct wire_buf *out, int depth) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        wire_put_int(out, *(const int32_t *)at);
        return;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        wire_put_int(out, *(const int64_t *)at);
        return;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        wire_put_uint(out, *(const uint32_t *)at);
        return;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        put_uint64(out, *(const uint64_t *)at);
        return;
    case PROTOBUF_C_TYPE_FLOAT:
        put_real(out, (double)*(const float *)at, true);
        return;
    case PROTOBUF_C_TYPE_DOUBLE:
        put_real(out, *(const double *)at, false);
        return;
    case PROTOBUF_C_TYPE_BOOL:
        wire_put_text(out, *(const protobuf_c_boolean *)at != 0 ? "true" : "false");
        return;
    case PROTOBUF_C_TYPE_ENUM:
        put_enum(out, field->descriptor, *(const int32_t *)at);
        return;
    case PROTOBUF_C_TYPE_STRING: {
        const char *text = *(char *const *)at;
        wire_json_put_string(out, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
        return;
    }
    case PROTOBUF_C_TYPE_BYTES:
        put_base64(out, at);
        return;
    case PROTOBUF_C_TYPE_MESSAGE: {
        const ProtobufCMessage *child = *(ProtobufCMessage *const *)at;
        if (child == NULL)
            wire_put_text(out, "null");
        else if (wire__is_timestamp(field))
            put_time(out, (const Google__Protobuf__Timestamp *)child);
        else
            write_message(child, out, depth + 1);
        return;
    }
    }
    assert(false && "a type that protobuf-c does not have");
}

static void write_list(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field, struct wire_buf *out,
                       int depth) {
    size_t count = *(const size_t *)wire__at(msg, field->quantifier_offset);
    size_t size = wire__element_size(field->type);
    const char *element = *(char *const *)wire__at(msg, field->offset);

    wire_put_char(out, '[');
    for (size_t i = 0; i < count && !out->failed; i++, element += size) {
        if (i > 0)
            wire_put_char(out, ',');
        write_value(field, element, out, depth + 1);
    }
    wire_put_char(out, ']');
}

static void write_message(const ProtobufCMessage *msg, struct wire_buf *out, int depth) {
    const ProtobufCMessageDescriptor *desc = msg->descriptor;
    const char *before = "{\"";

    /* depth counts braces and brackets, as the reader does. */
    assert(desc->magic == PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC);
    if (depth > WIRE_JSON_DEPTH_MAX) {
        out->failed = true;
        return;
    }
    for (unsigned i = 0; i < desc->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &desc->fields[i];

        if (!wire__is_set(msg, field))
            continue;
        wire_put(out, before, 2);
        wire_put_text(out, field->name);
        wire_put(out, "\":", 2);
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            write_list(msg, field, out, depth);
        else
            write_value(field, wire__at(msg, field->offset), out, depth);
        before = ",\"";
    }
    wire_put_text(out, before[0] == '{' ? "{}" : "}");
}

bool wire_json_write(const ProtobufCMessage *msg, struct wire_buf *out) {
    write_message(msg, out, 1);
    return !out->failed;
}
