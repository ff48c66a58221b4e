/* route.h - which row of route.def a call means, and whether this caller may
 *
 * Use       route_match() with method and decoded path; route_authorise() with the caller's role.
 * Promise   pure. One table says which role may call what on whose object; there is no second place that decides.
 * Fails     ROUTE_NO_PATH (404); ROUTE_NO_METHOD (405), then `methods` says which there are.
 * Memory    the match borrows the path.
 * Threads   any. */
#ifndef GATEWAY_CORE_ROUTE_H
#define GATEWAY_CORE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/domain/wo_fsm.h"

enum route_name {
#define ROUTE(name, ...) ROUTE_##name,
#include "gateway/core/route.def"
#undef ROUTE
    ROUTE_COUNT
};

enum route_method { ROUTE_GET = 1 << 0, ROUTE_POST = 1 << 1, ROUTE_DELETE = 1 << 2 };
enum route_kind { ROUTE_COMMAND, ROUTE_QUERY, ROUTE_LIST, ROUTE_LOCAL };
enum route_object { ROUTE_ANY, ROUTE_OWN_FILTER, ROUTE_OWN_CHECKED };

struct route {
    enum route_name name;
    enum route_method method;
    const char *method_text;
    const char *path;
    uint32_t roles; /* set of enum wo_role; 0: open to everybody */
    enum route_object object;
    enum route_kind kind;
    int status;
    const char *service; /* "SERVICE": named by the path */
    const char *word;
    const char *subject; /* pd.cmd.intake.register; the service's place is empty when the path names it */
    const char *summary;
};

enum { ROUTE_PARAMS_MAX = 2, ROUTE_PARAM_LENGTH_MAX = 64 };

struct route_param {
    const char *name; /* in route->path, not terminated */
    size_t name_length;
    const char *value; /* in the path given, not terminated */
    size_t length;
};

enum route_result { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD };

struct route_match {
    const struct route *route;
    size_t count;
    struct route_param params[ROUTE_PARAMS_MAX];
    uint32_t methods; /* of the path, with ROUTE_NO_METHOD */
};

enum route_verdict {
    ROUTE_ALLOWED,
    ROUTE_UNAUTHENTICATED, /* 401 */
    ROUTE_FORBIDDEN        /* 403 */
};

const struct route *route_get(enum route_name name);

/* HEAD counts as GET. */
enum route_result route_match(const char *method, const char *path, struct route_match *ret_match);

/* role: one enum wo_role, 0 for a caller without a session. A worker without a worker_id may do nothing. */
enum route_verdict route_authorise(const struct route *route, uint32_t role, bool has_worker_id);

/* "GET, HEAD, POST" for the header Allow. */
void route_allow(uint32_t methods, char *ret_text, size_t size);

/* "operator, worker" for documents. */
void route_roles(uint32_t roles, char *ret_text, size_t size);

/* May the path name this service? (intake, assign, notify, audit) */
bool route_is_service(const char *text, size_t length);

#endif
