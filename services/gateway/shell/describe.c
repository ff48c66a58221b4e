#include "gateway/shell/describe.h"

#include "common/wire/openapi.h"
#include "paidan/assign/v1/assign.pb-c.h"
#include "paidan/audit/v1/audit.pb-c.h"
#include "paidan/gateway/v1/gateway.pb-c.h"
#include "paidan/intake/v1/intake.pb-c.h"
#include "paidan/notify/v1/notify.pb-c.h"

/* The table's word `none`. */
static const ProtobufCMessageDescriptor paidan__none__descriptor;

static const ProtobufCMessageDescriptor *const requests[ROUTE_COUNT] = {
#define ROUTE(name, method, path, roles, object, kind, service, word, request, response, status, summary)              \
    [ROUTE_##name] = &paidan__##request##__descriptor,
#include "gateway/core/route.def"
#undef ROUTE
};

static const ProtobufCMessageDescriptor *const responses[ROUTE_COUNT] = {
#define ROUTE(name, method, path, roles, object, kind, service, word, request, response, status, summary)              \
    [ROUTE_##name] = &paidan__##response##__descriptor,
#include "gateway/core/route.def"
#undef ROUTE
};

static const ProtobufCMessageDescriptor *real(const ProtobufCMessageDescriptor *descriptor) {
    return descriptor == &paidan__none__descriptor ? NULL : descriptor;
}

const ProtobufCMessageDescriptor *describe_request(enum route_name name) {
    return real(requests[name]);
}

const ProtobufCMessageDescriptor *describe_response(enum route_name name) {
    return real(responses[name]);
}

char *describe_api(void) {
    static const struct wire_openapi_about about = {
        .title = "paidan",
        .version = "1",
        .description =
            "派单: a resident's request from the first call to a closed, provable end. Errors are RFC 9457 problem "
            "documents; their detail says what to do. Commands take the header Idempotency-Key: the same key with "
            "the same request gets the same answer.",
    };
    static struct wire_route routes[ROUTE_COUNT + 3];
    static char roles[ROUTE_COUNT][64];
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const struct route *route = route_get((enum route_name)i);
        route_roles(route->roles, roles[i], sizeof roles[i]);
        routes[i] = (struct wire_route){
            .method = route->method_text,
            .path = route->path,
            .summary = route->summary,
            .request = describe_request(route->name),
            .response = describe_response(route->name),
            .roles = route->roles == 0 ? NULL : roles[i],
            .status = route->status,
            .idempotency_key = route->kind == ROUTE_COMMAND,
        };
    }
    routes[ROUTE_COUNT] = (struct wire_route){.method = "GET", .path = "/healthz", .summary = "The process lives"};
    routes[ROUTE_COUNT + 1] =
        (struct wire_route){.method = "GET", .path = "/readyz", .summary = "200 when it can serve, else 503 and why"};
    routes[ROUTE_COUNT + 2] =
        (struct wire_route){.method = "GET", .path = "/metrics", .summary = "Figures in the Prometheus text format"};
    return wire_openapi(&about, routes, ROUTE_COUNT + 3);
}
