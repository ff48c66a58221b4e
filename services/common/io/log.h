/* log.h - one JSON line per record on stderr
 *
 * Use       rows in a table, log.def (or services/X/X.log.def, see below), then
 *               log_event(PG_LOST, &(struct log_ids){.err = &err}, attempt);
 *           whose arguments after the ids are those of the row's format. NULL is fine for the ids.
 *           A service adds rows of its own with a header of its own:
 *               #define EVENT LOG_DECLARE
 *               #include "intake/intake.log.def"
 *               #undef EVENT
 * Promise   {"ts","level","service","event","text", then the ids given, then "fate","code","at" of an error}; valid
 *           JSON and UTF-8 whatever the arguments hold; one write() a record, so lines never mix. No personal data: ids
 *           only. Texts are cut at 2 kB.
 * Fails     never; a record that cannot be written is lost and counted (log_lost()).
 * Memory    none but the stack.
 * Threads   log_event() any; log_open() first. */
#ifndef COMMON_IO_LOG_H
#define COMMON_IO_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_LEVEL_COUNT };

struct log_kind {
    const char *name;
    enum log_level level;
};

/* Whom a record is about; each NULL is left out. */
struct log_ids {
    const char *request;
    const char *order;
    const char *worker;
    const char *delivery;
    const char *event_id;
    const char *trace;        /* W3C trace id */
    const char *peer;         /* another service, a subject, a path: never a person */
    const struct pd_err *err; /* its text is put behind the record's text */
};

#define LOG_DECLARE(id, level, format, meaning)                                                                        \
    static const char log_format_##id[] __attribute__((unused)) = format;                                              \
    static const struct log_kind log_kind_##id __attribute__((unused)) = {#id, LOG_##level};

#define EVENT LOG_DECLARE
#include "common/io/log.def"
#undef EVENT

/* log_event(ID, ids, arguments of the format...) */
#define log_event(id, ...) log_write(&log_kind_##id, log_format_##id, __VA_ARGS__)

void log_write(const struct log_kind *kind, const char *format, const struct log_ids *ids, ...)
    __attribute__((format(printf, 2, 4)));

/* service: borrowed for the process' life. Records below the level are not written. */
void log_open(const char *service, enum log_level least);

/* "debug" "info" "warn" "error" -> level. */
bool log_level_parse(const char *text, enum log_level *ret_level);

/* Records lost because stderr would not take them. */
uint64_t log_lost(void);

/* Where records go; 2 unless a test says otherwise. */
void log_to(int fd);

#endif
