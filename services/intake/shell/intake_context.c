#include "intake/shell/intake_context.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io/conf.h"

static const int64_t DAY_US = INT64_C(86400) * 1000000;

enum { HEX = 2 * INTAKE_KEY };

static enum pd_fate wrong_key(struct pd_err *reterr, const char *path, const char *what) {
    return pd_fail(reterr, PD_BROKEN, "KEY-FILE", "PAIDAN_KEY_FILE %s: %s", path, what);
}

static enum pd_fate read_key(const char *path, uint8_t ret_key[INTAKE_KEY], struct pd_err *reterr) {
    if (*path == '\0') {
        return wrong_key(reterr, "is not set", "intake keeps no personal data without a key (64 hex digits)");
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat status;
    char text[HEX + 2] = {0};
    ssize_t length = -1;
    bool open_to_all = false;
    if (fd >= 0 && fstat(fd, &status) == 0) {
        open_to_all = (status.st_mode & (S_IROTH | S_IWOTH)) != 0;
        length = read(fd, text, sizeof text);
    }
    if (fd >= 0) {
        close(fd);
    }
    size_t binary = 0;
    bool good = length >= HEX && (length == HEX || text[HEX] == '\n') &&
                sodium_hex2bin(ret_key, INTAKE_KEY, text, HEX, NULL, &binary, NULL) == 0 && binary == INTAKE_KEY;
    sodium_memzero(text, sizeof text);
    if (length < 0) {
        return wrong_key(reterr, path, "cannot be read");
    }
    if (open_to_all) {
        return wrong_key(reterr, path, "may be read by everybody; chmod 0400");
    }
    return good ? PD_OK : wrong_key(reterr, path, "is not 64 hex digits");
}

static bool is_city(const char *city) {
    return strlen(city) == 2 && strspn(city, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2;
}

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
    enum pd_fate fate = read_key(conf->key_file, context->kek, reterr);
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
