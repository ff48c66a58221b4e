/* Whole lives, or registrations alone, through HTTP and WebSocket: begun for `seconds`, brought to their end, and waited for until
 * audit has every event of them. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "client/staff.h"
#include "crowd.h"

enum {
    OPERATORS = 16,
    DISPATCHERS = 8,
    WORKERS_MAX = 20000,
    AUDIT_PATIENCE_MS = 30000,
    EVENTS_OF_A_LIFE = 9,
    SLICE_MS = 100
};

struct bench_life {
    const struct bench_options *options;
    uv_loop_t *loop;
    struct crowd *crowd;
    char admin[HTTP_CLIENT_TOKEN_MAX];
    char (*tokens)[HTTP_CLIENT_TOKEN_MAX];
    char **worker_ids;
    int worker_count;
    double box[4]; /* south, west, north, east */
    long begun;
    char run[24]; /* part of the keys: unique per run */
    uint32_t random;
    uv_timer_t slice;
    FILE *timeline;
    int64_t closed_before;
};

/* ---- what is asked by the crowd */

static double share(struct bench_life *life) {
    life->random = life->random * 1664525U + 1013904223U;
    return (double)(life->random >> 8) / (double)(1U << 24);
}

static bool next_case(void *context, struct crowd_case *ret_case) {
    struct bench_life *life = context;
    const struct bench_options *o = life->options;
    int64_t start_us = o->rate > 0 ? (int64_t)((double)life->begun * 1e6 / o->rate) + 1 : CROWD_AT_ONCE;
    int64_t now_us = o->rate > 0 ? start_us : crowd_now_us(life->crowd);
    if ((double)now_us >= o->seconds * 1e6 || (o->count > 0 && life->begun >= o->count)) {
        return false;
    }
    *ret_case =
        (struct crowd_case){.service_code = "road_damage",
                            .channel = "hotline",
                            .phone = "13800138000",
                            .description = "Pavement broken in front of the market, two metres long; please repair it.",
                            .start_at_us = start_us};
    ret_case->lat = life->box[0] + (life->box[2] - life->box[0]) * share(life);
    ret_case->lng = life->box[1] + (life->box[3] - life->box[1]) * share(life);
    snprintf(ret_case->key, sizeof ret_case->key, "bench-%s-%ld", life->run, life->begun++);
    return true;
}

static void on_slice(uv_timer_t *timer) {
    struct bench_life *life = timer->data;
    const struct crowd_sum *sum = crowd_sum(life->crowd);
    int64_t closed = sum->passed[life->options->register_only ? STEP_REGISTER : STEP_CLOSED];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    fprintf(life->timeline, "%lld.%03ld %lld\n", (long long)now.tv_sec, now.tv_nsec / 1000000,
            (long long)(closed - life->closed_before));
    fflush(life->timeline);
    life->closed_before = closed;
}

/* ---- before */

static char **read_lines(const char *path, int *ret_count) {
    char line[128];
    char **lines = calloc(WORKERS_MAX, sizeof *lines);
    FILE *file = fopen(path, "r");
    *ret_count = 0;
    while (file != NULL && lines != NULL && *ret_count < WORKERS_MAX && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        lines[(*ret_count)++] = strdup(line);
    }
    if (file != NULL) {
        fclose(file);
    }
    return lines;
}

static enum pd_fate hire(struct bench_life *life, struct pd_err *reterr) {
    int total = OPERATORS + DISPATCHERS + life->worker_count;
    struct http_client *http = http_client_new(life->loop, life->options->http, 16);
    char(*names)[64] = calloc((size_t)total, sizeof *names);
    const char **list = calloc((size_t)total, sizeof *list);
    life->tokens = calloc((size_t)total, sizeof *life->tokens);
    if (http == NULL || names == NULL || list == NULL || life->tokens == NULL) {
        abort();
    }
    for (int i = 0; i < total; i++) {
        if (i < OPERATORS + DISPATCHERS) {
            snprintf(names[i], sizeof names[i], "bench-%s-%d", i < OPERATORS ? "operator" : "dispatcher",
                     i < OPERATORS ? i + 1 : i - OPERATORS + 1);
        } else {
            snprintf(names[i], sizeof names[i], "%s", life->worker_ids[i - OPERATORS - DISPATCHERS]);
            for (char *c = names[i]; *c != '\0'; c++) {
                *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
            }
        }
        list[i] = names[i];
    }
    enum pd_fate fate = staff_log_in(life->loop, http, life->options->accounts, "admin", life->admin, reterr);
    fate = fate != PD_OK
               ? fate
               : staff_accounts(life->loop, http, life->admin, "operator", "bench-operator-", OPERATORS, reterr);
    fate = fate != PD_OK
               ? fate
               : staff_accounts(life->loop, http, life->admin, "dispatcher", "bench-dispatcher-", DISPATCHERS, reterr);
    fate = fate != PD_OK ? fate : staff_tokens(life->loop, http, life->admin, list, total, life->tokens, reterr);
    http_client_close(http);
    free(list);
    free(names);
    return fate;
}

/* How many events audit has; -1 when it does not say. */
static int64_t log_size(struct bench_life *life, struct pd_err *reterr) {
    json_t *counts = NULL;
    if (staff_call(life->loop, crowd_http(life->crowd), life->admin, "/v1/audit/counts", NULL, &counts, reterr) !=
        PD_OK) {
        return -1;
    }
    int64_t size = json_integer_value(json_object_get(counts, "size"));
    json_decref(counts);
    return size;
}

