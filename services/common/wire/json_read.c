#include "common/wire/json_read.h"

#include "common/wire/field.h"
#include "common/wire/place.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

enum { FIELDS_MAX = 256, EXACT_BITS = 53 };

struct reader {
    ProtobufCAllocator *alloc;
    struct wire_problem_at *problem;
    int depth;
};

static enum pd_fate read_object(struct reader *r, const struct wire__place *place, json_t *tree, ProtobufCMessage *msg);

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
static bool is_whole(const json_t *value, int64_t *ret) {
    double real;

    if (json_is_integer(value)) {
        *ret = json_integer_value(value);
        return true;
    }
    real = json_real_value(value); /* 0 for what is no number */
    if (!json_is_real(value) || !(fabs(real) < (double)(UINT64_C(1) << EXACT_BITS)))
        return false;
    *ret = (int64_t)real;
    return (double)*ret == real;
}

static bool is_wide_text(const json_t *value, const ProtobufCFieldDescriptor *field) {
    return json_is_string(value) && wire__element_size(field->type) == 8;
}

static enum wire__stored store_text(struct reader *r, const ProtobufCFieldDescriptor *field, const json_t *value,
                                    void *to) {
    return wire__store_text(field, to, json_string_value(value), json_string_length(value), r->alloc);
}

static enum wire__stored store_int(struct reader *r, const ProtobufCFieldDescriptor *field, const json_t *value,
                                   void *to) {
    int64_t number;

    if (is_wide_text(value, field))
        return store_text(r, field, value, to);
    return is_whole(value, &number) ? wire__store_int(field, to, number) : WIRE__BAD_VALUE;
}

static enum wire__stored store_uint(struct reader *r, const ProtobufCFieldDescriptor *field, const json_t *value,
                                    void *to) {
    int64_t number;

    if (is_wide_text(value, field))
        return store_text(r, field, value, to);
    return is_whole(value, &number) && number >= 0 ? wire__store_uint(field, to, (uint64_t)number) : WIRE__BAD_VALUE;
}

static enum wire__stored store_enum(const ProtobufCFieldDescriptor *field, const json_t *value, void *to) {
    int64_t number;

    if (json_is_string(value))
        return wire__store_enum_name(field, to, json_string_value(value));
    if (!is_whole(value, &number) || number < INT32_MIN || number > INT32_MAX ||
        protobuf_c_enum_descriptor_get_value(field->descriptor, (int)number) == NULL)
        return WIRE__BAD_VALUE;
    return wire__store_int(field, to, number);
}

static enum wire__stored store_scalar(struct reader *r, const ProtobufCFieldDescriptor *field, const json_t *value,
                                      void *to) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return store_int(r, field, value, to);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return store_uint(r, field, value, to);
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
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE: /* a Timestamp */
        return json_is_string(value) ? store_text(r, field, value, to) : WIRE__BAD_VALUE;
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

static enum pd_fate enter(struct reader *r) {
    if (++r->depth > WIRE_JSON_DEPTH_MAX)
        return wire__refuse(r->problem, WIRE_PROBLEM_MALFORMED, NULL, "nested deeper than %d", WIRE_JSON_DEPTH_MAX);
    return PD_OK;
}

static enum pd_fate read_list(struct reader *r, const struct wire__place *place, const ProtobufCFieldDescriptor *field,
                              const json_t *list, ProtobufCMessage *msg) {
    size_t *count = wire__at(msg, field->quantifier_offset);
    char **elements = wire__at(msg, field->offset);
    size_t size = wire__element_size(field->type);
    size_t wanted = json_array_size(list);
    struct wire__place here = {.up = place};
    enum pd_fate fate;

    if (!json_is_array(list))
        return wire__refuse(r->problem, WIRE_PROBLEM_WRONG_TYPE, place, "expected a list");
    fate = enter(r);
    if (fate == PD_OK && wanted > 0) {
        *elements = wire__take(r->alloc, wanted * size);
        if (*elements == NULL)
            return PD_RETRY;
        memset(*elements, 0, wanted * size); /* what is given back half read holds no garbage */
    }
    while (fate == PD_OK && *count < wanted) {
        here.index = (*count)++;
        fate = read_value(r, &here, field, json_array_get(list, here.index), *elements + here.index * size);
    }
    r->depth--;
    return fate;
}

static enum pd_fate read_member(struct reader *r, const struct wire__place *place,
                                const ProtobufCFieldDescriptor *field, json_t *value, ProtobufCMessage *msg) {
    if (json_is_null(value))
        return PD_OK;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return read_list(r, place, field, value, msg);
    if (wire__is_other_set(msg, field))
        return wire__refuse(r->problem, WIRE_PROBLEM_WRONG_TYPE, place, "excludes another key that is given");
    wire__mark(msg, field);
    return read_value(r, place, field, value, wire__at(msg, field->offset));
}

