#include "common/wire/json_read.h"

#include "common/wire/field.h"
#include "common/wire/json_scan.h"
#include "common/wire/place.h"
#include "common/wire/utf8.h"

#include <assert.h>
#include <string.h>

/* LIST_FIRST: most lists are short; each growth leaves its memory behind in an arena. SHORT_TEXT: what is not a string
 * field but written as one (enum names, times, wide numbers) is never longer. */
enum { FIELDS_MAX = 256, EXACT_BITS = 53, LIST_FIRST = 8, SHORT_TEXT = 128 };

struct reader {
    struct wire__scan scan;
    const char *begin;
    ProtobufCAllocator *alloc;
    struct wire_problem_at *problem;
    int depth;
};

static enum pd_fate read_object(struct reader *r, const struct wire__place *place, ProtobufCMessage *msg);

/* What the scan found wrong, with its place in the text. */
static enum pd_fate malformed(struct reader *r) {
    int line = 1;
    const char *line_begin = r->begin;

    for (const char *at = r->begin; at < r->scan.at; at++) {
        if (*at == '\n') {
            line++;
            line_begin = at + 1;
        }
    }
    return wire__refuse(r->problem, WIRE_PROBLEM_MALFORMED, NULL, "%s (line %d, byte %zu)", r->scan.error, line,
                        (size_t)(r->scan.at - line_begin) + 1);
}

static enum pd_fate wrong(struct reader *r, const struct wire__place *place, const ProtobufCFieldDescriptor *field) {
    char wanted[WIRE_DETAIL_MAX - WIRE_POINTER_MAX - 32];

    wire__describe(field, wanted, sizeof wanted);
    return wire__refuse(r->problem, WIRE_PROBLEM_WRONG_TYPE, place, "expected %s", wanted);
}

static enum pd_fate settle(struct reader *r, const struct wire__place *place, const ProtobufCFieldDescriptor *field,
                           enum wire__stored stored) {
    switch (stored) {
    case WIRE__STORED:
        return PD_OK;
    case WIRE__BAD_VALUE:
        return r->scan.error != NULL ? malformed(r) : wrong(r, place, field);
    case WIRE__NO_MEMORY:
        return PD_RETRY;
    }
    return PD_BROKEN;
}

/* The whole number that a JSON number stands for: 3, 3.0 and 3e2; from 2^53 on a real may have lost digits. */
static bool is_whole(const struct wire__number *number, uint64_t *ret_magnitude) {
    double real = number->is_negative ? -number->real : number->real;

    *ret_magnitude = number->magnitude;
    if (!number->is_real)
        return true;
    if (!(real < (double)(UINT64_C(1) << EXACT_BITS)))
        return false;
    *ret_magnitude = (uint64_t)real;
    return (double)*ret_magnitude == real;
}

static enum wire__stored store_number(const ProtobufCFieldDescriptor *field, const struct wire__number *number,
                                      void *to, bool is_signed) {
    uint64_t magnitude;

    if (!is_whole(number, &magnitude))
        return WIRE__BAD_VALUE;
    if (!is_signed)
        return number->is_negative && magnitude != 0 ? WIRE__BAD_VALUE : wire__store_uint(field, to, magnitude);
    if (magnitude > (uint64_t)INT64_MAX + (number->is_negative ? 1 : 0))
        return WIRE__BAD_VALUE;
    return wire__store_int(field, to, (int64_t)(number->is_negative ? 0 - magnitude : magnitude));
}

/* Takes a string that is short by nature into `to`, terminated; false when it is longer, which no value is. */
static bool take_short(struct reader *r, char to[SHORT_TEXT], size_t *ret_len) {
    struct wire__string string;

    if (!wire__scan_string(&r->scan, &string))
        return false;
    if (string.raw_len >= SHORT_TEXT)
        return false;
    *ret_len = wire__string_decode(&string, to, SHORT_TEXT - 1);
    to[*ret_len] = '\0';
    return true;
}

static enum wire__stored store_whole(struct reader *r, const ProtobufCFieldDescriptor *field, enum wire__token token,
                                     void *to, bool is_signed) {
    struct wire__number number;
    char text[SHORT_TEXT];
    size_t len;

    if (token == WIRE__STRING && wire__element_size(field->type) == 8 && take_short(r, text, &len))
        return wire__store_text(field, to, text, len, r->alloc);
    if (token != WIRE__NUMBER || !wire__scan_number(&r->scan, &number))
        return WIRE__BAD_VALUE;
    return store_number(field, &number, to, is_signed);
}

static enum wire__stored store_enum(struct reader *r, const ProtobufCFieldDescriptor *field, enum wire__token token,
                                    void *to) {
    struct wire__number number;
    char text[SHORT_TEXT];
    int32_t value;
    size_t len;

    if (token == WIRE__STRING)
        return take_short(r, text, &len) ? wire__store_enum_name(field, to, text) : WIRE__BAD_VALUE;
    if (token != WIRE__NUMBER || !wire__scan_number(&r->scan, &number) ||
        store_number(field, &number, &value, true) != WIRE__STORED ||
        protobuf_c_enum_descriptor_get_value(field->descriptor, value) == NULL)
        return WIRE__BAD_VALUE;
    return wire__store_int(field, to, value);
}

