#include "staff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 30000, PAUSE_MS = 200, ABREAST = 32 };

/* A call that somebody waits for. */
struct waited {
    struct http_task task;
    const char *token, *path, *body;
    long status;
    char *answer;
    bool over;
};

static void fill(struct http_task *task, struct http_order *order) {
    struct waited *waited = (struct waited *)task;
    order->post = waited->body != NULL;
    snprintf(order->path, sizeof order->path, "%s", waited->path);
    snprintf(order->token, sizeof order->token, "%s", waited->token);
    snprintf(order->body, sizeof order->body, "%s", waited->body == NULL ? "" : waited->body);
}

static void done(struct http_task *task, const struct http_answer *answer) {
    struct waited *waited = (struct waited *)task;
    waited->status = answer->status;
    waited->answer = strndup(answer->status == 0 ? answer->trouble : answer->body,
                             answer->status == 0 ? strlen(answer->trouble) : answer->length);
    waited->over = true;
}

static void ask(struct http_client *http, struct waited *waited, const char *token, const char *path,
                const char *body) {
    *waited = (struct waited){.task = {.fill = fill, .done = done}, .token = token, .path = path, .body = body};
    http_client_ask(http, &waited->task, false);
}

static bool may_try_again(long status) {
    return status == 0 || status == 429 || status == 503;
}

static void on_pause(uv_timer_t *timer) {
    *(bool *)timer->data = true;
}

static void pause_loop(uv_loop_t *loop, uint64_t ms) {
    uv_timer_t timer;
    bool over = false;
    uv_timer_init(loop, &timer);
    timer.data = &over;
    uv_timer_start(&timer, on_pause, ms, 0);
    while (!over) {
        uv_run(loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
}

enum pd_fate staff_call(uv_loop_t *loop, struct http_client *http, const char *token, const char *path,
                        const char *body, json_t **ret_json, struct pd_err *reterr) {
    struct waited waited;
    for (int waited_ms = 0;; waited_ms += PAUSE_MS) {
        ask(http, &waited, token, path, body);
        while (!waited.over) {
            uv_run(loop, UV_RUN_ONCE);
        }
        if (!may_try_again(waited.status) || waited_ms >= PATIENCE_MS) {
            break;
        }
        free(waited.answer);
        pause_loop(loop, PAUSE_MS);
    }
    enum pd_fate fate = PD_OK;
    if (waited.status < 200 || waited.status > 299) {
        fate = pd_fail(reterr, may_try_again(waited.status) ? PD_RETRY : PD_REFUSED, "http", "%s %s: %ld %.300s",
                       body == NULL ? "GET" : "POST", path, waited.status, waited.answer);
    } else if (ret_json != NULL) {
        *ret_json = json_loads(waited.answer, 0, NULL);
    }
    free(waited.answer);
    return fate;
}

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

static enum pd_fate open_session(uv_loop_t *loop, struct http_client *http, const json_t *account,
                                 char ret_token[HTTP_CLIENT_TOKEN_MAX], struct pd_err *reterr) {
    json_t *body =
        json_pack("{ssss}", "username", text_of(account, "username"), "password", text_of(account, "password"));
    char *text = json_dumps(body, JSON_COMPACT);
    json_t *answer = NULL;
    enum pd_fate fate = staff_call(loop, http, "", "/v1/session", text, &answer, reterr);
    if (fate == PD_OK) {
        snprintf(ret_token, HTTP_CLIENT_TOKEN_MAX, "%s", text_of(answer, "token"));
    }
    json_decref(answer);
    json_decref(body);
    free(text);
    return fate;
}

enum pd_fate staff_log_in(uv_loop_t *loop, struct http_client *http, const char *accounts_file, const char *role,
                          char ret_token[HTTP_CLIENT_TOKEN_MAX], struct pd_err *reterr) {
    json_error_t error;
    json_t *accounts = json_load_file(accounts_file, 0, &error);
    enum pd_fate fate = PD_REFUSED;
    size_t i;
    json_t *account;
    json_array_foreach(accounts, i, account) {
        if (strcmp(text_of(account, "role"), role) == 0) {
            fate = open_session(loop, http, account, ret_token, reterr);
            json_decref(accounts);
            return fate;
        }
    }
    fate = pd_fail(reterr, PD_REFUSED, "accounts", "%s: no account with role %s (%s)", accounts_file, role,
                   accounts == NULL ? error.text : "readable");
    json_decref(accounts);
    return fate;
}

enum pd_fate staff_accounts(uv_loop_t *loop, struct http_client *http, const char *admin_token, const char *role,
                            const char *prefix, int count, struct pd_err *reterr) {
    json_t *list = json_array();
    for (int i = 1; i <= count; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%d", prefix, i);
        json_array_append_new(list, json_pack("{ssss}", "username", name, "role", role));
    }
    json_t *body = json_pack("{so}", "accounts", list);
    char *text = json_dumps(body, JSON_COMPACT);
    enum pd_fate fate = staff_call(loop, http, admin_token, "/v1/accounts", text, NULL, reterr);
    json_decref(body);
    free(text);
    return fate;
}

/* One token of many. */
struct wish {
    struct waited waited;
    char body[128];
};

static enum pd_fate take_token(struct wish *wish, const char *name, char token[HTTP_CLIENT_TOKEN_MAX],
                               struct pd_err *reterr) {
    enum pd_fate fate = PD_OK;
    if (wish->waited.status == 201 || wish->waited.status == 200) {
        json_t *answer = json_loads(wish->waited.answer, 0, NULL);
        snprintf(token, HTTP_CLIENT_TOKEN_MAX, "%s", text_of(answer, "token"));
        json_decref(answer);
    } else if (!may_try_again(wish->waited.status)) {
        fate = pd_fail(reterr, PD_REFUSED, "http", "token for %s: %ld %.300s", name, wish->waited.status,
                       wish->waited.answer);
    } else {
        fate = PD_RETRY;
    }
    free(wish->waited.answer);
    return fate;
}

enum pd_fate staff_tokens(uv_loop_t *loop, struct http_client *http, const char *admin_token, const char *const *names,
                          int count, char (*tokens)[HTTP_CLIENT_TOKEN_MAX], struct pd_err *reterr) {
    struct wish wishes[ABREAST];
    int waited_ms = 0;
    for (int first = 0; first < count;) {
        int abreast = count - first < ABREAST ? count - first : ABREAST;
        for (int i = 0; i < abreast; i++) {
            snprintf(wishes[i].body, sizeof wishes[i].body, "{\"username\":\"%s\"}", names[first + i]);
            ask(http, &wishes[i].waited, admin_token, "/v1/tokens", wishes[i].body);
        }
        while (http_client_pending(http) > 0) {
            uv_run(loop, UV_RUN_ONCE);
        }
        int good = 0;
        bool in_row = true;
        for (int i = 0; i < abreast; i++) {
            enum pd_fate fate = take_token(&wishes[i], names[first + i], tokens[first + i], reterr);
            if (fate == PD_REFUSED) {
                return fate;
            }
            in_row = in_row && fate == PD_OK;
            good += in_row;
        }
        first += good;
        if (good < abreast) {
            if ((waited_ms += PAUSE_MS) > PATIENCE_MS) {
                return pd_fail(reterr, PD_RETRY, "http", "token for %s: the gateway is too busy", names[first]);
            }
            pause_loop(loop, PAUSE_MS);
        }
    }
    return PD_OK;
}
