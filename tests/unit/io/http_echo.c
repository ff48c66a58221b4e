/* http_echo - a server for tests/integration/test_http_server.py and for trying the server by hand
 *
 * Prints "port N", serves until SIGTERM, drains, closes; exit code 0 only when every handle was closed.
 *   GET  /hello            hello
 *   ANY  /echo             the body, X-Peer, X-Query (the query parameters), X-Path
 *   POST /big              as /echo, up to 1 MB
 *   GET  /later?ms=N       answered after N ms
 *   GET  /never            held until the server closes
 *   GET  /forgotten        the handler neither answers nor holds
 *   GET  /ws               a WebSocket that echoes; "close N" closes with N, "push N" sends N messages of 1 kB
 *   GET  /ws-later         the same, upgraded 50 ms later
 *   GET  /memory           "rss_kb sockets on_close_count"
 * Environment: WS_PING_MS, WS_PONG_MS, PER_IP, IDLE_S, BODY_S. */
#include <assert.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "common/io/http.h"
#include "common/io/http_ws.h"

static struct http_server *server;
static uv_signal_t on_term;
static uv_timer_t deadline;
static int closes;

struct later {
    uv_timer_t timer;
    struct http_ref ref;
};

static unsigned setting(const char *name, unsigned otherwise) {
    const char *value = getenv(name);
    return value ? (unsigned)strtoul(value, NULL, 10) : otherwise;
}

/* ---- WebSockets */

static void ws_message(struct ws *ws, const char *text, size_t len, void *ctx) {
    (void)ctx;
    char word[32];
    size_t n = len < sizeof word - 1 ? len : sizeof word - 1;
    memcpy(word, text, n);
    word[n] = '\0';
    if (strncmp(word, "close ", 6) == 0) {
        ws_close(ws, (unsigned)strtoul(word + 6, NULL, 10), "asked for");
    } else if (strncmp(word, "push ", 5) == 0) {
        static char kilobyte[1024];
        memset(kilobyte, 'x', sizeof kilobyte);
        for (unsigned long i = strtoul(word + 5, NULL, 10); i > 0; i--) {
            if (!ws_send_text(ws, kilobyte, sizeof kilobyte))
                break;
        }
    } else {
        (void)ws_send_text(ws, text, len);
    }
}

static void ws_closed(struct ws *ws, unsigned code, void *ctx) {
    (void)ws;
    (void)ctx;
    closes++;
    printf("closed %u\n", code);
    fflush(stdout);
}

static const struct ws_ops ws_ops = {.on_message = ws_message, .on_close = ws_closed};

/* ---- requests */

static void free_later(uv_handle_t *handle) {
    free(handle->data);
}

static void answer_later(uv_timer_t *timer) {
    struct later *l = timer->data;
    struct http_request *req = http_held(l->ref);
    if (req && strcmp(http_path(req), "/ws-later") == 0)
        (void)!http_upgrade(req, &ws_ops, NULL);
    else if (req)
        http_reply(req, 200, "text/plain", "later\n", 6);
    uv_close((uv_handle_t *)timer, free_later);
}

static void hold_for(struct http_request *req, unsigned long ms) {
    struct later *l = calloc(1, sizeof *l);
    assert(l);
    l->ref = http_hold(req);
    l->timer.data = l;
    (void)uv_timer_init(uv_default_loop(), &l->timer);
    (void)uv_timer_start(&l->timer, answer_later, ms, 0);
}

static bool collect(const char *name, const char *value, void *ctx) {
    struct http_request *req = ctx;
    char *text = pd_format(http_arena(req), "%s=%s", name, value);
    return text && http_reply_header(req, "X-Query", text);
}

static void echo(struct http_request *req) {
    size_t len;
    const char *body = http_body(req, &len);
    const char *type = http_header(req, "content-type");
    (void)http_reply_header(req, "X-Peer", http_peer(req));
    (void)http_reply_header(req, "X-Path", http_path(req));
    (void)http_reply_header(req, "X-Method", http_method(req));
    http_query_each(req, collect, req);
    http_reply(req, 200, type ? type : "application/octet-stream", body, len);
}

