#include "common/wire/json_read.h"

#include "common/wire/field.h"
#include "common/wire/place.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

enum { FIELDS_MAX = 256, EXACT_BITS = 53 };

struct reader {
    ProtobufCAllocator *alloc;
    struct wire_problem_at *problem;
};

static enum pd_fate read_object(struct reader *r, const struct wire__place *place, json_t *object,
                                ProtobufCMessage *msg);

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
        return wrong(r, place, field);
    case WIRE__NO_MEMORY:
        return PD_RETRY;
    }
    return PD_BROKEN;
}

/* The whole number that a JSON number stands for: 3, 3.0 and 3e2; from 2^53 on a real may have lost digits. */
static bool whole_of(json_t *value, int64_t *ret) {
    double real;

    if (json_is_integer(value)) {
        *ret = json_integer_value(value);
        return true;
    }
    if (!json_is_real(value))
        return false;
    real = json_real_value(value);
    if (real >= (double)(INT64_C(1) << EXACT_BITS) || real <= -(double)(INT64_C(1) << EXACT_BITS))
        return false;
    *ret = (int64_t)real;
    return (double)*ret == real;
}

static enum wire__stored store_whole(struct reader *r, const ProtobufCFieldDescriptor *field, json_t *value, void *to,
                                     bool is_signed) {
    int64_t whole;

    if (json_is_string(value) && wire__element_size(field->type) == 8)
        return wire__store_text(field, to, json_string_value(value), json_string_length(value), r->alloc);
    if (!whole_of(value, &whole))
        return WIRE__BAD_VALUE;
    if (is_signed)
        return wire__store_int(field, to, whole);
    return whole < 0 ? WIRE__BAD_VALUE : wire__store_uint(field, to, (uint64_t)whole);
}

static enum wire__stored store_enum(const ProtobufCFieldDescriptor *field, json_t *value, void *to) {
    int64_t number;

    if (json_is_string(value))
        return wire__store_enum_name(field, to, json_string_value(value));
    if (!whole_of(value, &number) || number < INT32_MIN || number > INT32_MAX ||
        protobuf_c_enum_descriptor_get_value(field->descriptor, (int)number) == NULL)
        return WIRE__BAD_VALUE;
    return wire__store_int(field, to, number);
}

static enum wire__stored store_scalar(struct reader *r, const ProtobufCFieldDescriptor *field, json_t *value,
                                      void *to) {
    const char *text = json_string_value(value); /* NULL when it is none */
    size_t len = json_string_length(value);

    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return store_whole(r, field, value, to, true);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return store_whole(r, field, value, to, false);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return json_is_number(value) ? wire__store_real(field, to, json_number_value(value)) : WIRE__BAD_VALUE;
    case PROTOBUF_C_TYPE_BOOL:
        if (!json_is_boolean(value))
            return WIRE__BAD_VALUE;
        *(protobuf_c_boolean *)to = json_is_true(value);
        return WIRE__STORED;
    case PROTOBUF_C_TYPE_ENUM:
        return store_enum(field, value, to);
    case PROTOBUF_C_TYPE_STRING:
        return text != NULL ? wire__store_string(to, text, len, r->alloc) : WIRE__BAD_VALUE;
    case PROTOBUF_C_TYPE_BYTES:
        return text != NULL ? wire__store_base64(to, text, len, r->alloc) : WIRE__BAD_VALUE;
    case PROTOBUF_C_TYPE_MESSAGE:
        assert(wire__is_timestamp(field));
        return text != NULL ? wire__store_time(to, text, len, r->alloc) : WIRE__BAD_VALUE;
    }
    return WIRE__BAD_VALUE;
}

static enum pd_fate read_value(struct reader *r, const struct wire__place *place, const ProtobufCFieldDescriptor *field,
                               json_t *value, void *to) {
    ProtobufCMessage *child;

    if (field->type != PROTOBUF_C_TYPE_MESSAGE || wire__is_timestamp(field))
        return settle(r, place, field, store_scalar(r, field, value, to));
    if (!json_is_object(value))
        return wrong(r, place, field);
    child = wire__new(field->descriptor, r->alloc);
    if (child == NULL)
        return PD_RETRY;
    /* Hung in before it is filled, so that whoever gives the parent back reaches it. */
    *(ProtobufCMessage **)to = child;
    return read_object(r, place, value, child);
}

static enum pd_fate read_list(struct reader *r, const struct wire__place *place, const ProtobufCFieldDescriptor *field,
                              json_t *list, ProtobufCMessage *msg) {
    size_t *count = wire__at(msg, field->quantifier_offset);
    size_t size = wire__element_size(field->type);
    size_t wanted = json_array_size(list);
    struct wire__place here = {.up = place};
    char *elements;

    if (!json_is_array(list))
        return wire__refuse(r->problem, WIRE_PROBLEM_WRONG_TYPE, place, "expected a list");
    if (wanted == 0)
        return PD_OK;
    elements = wire__take(r->alloc, wanted * size);
    if (elements == NULL)
        return PD_RETRY;
    memset(elements, 0, wanted * size);
    *(void **)wire__at(msg, field->offset) = elements;
    *count = wanted; /* those not read yet are NULL, which free_unpacked passes over */
    for (here.index = 0; here.index < wanted; here.index++) {
        enum pd_fate fate = read_value(r, &here, field, json_array_get(list, here.index), elements + here.index * size);
        if (fate != PD_OK)
            return fate;
    }
    return PD_OK;
}

