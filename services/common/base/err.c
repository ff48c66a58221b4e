#include "common/base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum pd_fate pd_fail_at(struct pd_err *err, enum pd_fate fate, const char *code, const char *file, int line,
                        const char *format, ...) {
    assert(err && code && file && format);
    assert(fate != PD_OK);
    err->fate = fate;
    err->file = file;
    err->line = line;
    (void)snprintf(err->code, sizeof err->code, "%s", code);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return fate;
}

static void append(char *text, size_t size, const char *more) {
    size_t at = strlen(text), n = strnlen(more, size - 1 - at);
    memcpy(text + at, more, n);
    text[at + n] = '\0';
}

enum pd_fate pd_wrap(struct pd_err *err, const char *format, ...) {
    assert(err && format);
    assert(err->fate != PD_OK);
    char was[sizeof err->text];
    memcpy(was, err->text, sizeof was);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    /* The tail may be cut: the outer words matter more than the innermost detail. */
    append(err->text, sizeof err->text, ": ");
    append(err->text, sizeof err->text, was);
    return err->fate;
}

const char *pd_fate_text(enum pd_fate fate) {
    switch (fate) {
    case PD_OK:
        return "ok";
    case PD_REFUSED:
        return "refused";
    case PD_RETRY:
        return "retry";
    case PD_UNKNOWN:
        return "unknown";
    case PD_BROKEN:
        return "broken";
    }
    return "?";
}
