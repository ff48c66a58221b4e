/* Idle workers: opens a WebSocket for each, keeps them for `seconds` without a word, and says when, so that the caller can
 * read the gateway's memory before ("start"), while ("open") and after. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "client/staff.h"
#include "client/ws_client.h"

enum { IDLE_MAX = 20000, CONNECT_MS = 60000 };

struct idle {
    long open, lost;
    char why[128];
};

static void on_open(struct ws_client *ws, void *context) {
    (void)ws;
    ((struct idle *)context)->open++;
}

static void on_text(struct ws_client *ws, const char *text, size_t length, void *context) {
    (void)ws;
    (void)text;
    (void)length;
    (void)context;
}

static void on_close(struct ws_client *ws, const char *why, void *context) {
    (void)ws;
    struct idle *idle = context;
    idle->lost++;
    snprintf(idle->why, sizeof idle->why, "%s", why);
}

static void on_step(uv_timer_t *timer) {
    (void)timer;
}

static long read_names(const char *path, char (*names)[64]) {
    long count = 0;
    FILE *file = fopen(path, "r");
    while (file != NULL && count < IDLE_MAX && fgets(names[count], sizeof names[count], file) != NULL) {
        names[count][strcspn(names[count], "\r\n")] = '\0';
        for (char *c = names[count]; *c != '\0'; c++) {
            *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
        }
        count++;
    }
    if (file != NULL) {
        fclose(file);
    }
    return count;
}

/* Opens them a few at a time and waits until all are there. */
static void open_all(uv_loop_t *loop, const struct bench_options *options, char (*tokens)[HTTP_CLIENT_TOKEN_MAX],
                     long count, struct idle *idle) {
    static const struct ws_client_ops ops = {.on_open = on_open, .on_text = on_text, .on_close = on_close};
    char host[64];
    snprintf(host, sizeof host, "%.*s", (int)strcspn(options->http, ":"), options->http);
    int port = (int)strtol(strchr(options->http, ':') + 1, NULL, 10);
    uint64_t until_ms = uv_hrtime() / 1000000 + CONNECT_MS;
    long asked = 0;
    while (idle->open < count && idle->lost == 0 && uv_hrtime() / 1000000 < until_ms) {
        if (asked < count && asked - idle->open < 32) {
            ws_client_open(loop, host, port, "/v1/stream", tokens[asked++], &ops, idle);
        } else {
            uv_run(loop, UV_RUN_ONCE);
        }
    }
}

int bench_idle(const struct bench_options *options) {
    uv_loop_t *loop = uv_default_loop();
    struct pd_err err = {0};
    char admin[HTTP_CLIENT_TOKEN_MAX];
    static char names[IDLE_MAX][64], tokens[IDLE_MAX][HTTP_CLIENT_TOKEN_MAX];
    static const char *list[IDLE_MAX];
    struct http_client *http = http_client_new(loop, options->http, 16);
    if (http == NULL || strchr(options->http, ':') == NULL) {
        return 1;
    }
    long count = read_names(options->workers, names);
    for (long i = 0; i < count; i++) {
        list[i] = names[i];
    }
    if (staff_log_in(loop, http, options->accounts, "admin", admin, &err) != PD_OK ||
        staff_tokens(loop, http, admin, list, (int)count, tokens, &err) != PD_OK) {
        fprintf(stderr, "paidan-bench: %s\n", err.text);
        return 1;
    }
    http_client_close(http);
    struct idle idle = {0};
    uv_timer_t step;
    uv_timer_init(loop, &step);
    uv_timer_start(&step, on_step, 50, 50);
    printf("{\"start\":true}\n");
    fflush(stdout);
    for (uint64_t until_ms = uv_hrtime() / 1000000 + 1000; uv_hrtime() / 1000000 < until_ms;) {
        uv_run(loop, UV_RUN_ONCE);
    }
    open_all(loop, options, tokens, count, &idle);
    printf("{\"open\":%ld,\"wanted\":%ld,\"lost\":%ld,\"why\":\"%s\"}\n", idle.open, count, idle.lost, idle.why);
    fflush(stdout);
    for (uint64_t until_ms = uv_hrtime() / 1000000 + (uint64_t)(options->seconds * 1000);
         uv_hrtime() / 1000000 < until_ms;) {
        uv_run(loop, UV_RUN_ONCE);
    }
    printf("{\"end\":true,\"lost\":%ld}\n", idle.lost);
    return idle.open == count && idle.lost == 0 ? 0 : 1;
}
