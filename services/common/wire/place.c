#include "common/wire/place.h"

#include "common/wire/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static size_t put(char *to, size_t at, size_t size, const char *text, size_t len) {
    if (len > size - 1 - at)
        len = size - 1 - at;
    memcpy(to + at, text, len);
    to[at + len] = '\0';
    return at + len;
}

static size_t put_pointer(const struct wire__place *place, char *to, size_t size) {
    size_t at = place->up != NULL ? put_pointer(place->up, to, size) : 0;
    char number[24];

    if (place->up == NULL)
        return 0;
    at = put(to, at, size, "/", 1);
    if (place->key == NULL) {
        int len = snprintf(number, sizeof number, "%zu", place->index);
        return put(to, at, size, number, (size_t)len);
    }
    for (const char *c = place->key; *c != '\0'; c++) {
        if (*c == '~')
            at = put(to, at, size, "~0", 2);
        else if (*c == '/')
            at = put(to, at, size, "~1", 2);
        else
            at = put(to, at, size, c, 1);
    }
    return at;
}

__attribute__((format(printf, 4, 0))) static void put_sentence(struct wire_problem_at *ret, const char *before,
                                                               const char *subject, const char *format, va_list args) {
    int len = snprintf(ret->detail, sizeof ret->detail, "%s%s: ", before, subject);
    size_t at = len < 0 ? 0 : (size_t)len;

    if (at < sizeof ret->detail)
        (void)vsnprintf(ret->detail + at, sizeof ret->detail - at, format, args);
    wire__utf8_trim(ret->detail);
}

enum pd_fate wire__refuse(struct wire_problem_at *ret, enum wire_problem problem, const struct wire__place *place,
                          const char *format, ...) {
    va_list args;

    ret->problem = problem;
    ret->pointer[0] = '\0';
    if (place != NULL)
        (void)put_pointer(place, ret->pointer, sizeof ret->pointer);
    wire__utf8_trim(ret->pointer);
    va_start(args, format);
    put_sentence(ret, "", ret->pointer[0] == '\0' ? "the body" : ret->pointer, format, args);
    va_end(args);
    return PD_REFUSED;
}

enum pd_fate wire__refuse_parameter(struct wire_problem_at *ret, enum wire_problem problem, const char *name,
                                    const char *format, ...) {
    va_list args;

    ret->problem = problem;
    (void)snprintf(ret->pointer, sizeof ret->pointer, "%s", name);
    wire__utf8_trim(ret->pointer);
    va_start(args, format);
    put_sentence(ret, "parameter ", ret->pointer, format, args);
    va_end(args);
    return PD_REFUSED;
}
