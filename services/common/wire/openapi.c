#include "common/wire/openapi.h"

#include "common/wire/field.h"
#include "common/wire/problem.h"

#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* jansson's *_new functions take ownership and accept NULL by failing, so a lack of memory shows in one place:
 * `failed`. */
struct builder {
    json_t *schemas;
    bool failed;
};

static json_t *checked(struct builder *b, json_t *value) {
    if (value == NULL)
        b->failed = true;
    return value;
}

static void put(struct builder *b, json_t *object, const char *key, json_t *value) {
    if (json_object_set_new(object, key, value) != 0)
        b->failed = true;
}

static void append(struct builder *b, json_t *list, json_t *value) {
    if (json_array_append_new(list, value) != 0)
        b->failed = true;
}

static json_t *reference(struct builder *b, const char *name) {
    char path[256];

    (void)snprintf(path, sizeof path, "#/components/schemas/%s", name);
    return checked(b, json_pack("{s:s}", "$ref", path));
}

static json_t *enum_schema(struct builder *b, const ProtobufCEnumDescriptor *desc) {
    json_t *names = checked(b, json_array());

    for (unsigned i = 0; i < desc->n_values; i++) {
        const char *name = wire__enum_short(desc, &desc->values[i]);
        char lower[128];
        size_t len = 0;

        for (; name[len] != '\0' && len + 1 < sizeof lower; len++)
            lower[len] = (char)(name[len] >= 'A' && name[len] <= 'Z' ? name[len] - 'A' + 'a' : name[len]);
        append(b, names, json_stringn(lower, len));
    }
    return checked(b, json_pack("{s:s, s:o}", "type", "string", "enum", names));
}

static json_t *message_schema(struct builder *b, const ProtobufCMessageDescriptor *desc);

/* Each message and enum has its schema among the components once; its users refer to it. */
static json_t *message_component(struct builder *b, const ProtobufCMessageDescriptor *desc) {
    if (json_object_get(b->schemas, desc->name) == NULL && !b->failed) {
        /* A place first: a message that contains itself must find its own name. */
        put(b, b->schemas, desc->name, json_object());
        put(b, b->schemas, desc->name, message_schema(b, desc));
    }
    return reference(b, desc->name);
}

static json_t *enum_component(struct builder *b, const ProtobufCEnumDescriptor *desc) {
    if (json_object_get(b->schemas, desc->name) == NULL && !b->failed)
        put(b, b->schemas, desc->name, enum_schema(b, desc));
    return reference(b, desc->name);
}

static json_t *value_schema(struct builder *b, const ProtobufCFieldDescriptor *field) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return checked(b, json_pack("{s:s, s:s}", "type", "integer", "format", "int32"));
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return checked(b, json_pack("{s:s, s:s}", "type", "integer", "format", "int64"));
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return checked(
            b, json_pack("{s:s, s:i, s:I}", "type", "integer", "minimum", 0, "maximum", (json_int_t)UINT32_MAX));
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return checked(b, json_pack("{s:s, s:i}", "type", "integer", "minimum", 0));
    case PROTOBUF_C_TYPE_FLOAT:
        return checked(b, json_pack("{s:s, s:s}", "type", "number", "format", "float"));
    case PROTOBUF_C_TYPE_DOUBLE:
        return checked(b, json_pack("{s:s, s:s}", "type", "number", "format", "double"));
    case PROTOBUF_C_TYPE_BOOL:
        return checked(b, json_pack("{s:s}", "type", "boolean"));
    case PROTOBUF_C_TYPE_ENUM:
        return enum_component(b, field->descriptor);
    case PROTOBUF_C_TYPE_STRING:
        return checked(b, json_pack("{s:s}", "type", "string"));
    case PROTOBUF_C_TYPE_BYTES:
        return checked(b, json_pack("{s:s, s:s}", "type", "string", "contentEncoding", "base64"));
    case PROTOBUF_C_TYPE_MESSAGE:
        if (wire__is_timestamp(field))
            return checked(b, json_pack("{s:s, s:s}", "type", "string", "format", "date-time"));
        return message_component(b, field->descriptor);
    }
    assert(false && "a type that protobuf-c does not have");
    return NULL;
}

