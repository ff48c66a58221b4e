/* conf.h - settings of a service: defaults, then a file, then the environment
 *
 * Use       conf_load(&conf, "intake", argc, argv, &err) in main. Rows in conf.def are fields of struct conf.
 * Promise   everything is checked before the service does anything: a number outside its bounds, an unknown
 *           PAIDAN_<SERVICE>_ variable, an unknown name in the file or a password in an address refuses to start.
 *           PAIDAN_<SERVICE>_X goes before PAIDAN_X, the environment before the file.
 * Fails     PD_REFUSED "conf": the text names the setting and what is wrong with it.
 * Memory    the texts belong to the struct until conf_fini().
 * Threads   before threads are started. */
#ifndef COMMON_IO_CONF_H
#define COMMON_IO_CONF_H

#include <stdint.h>
#include <stdio.h>

#include "common/base/arena.h"
#include "common/base/err.h"

#define CONF_TEXT   char *
#define CONF_FILE   char *
#define CONF_NUMBER int64_t

struct conf {
#define SETTING(name, type, value, min, max, unit, doc) CONF_##type name;
#include "common/io/conf.def"
#undef SETTING
    struct pd_arena texts;
};

enum conf_next {
    CONF_RUN,  /* settings are complete */
    CONF_DONE, /* --help or --version was answered: exit 0 */
    CONF_WRONG /* exit 78 (EX_CONFIG) and say err->text */
};

/* Reads argv (--config FILE, --help, --version), the file and the environment. */
enum conf_next conf_load(struct conf *conf, const char *service, int argc, char **argv, struct pd_err *err);

/* "name=value" of every setting, for the start record. */
void conf_each(const struct conf *conf, void (*each)(const char *name, const char *value, void *ctx), void *ctx);

/* What --help prints. */
void conf_help(const char *service, FILE *out);

void conf_fini(struct conf *conf);

#endif