static enum wire__stored store_string(struct reader *r, enum wire__token token, void *to) {
    struct wire__string string;
    char *text;

    if (token != WIRE__STRING || !wire__scan_string(&r->scan, &string))
        return WIRE__BAD_VALUE;
    text = wire__take(r->alloc, string.raw_len + 1);
    if (text == NULL)
        return WIRE__NO_MEMORY;
    text[wire__string_decode(&string, text, string.raw_len)] = '\0';
    *(char **)to = text;
    return WIRE__STORED;
}

static enum wire__stored store_bytes(struct reader *r, enum wire__token token, void *to) {
    struct wire__string string;
    enum wire__stored stored;
    char *text;

    if (token != WIRE__STRING || !wire__scan_string(&r->scan, &string))
        return WIRE__BAD_VALUE;
    if (!string.escaped)
        return wire__store_base64(to, string.raw, string.raw_len, r->alloc);
    /* Some writers escape every slash. */
    text = wire__take(r->alloc, string.raw_len);
    if (text == NULL)
        return WIRE__NO_MEMORY;
    stored = wire__store_base64(to, text, wire__string_decode(&string, text, string.raw_len), r->alloc);
    wire__leave(r->alloc, text);
    return stored;
}

static enum wire__stored store_scalar(struct reader *r, const ProtobufCFieldDescriptor *field, enum wire__token token,
                                      void *to) {
    struct wire__number number;
    char text[SHORT_TEXT];
    size_t len;

    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return store_whole(r, field, token, to, true);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return store_whole(r, field, token, to, false);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        if (token != WIRE__NUMBER || !wire__scan_number(&r->scan, &number))
            return WIRE__BAD_VALUE;
        return wire__store_real(field, to, number.real);
    case PROTOBUF_C_TYPE_BOOL:
        if ((token != WIRE__TRUE && token != WIRE__FALSE) || !wire__scan_word(&r->scan))
            return WIRE__BAD_VALUE;
        *(protobuf_c_boolean *)to = token == WIRE__TRUE;
        return WIRE__STORED;
    case PROTOBUF_C_TYPE_ENUM:
        return store_enum(r, field, token, to);
    case PROTOBUF_C_TYPE_STRING:
        return store_string(r, token, to);
    case PROTOBUF_C_TYPE_BYTES:
        return store_bytes(r, token, to);
    case PROTOBUF_C_TYPE_MESSAGE:
        assert(wire__is_timestamp(field));
        if (token != WIRE__STRING || !take_short(r, text, &len))
            return WIRE__BAD_VALUE;
        return wire__store_time(to, text, len, r->alloc);
    }
    return WIRE__BAD_VALUE;
}

static enum pd_fate read_value(struct reader *r, const struct wire__place *place, const ProtobufCFieldDescriptor *field,
                               void *to) {
    enum wire__token token = wire__scan_peek(&r->scan);
    ProtobufCMessage *child;

    if (token == WIRE__NOTHING)
        return malformed(r);
    if (field->type != PROTOBUF_C_TYPE_MESSAGE || wire__is_timestamp(field))
        return settle(r, place, field, store_scalar(r, field, token, to));
    if (token != WIRE__OBJECT)
        return wrong(r, place, field);
    child = wire__new(field->descriptor, r->alloc);
    if (child == NULL)
        return PD_RETRY;
    /* Hung in before it is filled, so that whoever gives the parent back reaches it. */
    *(ProtobufCMessage **)to = child;
    return read_object(r, place, child);
}

static enum pd_fate enter(struct reader *r) {
    r->scan.at++; /* the bracket that peek saw */
    if (++r->depth > WIRE_JSON_DEPTH_MAX)
        return wire__refuse(r->problem, WIRE_PROBLEM_MALFORMED, NULL, "nested deeper than %d", WIRE_JSON_DEPTH_MAX);
    return PD_OK;
}

/* Room for one more element; the elements stay the message's all the time, those not yet read are zero. */
static bool grow_list(struct reader *r, char **elements, size_t count, size_t *room, size_t size) {
    size_t wanted = *room == 0 ? LIST_FIRST : *room * 2;
    char *memory;

    if (count < *room)
        return true;
    memory = wire__take(r->alloc, wanted * size);
    if (memory == NULL)
        return false;
    if (*elements != NULL) {
        memcpy(memory, *elements, count * size);
        wire__leave(r->alloc, *elements);
    }
    memset(memory + count * size, 0, (wanted - count) * size);
    *elements = memory;
    *room = wanted;
    return true;
}

