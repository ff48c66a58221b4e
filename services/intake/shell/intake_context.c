#include "intake/shell/intake_context.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/conf.h"
#include "common/io/key_file.h"

static const int64_t DAY_US = INT64_C(86400) * 1000000;

static bool is_city(const char *city) {
    return strlen(city) == 2 && strspn(city, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2;
}

static_assert((int)SEAL_KEY == (int)KEY_FILE_BYTES, "the file holds one key");

enum pd_fate intake_context_open(const struct conf *conf, void *shared, bool for_reader, void **ret_context,
                                 struct pd_err *reterr) {
    (void)shared;
    (void)for_reader;
    if (sodium_init() < 0) {
        return pd_fail(reterr, PD_BROKEN, "SODIUM", "no source of randomness");
    }
    if (!is_city(conf->city)) {
        return pd_fail(reterr, PD_BROKEN, "CITY", "PAIDAN_CITY must be two capital letters");
    }
    struct intake_context *context = calloc(1, sizeof *context);
    if (context == NULL) {
        return pd_fail(reterr, PD_RETRY, "ENOMEM", "open intake: out of memory");
    }
    enum pd_fate fate = key_file_read(conf->key_file, context->kek, reterr);
    if (fate != PD_OK) {
        intake_context_close(context);
        return fate;
    }
    memcpy(context->city, conf->city, sizeof context->city);
    context->reopen_us = conf->reopen_days * DAY_US;
    context->archive_us = conf->archive_days * DAY_US;
    *ret_context = context;
    return PD_OK;
}

void intake_context_close(void *context) {
    if (context != NULL) {
        sodium_memzero(context, sizeof(struct intake_context));
        free(context);
    }
}
