#include "common/io/conf.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/version.h"

enum { TEXTS_MAX = 1 << 20, LINE_BYTES = 4096, NAME_BYTES = 96 };
enum type { TYPE_TEXT, TYPE_FILE, TYPE_NUMBER };

static const struct row {
    const char *name;
    const char *value;
    const char *unit;
    const char *doc;
    int64_t min, max;
    size_t offset;
    enum type type;
} rows[] = {
#define SETTING(name, type, value, min, max, unit, doc)                                                                \
    {#name, value, unit, doc, min, max, offsetof(struct conf, name), TYPE_##type},
#include "common/io/conf.def"
#undef SETTING
};
enum { ROWS = sizeof rows / sizeof *rows };

static const char *const services[] = {"gateway", "intake", "assign", "notify", "audit", "steward"};

/* "pg_conninfo" -> "PAIDAN_PG_CONNINFO", with a service "PAIDAN_INTAKE_PG_CONNINFO". */
static void variable_name(char to[NAME_BYTES], const char *service, const char *name) {
    int n = snprintf(to, NAME_BYTES, "PAIDAN_%s%s%s", service ? service : "", service ? "_" : "", name);
    assert(n > 0 && n < NAME_BYTES);
    for (char *c = to; *c; c++)
        *c = (char)toupper((unsigned char)*c);
}

/* A password must not stand where logs, ps and core dumps show it. */
static bool holds_password(const char *value) {
    const char *scheme = strstr(value, "://");
    if (!scheme)
        return strcasestr(value, "password") != NULL;
    const char *host = scheme + 3;
    size_t authority = strcspn(host, "/?");
    const char *at = memchr(host, '@', authority);
    return (at && memchr(host, ':', (size_t)(at - host))) || strcasestr(value, "password=");
}

static enum pd_fate set_row(struct conf *conf, const struct row *row, const char *value, const char *from,
                            struct pd_err *err) {
    char *field = (char *)conf + row->offset;
    if (row->type == TYPE_NUMBER) {
        char *end;
        errno = 0;
        long long number = strtoll(value, &end, 10);
        if (errno || end == value || *end)
            return pd_fail(err, PD_REFUSED, "conf", "%s (%s): \"%s\" is not a number", row->name, from, value);
        if (number < row->min || number > row->max)
            return pd_fail(err, PD_REFUSED, "conf", "%s (%s): %lld is not between %lld and %lld %s", row->name, from,
                           number, (long long)row->min, (long long)row->max, row->unit);
        int64_t result = number;
        memcpy(field, &result, sizeof result);
        return PD_OK;
    }
    if (row->type == TYPE_TEXT && holds_password(value))
        return pd_fail(err, PD_REFUSED, "conf", "%s (%s): holds a password; put it into a file (PGPASSFILE)", row->name,
                       from);
    char *text = pd_strdup(&conf->texts, value);
    if (!text)
        return pd_fail(err, PD_REFUSED, "conf", "%s (%s): too long", row->name, from);
    memcpy(field, &text, sizeof text);
    return PD_OK;
}

/* The row of a variable's name, as this service reads it; *ret_foreign when it is another service's. */
static const struct row *find_row(const char *variable, const char *service, bool *ret_own, bool *ret_foreign) {
    char name[NAME_BYTES];
    *ret_own = *ret_foreign = false;
    for (size_t i = 0; i < ROWS; i++) {
        variable_name(name, NULL, rows[i].name);
        if (strcmp(name, variable) == 0)
            return &rows[i];
        for (size_t s = 0; s < sizeof services / sizeof *services; s++) {
            variable_name(name, services[s], rows[i].name);
            if (strcmp(name, variable) != 0)
                continue;
            *ret_own = strcmp(services[s], service) == 0;
            *ret_foreign = !*ret_own;
            return &rows[i];
        }
    }
    return NULL;
}

static char *trim(char *text) {
    while (isspace((unsigned char)*text))
        text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        *--end = '\0';
    return text;
}

/* One line of the file. own: the pass that reads PAIDAN_<SERVICE>_ names, after the one for plain names. */
static enum pd_fate read_line(struct conf *conf, const char *service, char *line, const char *from, bool own_pass,
                              struct pd_err *err) {
    char *name = trim(line);
    if (!*name || *name == '#')
        return PD_OK;
    char *equals = strchr(name, '=');
    if (!equals)
        return pd_fail(err, PD_REFUSED, "conf", "%s: no NAME=value: \"%.40s\"", from, name);
    *equals = '\0';
    name = trim(name);
    bool own, foreign;
    const struct row *row = find_row(name, service, &own, &foreign);
    if (!row)
        return pd_fail(err, PD_REFUSED, "conf", "%s: unknown setting %.60s", from, name);
    return foreign || own != own_pass ? PD_OK : set_row(conf, row, trim(equals + 1), from, err);
}

static enum pd_fate read_file(struct conf *conf, const char *service, const char *path, struct pd_err *err) {
    FILE *file = fopen(path, "re");
    if (!file)
        return pd_fail(err, PD_REFUSED, "conf", "%s: %s", path, strerror(errno));
    enum pd_fate fate = PD_OK;
    for (int pass = 0; pass < 2 && fate == PD_OK; pass++) {
        char line[LINE_BYTES], from[300];
        rewind(file);
        for (int number = 1; fate == PD_OK && fgets(line, sizeof line, file); number++) {
            (void)snprintf(from, sizeof from, "%.200s line %d", path, number);
            if (!strchr(line, '\n') && !feof(file))
                fate = pd_fail(err, PD_REFUSED, "conf", "%s: too long", from);
            else
                fate = read_line(conf, service, line, from, pass == 1, err);
        }
        if (fate == PD_OK && ferror(file))
            fate = pd_fail(err, PD_REFUSED, "conf", "%s: %s", path, strerror(errno));
    }
    (void)fclose(file);
    return fate;
}

extern char **environ;

static enum pd_fate read_environment(struct conf *conf, const char *service, struct pd_err *err) {
    char name[NAME_BYTES];
    for (size_t i = 0; i < ROWS; i++) {
        const char *const owners[] = {NULL, service};
        for (size_t o = 0; o < 2; o++) {
            variable_name(name, owners[o], rows[i].name);
            const char *value = getenv(name);
            if (value && set_row(conf, &rows[i], value, name, err) != PD_OK)
                return err->fate;
        }
    }
    variable_name(name, service, "");                                    /* PAIDAN_INTAKE_ */
    for (char **variable = environ; variable && *variable; variable++) { /* NULL after clearenv() */
        char whole[NAME_BYTES];
        size_t n = strcspn(*variable, "=");
        if (strncmp(*variable, name, strlen(name)) != 0)
            continue;
        (void)snprintf(whole, sizeof whole, "%.*s", (int)n, *variable);
        bool own, foreign;
        if (!find_row(whole, service, &own, &foreign))
            return pd_fail(err, PD_REFUSED, "conf", "environment: unknown setting %s", whole);
    }
    return PD_OK;
}

static enum pd_fate load(struct conf *conf, const char *service, const char *path, struct pd_err *err) {
    for (size_t i = 0; i < ROWS; i++) {
        if (set_row(conf, &rows[i], rows[i].value, "default", err) != PD_OK)
            return err->fate;
    }
    if (path && read_file(conf, service, path, err) != PD_OK)
        return err->fate;
    return read_environment(conf, service, err);
}

enum conf_next conf_load(struct conf *conf, const char *service, int argc, char **argv, struct pd_err *err) {
    assert(conf && service && err);
    assert(argc > 0 && argv);
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'v'},
                                            {NULL, 0, NULL, 0}};
    memset(conf, 0, sizeof *conf);
    pd_arena_init(&conf->texts, 2048, TEXTS_MAX);
    const char *path = NULL;
    optind = 0; /* glibc: start anew, so that tests may call this twice */
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "c:hv", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            path = optarg;
            break;
        case 'h':
            conf_help(service, stdout);
            return CONF_DONE;
        case 'v':
            (void)printf("%s %s\n", service, PAIDAN_VERSION);
            return CONF_DONE;
        default:
            (void)pd_fail(err, PD_REFUSED, "conf", "unknown option or missing value: %s", argv[optind - 1]);
            return CONF_WRONG;
        }
    }
    if (optind < argc) {
        (void)pd_fail(err, PD_REFUSED, "conf", "unexpected argument: %s", argv[optind]);
        return CONF_WRONG;
    }
    return load(conf, service, path, err) == PD_OK ? CONF_RUN : CONF_WRONG;
}

