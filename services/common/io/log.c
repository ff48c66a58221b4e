#include "common/io/log.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/json_text.h"

enum { TEXT_MAX = 2048, ID_MAX = 128, LINE_MAX_BYTES = 24576 };

static const char *service_name = "paidan";
static _Atomic int least_level = LOG_INFO;
static _Atomic int target = STDERR_FILENO;
static _Atomic uint64_t lost;

static const char *const level_text[LOG_LEVEL_COUNT] = {"debug", "info", "warn", "error"};

void log_open(const char *service, enum log_level least) {
    assert(service);
    assert(least < LOG_LEVEL_COUNT);
    service_name = service;
    atomic_store(&least_level, (int)least);
}

void log_to(int fd) {
    atomic_store(&target, fd);
}

uint64_t log_lost(void) {
    return atomic_load(&lost);
}

bool log_level_parse(const char *text, enum log_level *ret_level) {
    for (int l = 0; l < LOG_LEVEL_COUNT; l++) {
        if (strcmp(text, level_text[l]) == 0) {
            *ret_level = (enum log_level)l;
            return true;
        }
    }
    return false;
}

struct line {
    size_t len;
    char bytes[LINE_MAX_BYTES];
};

static void put(struct line *line, const char *text) {
    size_t n = strlen(text);
    size_t room = sizeof line->bytes - line->len;
    if (n > room)
        n = room;
    memcpy(line->bytes + line->len, text, n);
    line->len += n;
}

/* ,"name":"value" */
static void put_field(struct line *line, const char *name, const char *value, size_t most) {
    if (!value)
        return;
    put(line, ",\"");
    put(line, name);
    put(line, "\":");
    line->len += json_text(line->bytes + line->len, sizeof line->bytes - line->len, value, strnlen(value, most));
}

static void put_time(struct line *line) {
    struct timespec now;
    struct tm tm;
    char text[64], whole[96];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &tm);
    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(whole, sizeof whole, "%s.%06ldZ", text, now.tv_nsec / 1000);
    put(line, "{\"ts\":\"");
    put(line, whole);
    put(line, "\"");
}

static void put_ids(struct line *line, const struct log_ids *ids) {
    put_field(line, "request", ids->request, ID_MAX);
    put_field(line, "order", ids->order, ID_MAX);
    put_field(line, "worker", ids->worker, ID_MAX);
    put_field(line, "delivery", ids->delivery, ID_MAX);
    put_field(line, "event_id", ids->event_id, ID_MAX);
    put_field(line, "trace", ids->trace, ID_MAX);
    put_field(line, "peer", ids->peer, ID_MAX);
    if (ids->err) {
        char at[160];
        (void)snprintf(at, sizeof at, "%s:%d", ids->err->file ? ids->err->file : "?", ids->err->line);
        put_field(line, "fate", pd_fate_text(ids->err->fate), ID_MAX);
        put_field(line, "code", ids->err->code, ID_MAX);
        put_field(line, "at", at, sizeof at);
    }
}

/* The format is checked at each call of log_event(), where it is a literal. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
void log_write(const struct log_kind *kind, const char *format, const struct log_ids *ids, ...) {
    assert(kind && format);
    if ((int)kind->level < atomic_load_explicit(&least_level, memory_order_relaxed))
        return;
    char text[TEXT_MAX];
    va_list args;
    va_start(args, ids);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (ids && ids->err && n >= 0 && (size_t)n < sizeof text)
        (void)snprintf(text + n, sizeof text - (size_t)n, ": %s", ids->err->text);

    struct line line;
    line.len = 0;
    put_time(&line);
    put_field(&line, "level", level_text[kind->level], ID_MAX);
    put_field(&line, "service", service_name, ID_MAX);
    put_field(&line, "event", kind->name, ID_MAX);
    put_field(&line, "text", text, sizeof text);
    if (ids)
        put_ids(&line, ids);
    put(&line, "}\n");
    assert(line.bytes[line.len - 1] == '\n'); /* 2 kB text and ids, all escaped sixfold, fit */

    ssize_t done;
    do
        done = write(atomic_load(&target), line.bytes, line.len);
    while (done < 0 && errno == EINTR);
    if (done != (ssize_t)line.len)
        atomic_fetch_add(&lost, 1);
}
#pragma GCC diagnostic pop