/* Until audit has `wanted` events, or 30 s have passed. */
static bool wait_for_audit(struct bench_life *life, int64_t wanted, struct pd_err *reterr) {
    uint64_t until_ms = uv_hrtime() / 1000000 + AUDIT_PATIENCE_MS;
    int64_t size = log_size(life, reterr);
    while (size >= 0 && size < wanted && uv_hrtime() / 1000000 < until_ms) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        size = log_size(life, reterr);
    }
    return size >= wanted;
}

/* ---- after */

static void add_hist(json_t *all, const char *name, const struct hist *hist) {
    json_object_set_new(all, name,
                        json_pack("{sIsIsIsI}", "p50", (json_int_t)hist_percentile(hist, 0.5), "p90",
                                  (json_int_t)hist_percentile(hist, 0.9), "p99",
                                  (json_int_t)hist_percentile(hist, 0.99), "max", (json_int_t)hist->max_us));
}

static void print_sum(const struct bench_life *life, int64_t whole_us, int64_t cpu_us, bool audited) {
    const struct crowd_sum *sum = crowd_sum(life->crowd);
    int64_t done = sum->passed[STEP_CLOSED];
    json_t *troubles = json_object();
    for (int i = 0; i < sum->trouble_count; i++) {
        json_object_set_new(troubles, sum->troubles[i].words, json_integer(sum->troubles[i].count));
    }
    json_t *all =
        json_pack("{sIsIsIsfsfsfsbsIsIsIsIsIso}", "begun", (json_int_t)sum->begun, "orders", (json_int_t)done, "failed",
                  (json_int_t)sum->passed[STEP_FAILED], "seconds", (double)whole_us / 1e6, "run_seconds",
                  (double)sum->run_us / 1e6, "rate", (double)done * 1e6 / (double)whole_us, "audited", audited, "calls",
                  (json_int_t)sum->calls, "early", (json_int_t)sum->early, "retries", (json_int_t)sum->retries,
                  "repeats", (json_int_t)sum->repeats, "client_cpu_us", (json_int_t)cpu_us, "troubles", troubles);
    add_hist(all, "register_us", &sum->register_us);
    add_hist(all, "push_us", &sum->push_us);
    add_hist(all, "accept_push_us", &sum->accept_push_us);
    add_hist(all, "life_us", &sum->life_us);
    json_dumpf(all, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(all);
}

static int run(struct bench_life *life) {
    struct pd_err err = {0};
    bool alone = life->options->register_only;
    int64_t size = -1;
    if (alone || crowd_connect(life->crowd, &err) == PD_OK) {
        size = log_size(life, &err);
    }
    if (size < 0) {
        fprintf(stderr, "paidan-bench: %s\n", err.text);
        return 1;
    }
    if (life->timeline != NULL) {
        uv_timer_init(life->loop, &life->slice);
        life->slice.data = life;
        uv_timer_start(&life->slice, on_slice, SLICE_MS, SLICE_MS);
    }
    int64_t cpu_us = bench_cpu_us(), start_us = (int64_t)(uv_hrtime() / 1000);
    crowd_run(life->crowd);
    const struct crowd_sum *sum = crowd_sum(life->crowd);
    int64_t wanted = size + sum->passed[STEP_CLOSED] * (alone ? 1 : EVENTS_OF_A_LIFE);
    bool audited = wait_for_audit(life, wanted, &err);
    /* A registration has ended with its answer; a life only when its last event is in the log. */
    int64_t whole_us = alone ? sum->run_us : (int64_t)(uv_hrtime() / 1000) - start_us;
    print_sum(life, whole_us, bench_cpu_us() - cpu_us, audited);
    if (sum->passed[STEP_CLOSED] != sum->begun) {
        crowd_print_open(life->crowd, stderr, 5);
    }
    if (life->timeline != NULL) {
        uv_close((uv_handle_t *)&life->slice, NULL);
    }
    return audited && sum->passed[STEP_CLOSED] == sum->begun ? 0 : 1;
}

int bench_life(const struct bench_options *options) {
    struct bench_life life = {.options = options, .loop = uv_default_loop(), .random = (uint32_t)uv_hrtime()};
    struct pd_err err = {0};
    snprintf(life.run, sizeof life.run, "%llx", (unsigned long long)uv_hrtime());
    life.worker_ids = read_lines(options->workers, &life.worker_count);
    if (!bench_box(options->box, life.box) || life.worker_count == 0 || hire(&life, &err) != PD_OK) {
        fprintf(stderr, "paidan-bench: %s\n", err.text[0] != '\0' ? err.text : "wrong --box, or no workers");
        return 1;
    }
    life.timeline = options->timeline == NULL ? NULL : fopen(options->timeline, "w");
    const char(*tokens)[HTTP_CLIENT_TOKEN_MAX] = (const char(*)[HTTP_CLIENT_TOKEN_MAX])life.tokens;
    struct crowd_staff staff = {.operators = tokens,
                                .operator_count = OPERATORS,
                                .dispatchers = tokens + OPERATORS,
                                .dispatcher_count = DISPATCHERS,
                                .workers = tokens + OPERATORS + DISPATCHERS,
                                .worker_ids = (const char *const *)life.worker_ids,
                                .worker_count = options->register_only ? 0 : life.worker_count};
    struct crowd_options crowd = {.address = options->http,
                                  .connections = options->connections,
                                  .open_max = options->open_max,
                                  .register_only = options->register_only};
    struct crowd_ops ops = {.next = next_case, .context = &life};
    life.crowd = crowd_new(life.loop, &crowd, &staff, &ops);
    int status = run(&life);
    crowd_free(life.crowd);
    if (life.timeline != NULL) {
        fclose(life.timeline);
    }
    return status;
}