void conf_each(const struct conf *conf, void (*each)(const char *name, const char *value, void *ctx), void *ctx) {
    for (size_t i = 0; i < ROWS; i++) {
        const char *field = (const char *)conf + rows[i].offset;
        if (rows[i].type == TYPE_NUMBER) {
            int64_t number;
            char text[24];
            memcpy(&number, field, sizeof number);
            (void)snprintf(text, sizeof text, "%lld", (long long)number);
            each(rows[i].name, text, ctx);
        } else {
            char *text;
            memcpy(&text, field, sizeof text);
            each(rows[i].name, text, ctx);
        }
    }
}

void conf_help(const char *service, FILE *out) {
    (void)fprintf(out,
                  "Usage: %s [--config FILE] [--help] [--version]\n\n"
                  "Settings come from FILE (lines NAME=value, # comments) and, before it, from the environment.\n"
                  "PAIDAN_<SERVICE>_X goes before PAIDAN_X. Unknown names refuse to start.\n\n",
                  service);
    for (size_t i = 0; i < ROWS; i++) {
        char name[NAME_BYTES];
        variable_name(name, NULL, rows[i].name);
        (void)fprintf(out, "%s\n    %s\n    default \"%s\"", name, rows[i].doc, rows[i].value);
        if (rows[i].type == TYPE_NUMBER)
            (void)fprintf(out, ", %lld to %lld", (long long)rows[i].min, (long long)rows[i].max);
        (void)fprintf(out, "%s%s\n", *rows[i].unit ? " " : "", rows[i].unit);
    }
}

void conf_fini(struct conf *conf) {
    pd_arena_fini(&conf->texts);
}
