/* openapi.h - an OpenAPI 3.1 document of a route table, schemas from the message descriptors
 *
 * Use       once at start: char *text = wire_openapi(&about, routes, n); served at /v1/openapi.json.
 * Promise   each {placeholder} of a path is a path parameter; with GET and DELETE the request's other fields are query
 *           parameters, with the other methods the body. Every operation has its success and the problem response.
 *           Same table, same text.
 * Fails     NULL: no memory.
 * Memory    malloc: the caller frees the text.
 * Threads   any; not for the hot path. */
#ifndef COMMON_WIRE_OPENAPI_H
#define COMMON_WIRE_OPENAPI_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

struct wire_route {
    const char *method; /* "GET" */
    const char *path;   /* "/v1/requests/{id}" */
    const char *summary;
    const ProtobufCMessageDescriptor *request;  /* NULL: nothing but the path */
    const ProtobufCMessageDescriptor *response; /* NULL: no JSON body */
    const char *roles;                          /* "operator, supervisor"; NULL: open to everybody, no token */
    int status;                                 /* of success; 0: 200 */
    bool idempotency_key;                       /* takes the header Idempotency-Key */
};

struct wire_openapi_about {
    const char *title;
    const char *version;
    const char *description; /* NULL: none */
};

/* The field raw_body (bytes) of a message that stands for a body as it is, GeoJSON; NULL: the body is JSON of the message. */
const ProtobufCFieldDescriptor *wire_raw_body(const ProtobufCMessageDescriptor *desc);

char *wire_openapi(const struct wire_openapi_about *about, const struct wire_route *routes, size_t count);

#endif
