#include "common/wire/query.h"

#include "common/wire/field.h"
#include "common/wire/place.h"
#include "common/wire/utf8.h"

#include <assert.h>
#include <string.h>

enum { FIELDS_MAX = 256, SHORT_VALUE = 256 };

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool wire_url_decode(char *text, size_t *len) {
    size_t to = 0;

    for (size_t from = 0; from < *len; from++) {
        char c = text[from];

        if (c == '%') {
            int high = from + 2 < *len ? hex_digit(text[from + 1]) : -1;
            int low = from + 2 < *len ? hex_digit(text[from + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            from += 2;
        }
        if (c == '\0')
            return false;
        text[to++] = c;
    }
    *len = to;
    return true;
}

static enum pd_fate refuse_value(const ProtobufCFieldDescriptor *field, struct wire_problem_at *problem) {
    char wanted[WIRE_DETAIL_MAX - WIRE_POINTER_MAX - 32];

    wire__describe(field, wanted, sizeof wanted);
    return wire__refuse_parameter(problem, WIRE_PROBLEM_WRONG_TYPE, field->name, "expected %s", wanted);
}

/* A terminated copy, with the + back in a time's offset, which form decoding made a space. */
static void copy_value(const ProtobufCFieldDescriptor *field, char *to, const char *value, size_t len) {
    memcpy(to, value, len);
    to[len] = '\0';
    if (wire__is_timestamp(field) && len > 6 && to[len - 6] == ' ')
        to[len - 6] = '+';
}

static enum pd_fate store(const ProtobufCFieldDescriptor *field, void *to, const char *value, size_t len,
                          ProtobufCAllocator *alloc, struct wire_problem_at *problem) {
    char small[SHORT_VALUE];
    char *text = len < sizeof small ? small : wire__take(alloc, len + 1);
    enum wire__stored stored;

    if (text == NULL)
        return PD_RETRY;
    copy_value(field, text, value, len);
    stored = wire__store_text(field, to, text, len, alloc);
    if (text != small)
        wire__leave(alloc, text);
    if (stored == WIRE__NO_MEMORY)
        return PD_RETRY;
    return stored == WIRE__STORED ? PD_OK : refuse_value(field, problem);
}

static enum pd_fate set_parameter(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field, const char *value,
                                  size_t len, ProtobufCAllocator *alloc, struct wire_problem_at *problem) {
    enum pd_fate fate;

    if (field->label == PROTOBUF_C_LABEL_REPEATED ||
        (field->type == PROTOBUF_C_TYPE_MESSAGE && !wire__is_timestamp(field)))
        return wire__refuse_parameter(problem, WIRE_PROBLEM_WRONG_TYPE, field->name, "cannot stand in a URL");
    if (!wire__utf8_is_text(value, len))
        return wire__refuse_parameter(problem, WIRE_PROBLEM_MALFORMED, field->name, "not valid UTF-8");
    if (wire__is_other_set(msg, field))
        return wire__refuse_parameter(problem, WIRE_PROBLEM_WRONG_TYPE, field->name, "excludes another one given");
    if (len == 0)
        return PD_OK;
    fate = store(field, wire__at(msg, field->offset), value, len, alloc, problem);
    if (fate == PD_OK)
        wire__mark(msg, field);
    return fate;
}

static enum pd_fate refuse_unknown(const ProtobufCMessageDescriptor *desc, const char *name,
                                   struct wire_problem_at *problem) {
    return wire__refuse_parameter(problem, WIRE_PROBLEM_UNKNOWN_FIELD, name, "%s has no such field", desc->short_name);
}

ProtobufCMessage *wire_query_new(const ProtobufCMessageDescriptor *desc, ProtobufCAllocator *alloc) {
    return wire__new(desc, alloc);
}

enum pd_fate wire_query_set(ProtobufCMessage *msg, const char *name, const char *value, size_t len,
                            ProtobufCAllocator *alloc, struct wire_problem_at *ret_problem) {
    const ProtobufCFieldDescriptor *field;

    if (!wire__utf8_is_text(name, strlen(name)))
        return wire__refuse(ret_problem, WIRE_PROBLEM_MALFORMED, NULL, "the URL is not valid UTF-8");
    field = wire__field_find(msg->descriptor, name);
    if (field == NULL)
        return refuse_unknown(msg->descriptor, name, ret_problem);
    if (wire__is_set(msg, field))
        return wire__refuse_parameter(ret_problem, WIRE_PROBLEM_MALFORMED, field->name, "is given twice");
    return set_parameter(msg, field, value, len, alloc, ret_problem);
}

enum pd_fate wire_path_set(ProtobufCMessage *msg, const char *name, const char *value, size_t len,
                           ProtobufCAllocator *alloc, struct wire_problem_at *ret_problem) {
    const ProtobufCFieldDescriptor *field = wire__field_find(msg->descriptor, name);
    union {
        char *text;
        uint64_t number;
    } piece = {0};
    const void *present;
    enum pd_fate fate;
    bool same;

    assert(field != NULL && field->label != PROTOBUF_C_LABEL_REPEATED);
    assert(field->type != PROTOBUF_C_TYPE_MESSAGE && field->type != PROTOBUF_C_TYPE_BYTES);
    if (len == 0)
        return refuse_value(field, ret_problem);
    if (!wire__is_set(msg, field))
        return set_parameter(msg, field, value, len, alloc, ret_problem);
    present = wire__at(msg, field->offset);
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(char *const *)present;
        same = strlen(text) == len && memcmp(text, value, len) == 0;
    } else {
        fate = store(field, &piece, value, len, alloc, ret_problem);
        if (fate != PD_OK)
            return fate;
        same = memcmp(present, &piece, wire__element_size(field->type)) == 0;
    }
    if (!same)
        return wire__refuse_parameter(ret_problem, WIRE_PROBLEM_WRONG_TYPE, field->name,
                                      "the body says something else than the address");
    return PD_OK;
}

/* Decodes one side of a pair in place, terminates it (its own delimiter gives the room); false when broken. */
static bool decode(char *text, size_t *len) {
    for (size_t i = 0; i < *len; i++)
        if (text[i] == '+')
            text[i] = ' ';
    if (!wire_url_decode(text, len))
        return false;
    text[*len] = '\0';
    return wire__utf8_is_text(text, *len);
}

static enum pd_fate read_pair(ProtobufCMessage *msg, char *pair, size_t len, uint64_t *seen, ProtobufCAllocator *alloc,
                              struct wire_problem_at *problem) {
    char *equals = memchr(pair, '=', len);
    size_t name_len = equals != NULL ? (size_t)(equals - pair) : len;
    char *value = equals != NULL ? equals + 1 : pair + len;
    size_t value_len = (size_t)(pair + len - value);
    const ProtobufCFieldDescriptor *field;
    size_t number;

    if (!decode(pair, &name_len) || !decode(value, &value_len))
        return wire__refuse(problem, WIRE_PROBLEM_MALFORMED, NULL,
                            "the query of the URL is not percent-encoded UTF-8 without NUL");
    field = wire__field_find(msg->descriptor, pair);
    if (field == NULL)
        return refuse_unknown(msg->descriptor, pair, problem);
    number = (size_t)(field - msg->descriptor->fields);
    if ((seen[number / 64] >> number % 64 & 1) != 0)
        return wire__refuse_parameter(problem, WIRE_PROBLEM_MALFORMED, field->name, "is given twice");
    seen[number / 64] |= UINT64_C(1) << number % 64;
    return set_parameter(msg, field, value, value_len, alloc, problem);
}

enum pd_fate wire_query_read(const char *query, size_t len, const ProtobufCMessageDescriptor *desc,
                             ProtobufCAllocator *alloc, ProtobufCMessage **ret, struct wire_problem_at *ret_problem) {
    ProtobufCMessage *msg = wire__new(desc, alloc);
    char *copy = wire__take(alloc, len + 1);
    uint64_t seen[FIELDS_MAX / 64] = {0};
    enum pd_fate fate = msg == NULL || copy == NULL ? PD_RETRY : PD_OK;

    assert(desc->n_fields <= FIELDS_MAX);
    if (fate == PD_OK && len > 0)
        memcpy(copy, query, len);
    for (size_t at = 0; fate == PD_OK && at < len;) {
        char *end = memchr(copy + at, '&', len - at);
        size_t n = end != NULL ? (size_t)(end - copy) - at : len - at;

        if (n > 0)
            fate = read_pair(msg, copy + at, n, seen, alloc, ret_problem);
        at += n + 1;
    }
    if (copy != NULL)
        wire__leave(alloc, copy);
    if (fate == PD_OK)
        *ret = msg;
    else if (msg != NULL)
        protobuf_c_message_free_unpacked(msg, alloc);
    return fate;
}