static json_t *message_schema(struct builder *b, const ProtobufCMessageDescriptor *desc) {
    json_t *properties = checked(b, json_object());

    for (unsigned i = 0; i < desc->n_fields; i++) {
        json_t *schema = value_schema(b, &desc->fields[i]);

        if (desc->fields[i].label == PROTOBUF_C_LABEL_REPEATED)
            schema = checked(b, json_pack("{s:s, s:o}", "type", "array", "items", schema));
        put(b, properties, desc->fields[i].name, schema);
    }
    return checked(b,
                   json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties, "additionalProperties", 0));
}

static json_t *content(struct builder *b, const char *media_type, const ProtobufCMessageDescriptor *desc) {
    return checked(b, json_pack("{s:{s:o}}", media_type, "schema", message_component(b, desc)));
}

/* The name of the next {placeholder} of a path, copied; returns where to go on, NULL when there is no more. */
static const char *next_placeholder(const char *path, char *ret, size_t size) {
    const char *open = strchr(path, '{');
    const char *close = open != NULL ? strchr(open, '}') : NULL;

    if (close == NULL)
        return NULL;
    assert((size_t)(close - open) <= size);
    (void)snprintf(ret, size, "%.*s", (int)(close - open - 1), open + 1);
    return close + 1;
}

static bool is_in_path(const char *path, const char *name) {
    char placeholder[64];

    while ((path = next_placeholder(path, placeholder, sizeof placeholder)) != NULL)
        if (strcmp(placeholder, name) == 0)
            return true;
    return false;
}

static bool has_body(const struct wire_route *route) {
    return route->request != NULL && strcmp(route->method, "GET") != 0 && strcmp(route->method, "DELETE") != 0 &&
           strcmp(route->method, "HEAD") != 0;
}

static json_t *parameter(struct builder *b, const char *name, const char *in, bool required, json_t *schema) {
    return checked(
        b, json_pack("{s:s, s:s, s:b, s:o}", "name", name, "in", in, "required", (int)required, "schema", schema));
}

static json_t *parameters(struct builder *b, const struct wire_route *route) {
    json_t *list = checked(b, json_array());
    const char *path = route->path;
    char name[64];

    while ((path = next_placeholder(path, name, sizeof name)) != NULL) {
        const ProtobufCFieldDescriptor *field = route->request != NULL ? wire__field_find(route->request, name) : NULL;
        json_t *schema = field != NULL ? value_schema(b, field) : checked(b, json_pack("{s:s}", "type", "string"));
        append(b, list, parameter(b, name, "path", true, schema));
    }
    for (unsigned i = 0; route->request != NULL && !has_body(route) && i < route->request->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &route->request->fields[i];
        bool fits = field->label != PROTOBUF_C_LABEL_REPEATED &&
                    (field->type != PROTOBUF_C_TYPE_MESSAGE || wire__is_timestamp(field));
        if (fits && !is_in_path(route->path, field->name))
            append(b, list, parameter(b, field->name, "query", false, value_schema(b, field)));
    }
    if (route->idempotency_key)
        append(b, list,
               parameter(b, "Idempotency-Key", "header", false,
                         checked(b, json_pack("{s:s, s:i, s:i}", "type", "string", "minLength", 1, "maxLength", 255))));
    return list;
}

const ProtobufCFieldDescriptor *wire_raw_body(const ProtobufCMessageDescriptor *desc) {
    const ProtobufCFieldDescriptor *field = desc == NULL ? NULL : wire__field_find(desc, "raw_body");
    return field != NULL && field->type == PROTOBUF_C_TYPE_BYTES ? field : NULL;
}

/* RFC 7946 says what is in it. */
static json_t *geojson(struct builder *b) {
    return checked(b, json_pack("{s:{s:{s:s}}}", "application/geo+json", "schema", "type", "object"));
}

