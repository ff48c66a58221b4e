#include "gateway/core/route.h"

#include <assert.h>
#include <string.h>

#define PUBLIC     0
#define OPERATOR   WO_ROLE_OPERATOR
#define DISPATCHER WO_ROLE_DISPATCHER
#define WORKER     WO_ROLE_WORKER
#define SUPERVISOR WO_ROLE_SUPERVISOR
#define ADMIN      WO_ROLE_ADMIN

#define SUBJECT_COMMAND(service, word) "pd.cmd." service "." word
#define SUBJECT_QUERY(service, word)   "pd.qry." service "." word
#define SUBJECT_LIST(service, word)    "pd.qry." service "." word
#define SUBJECT_LOCAL(service, word)   ""

static const struct route routes[] = {
#define ROUTE(name, method, path, roles, object, kind, service, word, request, response, status, summary)              \
    {ROUTE_##name,                                                                                                     \
     ROUTE_##method,                                                                                                   \
     #method,                                                                                                          \
     path,                                                                                                             \
     (roles),                                                                                                          \
     ROUTE_##object,                                                                                                   \
     ROUTE_##kind,                                                                                                     \
     status,                                                                                                           \
     #service,                                                                                                         \
     #word,                                                                                                            \
     SUBJECT_##kind(#service, #word),                                                                                  \
     summary},
#include "gateway/core/route.def"
#undef ROUTE
};

static const char *const services[] = {"intake", "assign", "notify", "audit"};

const struct route *route_get(enum route_name name) {
    assert((unsigned)name < ROUTE_COUNT);
    return &routes[name];
}

/* Compares piece by piece; a placeholder takes 1..ROUTE_PARAM_LENGTH_MAX characters without a slash. */
static bool fits(const char *pattern, const char *path, struct route_match *match) {
    match->count = 0;
    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (*pattern++ != *path++) {
                return false;
            }
            continue;
        }
        size_t name_length = strcspn(pattern, "}") - 1;
        size_t length = strcspn(path, "/");
        if (length == 0 || length > ROUTE_PARAM_LENGTH_MAX) {
            return false;
        }
        assert(match->count < ROUTE_PARAMS_MAX);
        match->params[match->count++] =
            (struct route_param){.name = pattern + 1, .name_length = name_length, .value = path, .length = length};
        pattern += name_length + 2;
        path += length;
    }
    return *path == '\0';
}

enum route_result route_match(const char *method, const char *path, struct route_match *ret_match) {
    const char *asked = strcmp(method, "HEAD") == 0 ? "GET" : method;
    struct route_match match = {0};
    uint32_t methods = 0;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if (!fits(routes[i].path, path, &match)) {
            continue;
        }
        if (strcmp(routes[i].method_text, asked) == 0) {
            match.route = &routes[i];
            *ret_match = match;
            return ROUTE_FOUND;
        }
        methods |= (uint32_t)routes[i].method;
    }
    ret_match->route = NULL;
    ret_match->count = 0;
    ret_match->methods = methods;
    return methods == 0 ? ROUTE_NO_PATH : ROUTE_NO_METHOD;
}

enum route_verdict route_authorise(const struct route *route, uint32_t role, bool has_worker_id) {
    assert((role & (role - 1)) == 0);
    if (route->roles == 0) {
        return ROUTE_ALLOWED;
    }
    if (role == 0) {
        return ROUTE_UNAUTHENTICATED;
    }
    if ((route->roles & role) == 0 || (role == WO_ROLE_WORKER && !has_worker_id)) {
        return ROUTE_FORBIDDEN;
    }
    return ROUTE_ALLOWED;
}

static void add_word(char *text, size_t size, const char *word) {
    size_t at = strlen(text);
    size_t separator = at == 0 ? 0 : 2;
    size_t length = strlen(word);
    assert(at + separator + length < size);
    memcpy(text + at, ", ", separator);
    memcpy(text + at + separator, word, length + 1);
}

void route_allow(uint32_t methods, char *ret_text, size_t size) {
    ret_text[0] = '\0';
    if (methods & ROUTE_GET) {
        add_word(ret_text, size, "GET");
        add_word(ret_text, size, "HEAD");
    }
    if (methods & ROUTE_POST) {
        add_word(ret_text, size, "POST");
    }
    if (methods & ROUTE_DELETE) {
        add_word(ret_text, size, "DELETE");
    }
}

void route_roles(uint32_t roles, char *ret_text, size_t size) {
    static const struct {
        uint32_t role;
        const char *text;
    } names[] = {{OPERATOR, "operator"},
                 {DISPATCHER, "dispatcher"},
                 {WORKER, "worker"},
                 {SUPERVISOR, "supervisor"},
                 {ADMIN, "admin"}};
    ret_text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (roles & names[i].role) {
            add_word(ret_text, size, names[i].text);
        }
    }
}

bool route_is_service(const char *text, size_t length) {
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        if (strlen(services[i]) == length && memcmp(services[i], text, length) == 0) {
            return true;
        }
    }
    return false;
}