static void memory(struct http_request *req) {
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    malloc_trim(0);
    if (!statm || fscanf(statm, "%*d %ld", &pages) != 1)
        pages = 0;
    if (statm)
        fclose(statm);
    char text[96];
    int n = snprintf(text, sizeof text, "%ld %u %d", pages * sysconf(_SC_PAGESIZE) / 1024, http_server_sockets(server),
                     closes);
    http_reply(req, 200, "text/plain", text, (size_t)n);
}

static void on_request(struct http_request *req, void *ctx) {
    (void)ctx;
    const char *path = http_path(req), *ms = http_query(req, "ms");
    if (strcmp(path, "/hello") == 0)
        http_reply(req, 200, "text/plain", "hello\n", 6);
    else if (strcmp(path, "/echo") == 0 || strcmp(path, "/big") == 0)
        echo(req);
    else if (strcmp(path, "/later") == 0)
        hold_for(req, ms ? strtoul(ms, NULL, 10) : 0);
    else if (strcmp(path, "/ws-later") == 0)
        hold_for(req, 50);
    else if (strcmp(path, "/never") == 0)
        (void)http_hold(req);
    else if (strcmp(path, "/ws") == 0)
        (void)!http_upgrade(req, &ws_ops, NULL);
    else if (strcmp(path, "/memory") == 0)
        memory(req);
    else if (strcmp(path, "/forgotten") != 0)
        http_reply_problem(req, 404, "not-found", path);
}

static size_t body_max(const char *method, const char *path, void *ctx) {
    (void)method;
    (void)ctx;
    return strcmp(path, "/big") == 0 ? 1 << 20 : 0;
}

/* ---- the process */

static void on_closed(void *ctx) {
    (void)ctx;
    uv_close((uv_handle_t *)&on_term, NULL);
    uv_close((uv_handle_t *)&deadline, NULL);
}

static void close_server(void *ctx) {
    (void)ctx;
    (void)uv_timer_stop(&deadline);
    http_server_close(server, on_closed, NULL);
}

static void on_deadline(uv_timer_t *timer) {
    close_server(timer);
}

static void on_signal(uv_signal_t *signal, int number) {
    (void)number;
    (void)uv_signal_stop(signal);
    (void)uv_timer_start(&deadline, on_deadline, 1000, 0);
    http_server_drain(server, close_server, NULL);
}

int main(int argc, char **argv) {
    struct http_limits limits = http_limits_default;
    limits.ws_ping_ms = setting("WS_PING_MS", limits.ws_ping_ms);
    limits.ws_pong_ms = setting("WS_PONG_MS", limits.ws_pong_ms);
    limits.connections_per_ip = setting("PER_IP", limits.connections_per_ip);
    limits.idle_s = setting("IDLE_S", limits.idle_s);
    limits.body_s = setting("BODY_S", limits.body_s);
    struct http_ops ops = {.request = on_request, .body_max = body_max};
    struct pd_err err;
    (void)signal(SIGPIPE, SIG_IGN);
    if (http_server_open(uv_default_loop(), argc > 1 ? argv[1] : "127.0.0.1:0", &limits, &ops, NULL, &server, &err) !=
        PD_OK) {
        fprintf(stderr, "%s: %s\n", err.code, err.text);
        return 1;
    }
    (void)uv_signal_init(uv_default_loop(), &on_term);
    (void)uv_timer_init(uv_default_loop(), &deadline);
    (void)uv_signal_start(&on_term, on_signal, SIGTERM);
    printf("port %u\n", http_server_port(server));
    fflush(stdout);
    (void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    http_server_free(server);
    int left = uv_loop_close(uv_default_loop());
    printf("loop %s\n", left == 0 ? "closed" : uv_err_name(left));
    return left == 0 ? 0 : 1;
}
