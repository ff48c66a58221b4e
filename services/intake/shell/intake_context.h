/* intake_context.h - what a thread of intake keeps: keys and settings
 *
 * Use       intake_context_open() is ops->open, intake_context_close() ops->close.
 * Fails     PD_BROKEN: PAIDAN_KEY_FILE is not 64 hex digits or readable by everybody, PAIDAN_CITY is not two capital
 *           letters, a number of days is out of bounds. Never a default key: what it sealed could be read by anybody.
 * Memory    owned by the engine between open and close; the key is wiped at close.
 * Threads   one context a thread. */
#ifndef INTAKE_SHELL_INTAKE_CONTEXT_H
#define INTAKE_SHELL_INTAKE_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/domain/seal.h"

struct conf;

struct intake_context {
    uint8_t kek[SEAL_KEY];
    char city[2 + 1];
    int64_t reopen_us;
    int64_t archive_us;
};

enum pd_fate intake_context_open(const struct conf *conf, void *shared, bool for_reader, void **ret_context,
                                 struct pd_err *reterr);
void intake_context_close(void *context);

#endif
