#include "common/io/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/paidan-conf-XXXXXX";

/* Nothing of the surroundings may leak in. */
static int clean_environment(void **state) {
    (void)state;
    return clearenv();
}

static enum conf_next load(const char *file, struct conf *conf, struct pd_err *err) {
    static char name[] = "intake", option[] = "--config";
    char *argv[] = {name, option, path, NULL};
    if (file) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        (void)fputs(file, f);
        (void)fclose(f);
    }
    return conf_load(conf, "intake", file ? 3 : 1, argv, err);
}

static void assert_refused(const char *file, const char *why) {
    struct conf conf;
    struct pd_err err;
    assert_int_equal(load(file, &conf, &err), CONF_WRONG);
    assert_int_equal(err.fate, PD_REFUSED);
    if (!strstr(err.text, why))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
    conf_fini(&conf);
}

static void defaults_then_file_then_environment(void **state) {
    (void)state;
    struct conf conf;
    struct pd_err err;
    assert_int_equal(load(NULL, &conf, &err), CONF_RUN);
    assert_int_equal(conf.batch_max, 512);
    assert_string_equal(conf.city, "ZS");
    conf_fini(&conf);

    static const char file[] = "# a comment\n\n PAIDAN_BATCH_MAX = 64 \nPAIDAN_CITY=GZ\nPAIDAN_INTAKE_QUEUE_MAX=99\n"
                               "PAIDAN_QUEUE_MAX=88\nPAIDAN_ASSIGN_REOPEN_DAYS=3\n";
    assert_int_equal(load(file, &conf, &err), CONF_RUN);
    assert_int_equal(conf.batch_max, 64);
    assert_int_equal(conf.queue_max, 99);   /* the service's own goes first, wherever it stands */
    assert_int_equal(conf.reopen_days, 15); /* another service's */
    assert_string_equal(conf.city, "GZ");
    conf_fini(&conf);

    (void)setenv("PAIDAN_BATCH_MAX", "32", 1);
    (void)setenv("PAIDAN_INTAKE_CITY", "HZ", 1);
    (void)setenv("PAIDAN_CITY", "XX", 1);
    (void)setenv("PAIDAN_VAR", "elsewhere", 1);
    (void)setenv("PAIDAN_ASSIGN_NOBODY_KNOWS", "1", 1);
    assert_int_equal(load(file, &conf, &err), CONF_RUN);
    assert_int_equal(conf.batch_max, 32);
    assert_string_equal(conf.city, "HZ");
    conf_fini(&conf);
}

static void what_is_wrong_refuses_to_start(void **state) {
    (void)state;
    assert_refused("PAIDAN_BATCH_SIZE=1\n", "unknown setting PAIDAN_BATCH_SIZE");
    assert_refused("BATCH_MAX=1\n", "unknown setting BATCH_MAX");
    assert_refused("PAIDAN_BATCH_MAX\n", "no NAME=value");
    assert_refused("PAIDAN_BATCH_MAX=\n", "is not a number");
    assert_refused("PAIDAN_BATCH_MAX=12x\n", "is not a number");
    assert_refused("PAIDAN_BATCH_MAX=99999999999999999999\n", "is not a number");
    assert_refused("PAIDAN_BATCH_MAX=0\n", "not between 1 and 4096");
    assert_refused("PAIDAN_BATCH_MAX=5000\n", "line 1");
    (void)setenv("PAIDAN_INTAKE_BATCH_MAXX", "1", 1);
    assert_refused("", "unknown setting PAIDAN_INTAKE_BATCH_MAXX");
}

static void passwords_are_refused_and_not_repeated(void **state) {
    (void)state;
    static const char *const bad[] = {
        "PAIDAN_PG_CONNINFO=host=h password=sesame\n",
        "PAIDAN_PG_CONNINFO=postgres://intake:sesame@h/paidan\n",
        "PAIDAN_PG_CONNINFO=postgres://h/paidan?password=sesame\n",
        "PAIDAN_NATS_URL=nats://user:sesame@127.0.0.1:4222\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct conf conf;
        struct pd_err err;
        assert_int_equal(load(bad[i], &conf, &err), CONF_WRONG);
        assert_non_null(strstr(err.text, "password"));
        assert_null(strstr(err.text, "sesame"));
        conf_fini(&conf);
    }
    struct conf conf;
    struct pd_err err;
    assert_int_equal(load("PAIDAN_PG_CONNINFO=postgres://intake@h:5432/paidan\n", &conf, &err), CONF_RUN);
    conf_fini(&conf);
}

static void count_settings(const char *name, const char *value, void *ctx) {
    assert_non_null(name);
    assert_non_null(value);
    ++*(int *)ctx;
}

static void each_setting_is_told_and_helped(void **state) {
    (void)state;
    struct conf conf;
    struct pd_err err;
    int told = 0, helped = 0;
    char *help = NULL;
    size_t size;
    assert_int_equal(load(NULL, &conf, &err), CONF_RUN);
    conf_each(&conf, count_settings, &told);
    conf_fini(&conf);
    FILE *out = open_memstream(&help, &size);
    conf_help("intake", out);
    (void)fclose(out);
    for (const char *p = help; (p = strstr(p, "\nPAIDAN_")); p++)
        helped++;
    assert_int_equal(told, helped - 1); /* one line speaks of PAIDAN_<SERVICE>_X */
    assert_true(told > 10);
    free(help);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(defaults_then_file_then_environment, clean_environment),
        cmocka_unit_test_setup(what_is_wrong_refuses_to_start, clean_environment),
        cmocka_unit_test_setup(passwords_are_refused_and_not_repeated, clean_environment),
        cmocka_unit_test_setup(each_setting_is_told_and_helped, clean_environment),
    };
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    (void)close(fd);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