/* seen: the fields given so far, because one key has two spellings. */
static enum pd_fate read_pair(struct reader *r, const struct wire__place *place, json_t *value, ProtobufCMessage *msg,
                              uint64_t *seen) {
    const ProtobufCFieldDescriptor *field = wire__field_find(msg->descriptor, place->key);
    size_t number;

    if (field == NULL)
        return wire__refuse(r->problem, WIRE_PROBLEM_UNKNOWN_FIELD, place, "%s has no such key",
                            msg->descriptor->short_name);
    number = (size_t)(field - msg->descriptor->fields);
    if ((seen[number / 64] >> number % 64 & 1) != 0)
        return wire__refuse(r->problem, WIRE_PROBLEM_MALFORMED, place, "is given twice");
    seen[number / 64] |= UINT64_C(1) << number % 64;
    return read_member(r, place, field, value, msg);
}

static enum pd_fate read_object(struct reader *r, const struct wire__place *place, json_t *tree,
                                ProtobufCMessage *msg) {
    uint64_t seen[FIELDS_MAX / 64] = {0};
    enum pd_fate fate = enter(r);

    assert(msg->descriptor->n_fields <= FIELDS_MAX);
    for (void *at = json_object_iter(tree); fate == PD_OK && at != NULL; at = json_object_iter_next(tree, at)) {
        struct wire__place here = {.up = place, .key = json_object_iter_key(at)};

        fate = read_pair(r, &here, json_object_iter_value(at), msg, seen);
    }
    r->depth--;
    return fate;
}

/* jansson's finding in words of ours: its own repeat pieces of the text. */
static enum pd_fate malformed(struct wire_problem_at *ret, const json_error_t *error) {
    enum wire_problem problem = WIRE_PROBLEM_MALFORMED;
    enum json_error_code code = json_error_code(error);
    const char *words = "not valid JSON";

    if (code == json_error_stack_overflow)
        return wire__refuse(ret, problem, NULL, "nested deeper than %d", WIRE_JSON_DEPTH_MAX);
    if (code == json_error_numeric_overflow) {
        problem = WIRE_PROBLEM_WRONG_TYPE;
        words = "expected a finite number, this one is too large";
    } else if (code == json_error_premature_end_of_input) {
        words = "the JSON text ends too early";
    } else if (code == json_error_end_of_input_expected) {
        words = "something follows after the JSON text";
    } else if (code == json_error_invalid_utf8) {
        words = "not valid UTF-8";
    } else if (code == json_error_null_character || code == json_error_null_byte_in_key) {
        words = "a NUL character is not allowed";
    } else if (code == json_error_duplicate_key) {
        words = "a key is given twice";
    }
    return wire__refuse(ret, problem, NULL, "%s (line %d, column %d)", words, error->line, error->column);
}

static enum pd_fate load(const char *text, size_t len, json_t **ret, struct wire_problem_at *ret_problem) {
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;
    json_error_t error = {0};

    text = text != NULL ? text : ""; /* a request without a body */
    /* jansson passes over a zero byte behind a number. */
    if (memchr(text, '\0', len) != NULL)
        return wire__refuse(ret_problem, WIRE_PROBLEM_MALFORMED, NULL, "a NUL character is not allowed");
    errno = 0;
    *ret = json_loadb(text, len, flags, &error);
    /* It stops at a whole number beyond 64 bits. As a real it stands in a field of reals, and in every other it is
     * refused in its place. */
    if (*ret == NULL && json_error_code(&error) == json_error_numeric_overflow)
        *ret = json_loadb(text, len, flags | JSON_DECODE_INT_AS_REAL, &error);
    if (*ret != NULL)
        return PD_OK;
    /* It has no code of its own for a lack of memory in each place. */
    return errno == ENOMEM ? PD_RETRY : malformed(ret_problem, &error);
}

enum pd_fate wire_json_read(const char *text, size_t len, const ProtobufCMessageDescriptor *desc,
                            ProtobufCAllocator *alloc, ProtobufCMessage **ret, struct wire_problem_at *ret_problem) {
    struct reader r = {.alloc = alloc, .problem = ret_problem};
    const struct wire__place root = {0};
    ProtobufCMessage *msg = NULL;
    json_t *tree = NULL;
    enum pd_fate fate = load(text, len, &tree, ret_problem);

    if (fate != PD_OK)
        return fate;
    if (!json_is_object(tree))
        fate = wire__refuse(ret_problem, WIRE_PROBLEM_WRONG_TYPE, NULL, "expected an object");
    else if ((msg = wire__new(desc, alloc)) == NULL)
        fate = PD_RETRY;
    else
        fate = read_object(&r, &root, tree, msg);
    json_decref(tree);
    if (fate == PD_OK)
        *ret = msg;
    else if (msg != NULL)
        protobuf_c_message_free_unpacked(msg, alloc);
    return fate;
}