static json_t *responses(struct builder *b, const struct wire_route *route) {
    json_t *all = checked(b, json_object());
    json_t *success = checked(b, json_pack("{s:s}", "description", route->status == 101 ? "WebSocket" : "done"));
    char status[16];

    (void)snprintf(status, sizeof status, "%d", route->status != 0 ? route->status : 200);
    if (wire_raw_body(route->response) != NULL)
        put(b, success, "content", geojson(b));
    else if (route->response != NULL)
        put(b, success, "content", content(b, "application/json", route->response));
    put(b, all, status, success);
    put(b, all, "default", checked(b, json_pack("{s:s}", "$ref", "#/components/responses/Problem")));
    return all;
}

/* "post" + "/v1/requests/{id}/accept" -> "post_v1_requests_id_accept" */
static json_t *operation_id(struct builder *b, const char *method, const char *path) {
    char id[256];
    size_t len = (size_t)snprintf(id, sizeof id, "%s", method);

    for (const char *c = path; *c != '\0' && len + 2 < sizeof id; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '_';
        if (letter)
            id[len++] = *c;
        else if (id[len - 1] != '_')
            id[len++] = '_';
    }
    while (len > 0 && id[len - 1] == '_')
        len--;
    return checked(b, json_stringn(id, len));
}

static json_t *operation(struct builder *b, const struct wire_route *route, const char *method) {
    json_t *o = checked(b, json_object());
    json_t *security = checked(b, json_array());

    put(b, o, "operationId", operation_id(b, method, route->path));
    put(b, o, "summary", checked(b, json_string(route->summary != NULL ? route->summary : "")));
    if (route->roles != NULL) {
        put(b, o, "description", checked(b, json_sprintf("Roles: %s.", route->roles)));
        append(b, security, checked(b, json_pack("{s:[]}", "bearer")));
    }
    put(b, o, "security", security);
    put(b, o, "parameters", parameters(b, route));
    if (has_body(route))
        put(b, o, "requestBody",
            checked(b,
                    json_pack("{s:b, s:o}", "required", 1, "content",
                              wire_raw_body(route->request) != NULL ? geojson(b)
                                                                    : content(b, "application/json", route->request))));
    put(b, o, "responses", responses(b, route));
    return o;
}

static void add_route(struct builder *b, json_t *paths, const struct wire_route *route) {
    json_t *item = json_object_get(paths, route->path);
    char method[16];
    size_t len = strlen(route->method);

    assert(len < sizeof method);
    for (size_t i = 0; i <= len; i++)
        method[i] = (char)(route->method[i] >= 'A' && route->method[i] <= 'Z' ? route->method[i] - 'A' + 'a'
                                                                              : route->method[i]);
    if (item == NULL) {
        put(b, paths, route->path, json_object());
        item = json_object_get(paths, route->path);
    }
    if (item != NULL)
        put(b, item, method, operation(b, route, method));
}

static json_t *components(struct builder *b) {
    json_t *problem = content(b, "application/problem+json", &paidan__common__v1__problem__descriptor);

    return checked(b,
                   json_pack("{s:O, s:{s:{s:s, s:o}}, s:{s:{s:s, s:s}}}", "schemas", b->schemas, "responses", "Problem",
                             "description", "RFC 9457 problem details: type says which, detail what to do", "content",
                             problem, "securitySchemes", "bearer", "type", "http", "scheme", "bearer"));
}

char *wire_openapi(const struct wire_openapi_about *about, const struct wire_route *routes, size_t count) {
    struct builder b = {0};
    json_t *paths;
    json_t *document;
    char *text = NULL;

    b.schemas = checked(&b, json_object());
    paths = checked(&b, json_object());
    for (size_t i = 0; i < count && !b.failed; i++)
        add_route(&b, paths, &routes[i]);
    document = checked(&b, json_pack("{s:s, s:{s:s, s:s}, s:o, s:o}", "openapi", "3.1.0", "info", "title", about->title,
                                     "version", about->version, "paths", paths, "components", components(&b)));
    if (about->description != NULL)
        put(&b, json_object_get(document, "info"), "description", checked(&b, json_string(about->description)));
    if (!b.failed)
        text = json_dumps(document, JSON_INDENT(1));
    json_decref(document);
    json_decref(b.schemas);
    return text;
}