static enum pd_fate read_member(struct reader *r, const struct wire__place *place,
                                const ProtobufCFieldDescriptor *field, json_t *value, ProtobufCMessage *msg) {
    enum pd_fate fate;

    if (json_is_null(value))
        return PD_OK;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return read_list(r, place, field, value, msg);
    if (wire__is_other_set(msg, field))
        return wire__refuse(r->problem, WIRE_PROBLEM_WRONG_TYPE, place, "excludes another key that is given");
    wire__mark(msg, field);
    fate = read_value(r, place, field, value, wire__at(msg, field->offset));
    return fate;
}

static enum pd_fate read_object(struct reader *r, const struct wire__place *place, json_t *object,
                                ProtobufCMessage *msg) {
    uint64_t seen[FIELDS_MAX / 64] = {0};
    const char *key;
    json_t *value;

    assert(msg->descriptor->n_fields <= FIELDS_MAX);
    json_object_foreach(object, key, value) {
        const ProtobufCFieldDescriptor *field = wire__field_find(msg->descriptor, key);
        struct wire__place here = {.up = place, .key = key};
        enum pd_fate fate;
        size_t number;

        if (field == NULL)
            return wire__refuse(r->problem, WIRE_PROBLEM_UNKNOWN_FIELD, &here, "%s has no such key",
                                msg->descriptor->short_name);
        number = (size_t)(field - msg->descriptor->fields);
        if ((seen[number / 64] >> number % 64 & 1) != 0)
            return wire__refuse(r->problem, WIRE_PROBLEM_MALFORMED, &here, "is given twice");
        seen[number / 64] |= UINT64_C(1) << number % 64;
        fate = read_member(r, &here, field, value, msg);
        if (fate != PD_OK)
            return fate;
    }
    return PD_OK;
}

/* Counted before parsing, so that a body of brackets costs neither stack nor memory. */
static bool is_too_deep(const char *text, size_t len) {
    bool in_string = false;
    int depth = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '"') {
            in_string = !in_string;
        } else if (in_string) {
            i += c == '\\' ? 1 : 0;
        } else if (c == '{' || c == '[') {
            if (++depth > WIRE_JSON_DEPTH_MAX)
                return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

/* In own words: jansson's repeat a piece of the text, which may be somebody's phone number. */
static const char *syntax_error(const json_error_t *error) {
    enum json_error_code code = json_error_code(error);

    if (code == json_error_invalid_utf8)
        return "not valid UTF-8";
    if (code == json_error_null_character || code == json_error_null_byte_in_key)
        return "a NUL character is not allowed";
    if (code == json_error_premature_end_of_input)
        return "the JSON text ends too early";
    if (code == json_error_end_of_input_expected)
        return "something follows after the JSON text";
    if (code == json_error_duplicate_key)
        return "a key is given twice in one object";
    if (code == json_error_numeric_overflow)
        return "a number is too large";
    return "not valid JSON";
}

enum pd_fate wire_json_read(const char *text, size_t len, const ProtobufCMessageDescriptor *desc,
                            ProtobufCAllocator *alloc, ProtobufCMessage **ret, struct wire_problem_at *ret_problem) {
    struct reader r = {.alloc = alloc, .problem = ret_problem};
    const struct wire__place root = {0};
    enum pd_fate fate;
    json_error_t error;
    json_t *tree;
    ProtobufCMessage *msg;

    if (is_too_deep(text, len))
        return wire__refuse(ret_problem, WIRE_PROBLEM_MALFORMED, NULL, "nested deeper than %d", WIRE_JSON_DEPTH_MAX);
    tree = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (tree == NULL) {
        if (json_error_code(&error) == json_error_out_of_memory)
            return PD_RETRY;
        return wire__refuse(ret_problem, WIRE_PROBLEM_MALFORMED, NULL, "%s (line %d, column %d)", syntax_error(&error),
                            error.line, error.column);
    }
    msg = wire__new(desc, alloc);
    if (msg == NULL)
        fate = PD_RETRY;
    else if (!json_is_object(tree))
        fate = wire__refuse(ret_problem, WIRE_PROBLEM_WRONG_TYPE, NULL, "expected an object");
    else
        fate = read_object(&r, &root, tree, msg);
    json_decref(tree);
    if (fate == PD_OK)
        *ret = msg;
    else if (msg != NULL)
        protobuf_c_message_free_unpacked(msg, alloc);
    return fate;
}
