#include "common/wire/field.h"

#include "google/protobuf/timestamp.pb-c.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void *wire__take(ProtobufCAllocator *alloc, size_t size) {
    return alloc != NULL ? alloc->alloc(alloc->allocator_data, size) : malloc(size);
}

void wire__leave(ProtobufCAllocator *alloc, void *memory) {
    if (alloc != NULL)
        alloc->free(alloc->allocator_data, memory);
    else
        free(memory);
}

ProtobufCMessage *wire__new(const ProtobufCMessageDescriptor *desc, ProtobufCAllocator *alloc) {
    ProtobufCMessage *msg;

    assert(desc->magic == PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC);
    msg = wire__take(alloc, desc->sizeof_message);
    if (msg != NULL)
        protobuf_c_message_init(desc, msg);
    return msg;
}

bool wire__is_timestamp(const ProtobufCFieldDescriptor *field) {
    return field->type == PROTOBUF_C_TYPE_MESSAGE && field->descriptor == &google__protobuf__timestamp__descriptor;
}

static char upper(char c) {
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

/* Is `name` the lowerCamelCase of the snake_case `field_name`? */
static bool is_camel_of(const char *name, const char *field_name) {
    for (; *field_name != '\0'; field_name++, name++) {
        char want = *field_name;

        if (want == '_' && field_name[1] != '\0')
            want = upper(*++field_name);
        if (*name != want)
            return false;
    }
    return *name == '\0';
}

const ProtobufCFieldDescriptor *wire__field_find(const ProtobufCMessageDescriptor *desc, const char *name) {
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(desc, name);

    for (unsigned i = 0; field == NULL && i < desc->n_fields; i++)
        if (is_camel_of(name, desc->fields[i].name))
            field = &desc->fields[i];
    return field;
}

const char *wire__enum_short(const ProtobufCEnumDescriptor *desc, const ProtobufCEnumValue *value) {
    static const char zero_word[] = "UNSPECIFIED";
    const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(desc, 0);
    size_t len = zero != NULL ? strlen(zero->name) : 0;
    size_t prefix;

    /* buf lint makes the zero value <PREFIX>_UNSPECIFIED, so it tells the prefix without a guess at the enum's own
     * name. */
    if (len < sizeof zero_word - 1)
        return value->name;
    prefix = len - (sizeof zero_word - 1);
    if (strcmp(zero->name + prefix, zero_word) != 0 || strncmp(value->name, zero->name, prefix) != 0)
        return value->name;
    return value->name[prefix] != '\0' ? value->name + prefix : value->name;
}

size_t wire__element_size(ProtobufCType type) {
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return 4;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    }
    assert(false && "a type that protobuf-c does not have");
    return 0;
}

static bool is_plain_set(const void *at, const ProtobufCFieldDescriptor *field) {
    static const char zero[8];

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: {
        const char *text = *(char *const *)at;
        return text != NULL && text[0] != '\0';
    }
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(void *const *)at != NULL;
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)at)->len != 0;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_BOOL:
        break;
    }
    /* By its bits, so that -0.0 is a value. */
    return memcmp(at, zero, wire__element_size(field->type)) != 0;
}

bool wire__is_set(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field) {
    const void *at = wire__at(msg, field->offset);
    const void *quantifier = wire__at(msg, field->quantifier_offset);
    bool by_pointer = field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE;

    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)quantifier != 0;
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0)
        return *(const uint32_t *)quantifier == field->id;
    if (field->label == PROTOBUF_C_LABEL_OPTIONAL) {
        const void *value = by_pointer ? *(void *const *)at : NULL;
        return by_pointer ? value != NULL && value != field->default_value
                          : *(const protobuf_c_boolean *)quantifier != 0;
    }
    return is_plain_set(at, field);
}

bool wire__is_other_set(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field) {
    const uint32_t *member = wire__at(msg, field->quantifier_offset);

    return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 && *member != 0 && *member != field->id;
}

void wire__mark(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field) {
    void *quantifier = wire__at(msg, field->quantifier_offset);

    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0)
        *(uint32_t *)quantifier = field->id;
    else if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->type != PROTOBUF_C_TYPE_STRING &&
             field->type != PROTOBUF_C_TYPE_MESSAGE)
        *(protobuf_c_boolean *)quantifier = 1;
}