static enum pd_fate read_list(struct reader *r, const struct wire__place *place, const ProtobufCFieldDescriptor *field,
                              ProtobufCMessage *msg) {
    size_t *count = wire__at(msg, field->quantifier_offset);
    char **elements = wire__at(msg, field->offset);
    size_t size = wire__element_size(field->type);
    struct wire__place here = {.up = place};
    size_t room = 0;
    enum pd_fate fate;

    if (wire__scan_peek(&r->scan) != WIRE__LIST)
        return r->scan.error != NULL ? malformed(r)
                                     : wire__refuse(r->problem, WIRE_PROBLEM_WRONG_TYPE, place, "expected a list");
    fate = enter(r);
    if (fate == PD_OK && wire__scan_if(&r->scan, ']')) {
        r->depth--;
        return PD_OK;
    }
    while (fate == PD_OK) {
        if (!grow_list(r, elements, *count, &room, size))
            return PD_RETRY;
        here.index = (*count)++;
        fate = read_value(r, &here, field, *elements + here.index * size);
        if (fate == PD_OK && !wire__scan_if(&r->scan, ','))
            break;
    }
    if (fate == PD_OK && !wire__scan_mark(&r->scan, ']'))
        return malformed(r);
    r->depth--;
    return fate;
}

static enum pd_fate read_member(struct reader *r, const struct wire__place *place,
                                const ProtobufCFieldDescriptor *field, ProtobufCMessage *msg) {
    if (wire__scan_peek(&r->scan) == WIRE__NULL)
        return wire__scan_word(&r->scan) ? PD_OK : malformed(r);
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return read_list(r, place, field, msg);
    if (wire__is_other_set(msg, field))
        return wire__refuse(r->problem, WIRE_PROBLEM_WRONG_TYPE, place, "excludes another key that is given");
    wire__mark(msg, field);
    return read_value(r, place, field, wire__at(msg, field->offset));
}

/* Takes a key and its colon. One that does not fit is cut: it is unknown anyhow and only shown. */
static bool take_key(struct reader *r, char *to, size_t size) {
    struct wire__string string;

    if (wire__scan_peek(&r->scan) != WIRE__STRING) {
        r->scan.error = r->scan.at == r->scan.end ? r->scan.error : "not valid JSON";
        return false;
    }
    if (!wire__scan_string(&r->scan, &string))
        return false;
    to[wire__string_decode(&string, to, size - 1)] = '\0';
    wire__utf8_trim(to);
    return wire__scan_mark(&r->scan, ':');
}

static enum pd_fate read_pair(struct reader *r, const struct wire__place *place, ProtobufCMessage *msg,
                              uint64_t *seen) {
    char key[WIRE_POINTER_MAX];
    struct wire__place here = {.up = place, .key = key};
    const ProtobufCFieldDescriptor *field;
    size_t number;

    if (!take_key(r, key, sizeof key))
        return malformed(r);
    field = wire__field_find(msg->descriptor, key);
    if (field == NULL)
        return wire__refuse(r->problem, WIRE_PROBLEM_UNKNOWN_FIELD, &here, "%s has no such key",
                            msg->descriptor->short_name);
    number = (size_t)(field - msg->descriptor->fields);
    if ((seen[number / 64] >> number % 64 & 1) != 0)
        return wire__refuse(r->problem, WIRE_PROBLEM_MALFORMED, &here, "is given twice");
    seen[number / 64] |= UINT64_C(1) << number % 64;
    return read_member(r, &here, field, msg);
}

static enum pd_fate read_object(struct reader *r, const struct wire__place *place, ProtobufCMessage *msg) {
    uint64_t seen[FIELDS_MAX / 64] = {0};
    enum pd_fate fate = enter(r);

    assert(msg->descriptor->n_fields <= FIELDS_MAX);
    if (fate == PD_OK && !wire__scan_if(&r->scan, '}')) {
        do {
            fate = read_pair(r, place, msg, seen);
        } while (fate == PD_OK && wire__scan_if(&r->scan, ','));
        if (fate == PD_OK && !wire__scan_mark(&r->scan, '}'))
            return malformed(r);
    }
    r->depth--;
    return fate;
}

enum pd_fate wire_json_read(const char *text, size_t len, const ProtobufCMessageDescriptor *desc,
                            ProtobufCAllocator *alloc, ProtobufCMessage **ret, struct wire_problem_at *ret_problem) {
    struct reader r = {.scan = {.at = text, .end = text + len}, .begin = text, .alloc = alloc, .problem = ret_problem};
    const struct wire__place root = {0};
    ProtobufCMessage *msg;
    enum pd_fate fate;

    switch (wire__scan_peek(&r.scan)) {
    case WIRE__OBJECT:
        break;
    case WIRE__NOTHING:
        return malformed(&r);
    case WIRE__LIST:
    case WIRE__STRING:
    case WIRE__NUMBER:
    case WIRE__TRUE:
    case WIRE__FALSE:
    case WIRE__NULL:
        return wire__refuse(ret_problem, WIRE_PROBLEM_WRONG_TYPE, NULL, "expected an object");
    }
    msg = wire__new(desc, alloc);
    if (msg == NULL)
        return PD_RETRY;
    fate = read_object(&r, &root, msg);
    if (fate == PD_OK && !wire__scan_end(&r.scan))
        fate = malformed(&r);
    if (fate == PD_OK)
        *ret = msg;
    else
        protobuf_c_message_free_unpacked(msg, alloc);
    return fate;
}
