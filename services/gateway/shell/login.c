#include "gateway/shell/login.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/id.h"
#include "common/io/conf.h"
#include "common/io/metrics.h"
#include "gateway/shell/answer.h"
#include "gateway/shell/door.h"
#include "gateway/shell/log.h"
#include "gateway/shell/password.h"
#include "gateway/shell/store.h"
#include "paidan/gateway/v1/gateway.pb-c.h"

/* One log-in, one log-out or one token, on its way through the lanes. */
struct login {
    struct lane_job job;
    struct gateway *gateway;
    struct http_ref ref;
    char password[PASSWORD_MAX + 1];
    uint64_t name_key, address_key; /* buckets of failed log-ins */
    struct store_account account;
    bool found, matches;
    char token[CALLER_TOKEN_LENGTH + 1];
    uint8_t token_hash[SESSION_HASH_SIZE];
    int64_t expires_at_us;
    char by[SESSION_ACCOUNT_TEXT]; /* the administrator who asked for a token */
    enum pd_fate fate;
    struct pd_err err;
};

static struct login *login_new(struct exchange *exchange) {
    struct login *login = calloc(1, sizeof *login);
    if (login == NULL) {
        answer_busy(exchange->gateway, exchange->req, "There is no memory for this call now. Try again.");
        return NULL;
    }
    login->gateway = exchange->gateway;
    login->ref = http_hold(exchange->req);
    return login;
}

static void login_free(struct login *login) {
    sodium_memzero(login, sizeof *login);
    free(login);
}

/* Into the lane, or the end of the log-in. */
static void go_on(struct lane *lane, struct login *login, void (*work)(struct lane_job *),
                  void (*done)(struct lane_job *)) {
    login->job.work = work;
    login->job.done = done;
    if (!lane_push(lane, &login->job)) {
        struct http_request *req = http_held(login->ref);
        if (req != NULL) {
            answer_busy(login->gateway, req, "Too many log-ins wait. Try again.");
        }
        login_free(login);
    }
}

/* The request, if it still waits and the database did what it should; else answers, frees and says NULL. */
static struct http_request *still_wanted(struct login *login) {
    struct http_request *req = http_held(login->ref);
    gateway_database(login->gateway, login->fate, &login->err, "log-in");
    if (login->fate != PD_OK) {
        if (req != NULL) {
            answer_busy(login->gateway, req, "Accounts cannot be read now. Try again.");
        }
        req = NULL;
    }
    if (req == NULL) {
        login_free(login);
    }
    return req;
}

static void give_token(struct login *login, struct http_request *req) {
    Paidan__Gateway__V1__CreateSessionResponse response = PAIDAN__GATEWAY__V1__CREATE_SESSION_RESPONSE__INIT;
    Google__Protobuf__Timestamp expires = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    expires.seconds = login->expires_at_us / 1000000;
    response.token = login->token;
    response.expires_at = &expires;
    response.role = (Paidan__Common__V1__Role)login->account.role;
    response.worker_id = login->account.worker_id;
    answer_message(login->gateway, req, 201, &response.base);
}

/* The session is known here before its bearer is. */
static void remember(struct login *login) {
    struct principal who = {.role = login->account.role, .expires_at_us = login->expires_at_us};
    struct pd_id id;
    memcpy(id.b, login->account.id, sizeof id.b);
    memcpy(who.account_id, login->account.id, sizeof who.account_id);
    pd_id_text(&id, who.account_text);
    memcpy(who.worker_id, login->account.worker_id, sizeof who.worker_id);
    session_put(&login->gateway->sessions, login->token_hash, &who, gateway_now_us() + INT64_C(10000000));
}

static void find_work(struct lane_job *job) {
    struct login *login = (struct login *)job;
    login->fate =
        store_find_account(login->gateway->pg, login->account.username, &login->account, &login->found, &login->err);
}

static void save_work(struct lane_job *job) {
    struct login *login = (struct login *)job;
    login->fate =
        store_open_session(login->gateway->pg, login->token_hash, login->account.id, login->expires_at_us, &login->err);
}

static void prepare_session(struct login *login) {
    door_new_token(login->token, login->token_hash);
    /* whole seconds, so that what the caller is told is what is kept */
    int64_t now_s = gateway_now_us() / 1000000;
    login->expires_at_us = (now_s + login->gateway->conf->session_hours * 3600) * 1000000;
}

/* ---- log-in */

static void create_4_saved(struct lane_job *job) {
    struct login *login = (struct login *)job;
    struct http_request *req = still_wanted(login);
    if (req != NULL) {
        remember(login);
        give_token(login, req);
        login_free(login);
    }
}

static void create_3_checked(struct lane_job *job) {
    struct login *login = (struct login *)job;
    struct gateway *gateway = login->gateway;
    struct http_request *req = still_wanted(login);
    if (req == NULL) {
        return;
    }
    if (!login->matches) {
        metric_add(METRIC_LOGIN_REFUSED, 1);
        log_event(LOGIN_REFUSED, NULL, http_peer(req));
        answer_refusal(gateway, req, WIRE_PROBLEM_UNAUTHENTICATED, "The username or the password is wrong.");
        login_free(login);
        return;
    }
    metric_add(METRIC_LOGIN_OK, 1);
    rate_give(&gateway->bad_name, login->name_key);
    rate_give(&gateway->bad_address, login->address_key);
    prepare_session(login);
    go_on(&gateway->database, login, save_work, create_4_saved);
}

static void check_work(struct lane_job *job) {
    struct login *login = (struct login *)job;
    bool real = login->found && login->account.password_hash[0] != '\0';
    const char *hash = real ? login->account.password_hash : password_nobody();
    login->matches = hash != NULL && password_matches(hash, login->password) && real;
}

static void create_2_found(struct lane_job *job) {
    struct login *login = (struct login *)job;
    if (still_wanted(login) != NULL) {
        go_on(&login->gateway->hashing, login, check_work, create_3_checked);
    }
}

void login_create_session(struct exchange *exchange, const ProtobufCMessage *message) {
    const Paidan__Gateway__V1__CreateSessionRequest *asked = (const Paidan__Gateway__V1__CreateSessionRequest *)message;
    struct gateway *gateway = exchange->gateway;
    if (!caller_username_ok(asked->username) || strlen(asked->password) > PASSWORD_MAX || asked->password[0] == '\0') {
        answer_refusal(gateway, exchange->req, WIRE_PROBLEM_UNAUTHENTICATED, "Give username and password.");
        return;
    }
    const char *peer = http_peer(exchange->req);
    uint64_t name_key = door_key(gateway, asked->username, strlen(asked->username));
    uint64_t address_key = door_key(gateway, peer, strlen(peer));
    int64_t now_us = gateway_now_us();
    int64_t wait_us = rate_take(&gateway->bad_address, address_key, now_us);
    if (wait_us == 0) {
        wait_us = rate_take(&gateway->bad_name, name_key, now_us);
        if (wait_us > 0) {
            rate_give(&gateway->bad_address, address_key);
        }
    }
    if (wait_us > 0) {
        answer_rate(gateway, exchange->req, wait_us);
        return;
    }
    struct login *login = login_new(exchange);
    if (login != NULL) {
        login->name_key = name_key;
        login->address_key = address_key;
        memcpy(login->account.username, asked->username, strlen(asked->username) + 1);
        memcpy(login->password, asked->password, strlen(asked->password) + 1);
        go_on(&gateway->database, login, find_work, create_2_found);
    }
}

/* ---- log-out */

static void delete_work(struct lane_job *job) {
    struct login *login = (struct login *)job;
    login->fate = store_end_session(login->gateway->pg, login->token_hash, &login->err);
}

static void delete_2_saved(struct lane_job *job) {
    struct login *login = (struct login *)job;
    if (login->fate == PD_OK) {
        door_ended(login->gateway, login->token_hash); /* again: it may have been read while it was being ended */
    }
    struct http_request *req = still_wanted(login);
    if (req != NULL) {
        answer_empty(login->gateway, req, 204);
        login_free(login);
    }
}

void login_delete_session(struct exchange *exchange) {
    struct login *login = login_new(exchange);
    if (login != NULL) {
        memcpy(login->token_hash, exchange->token_hash, SESSION_HASH_SIZE);
        go_on(&exchange->gateway->database, login, delete_work, delete_2_saved);
    }
}

/* ---- token for another account */

static void token_3_saved(struct lane_job *job) {
    struct login *login = (struct login *)job;
    struct http_request *req = still_wanted(login);
    if (req != NULL) {
        struct pd_id id;
        char account[PD_ID_TEXT];
        memcpy(id.b, login->account.id, sizeof id.b);
        log_event(TOKEN_MADE, NULL, pd_id_text(&id, account), login->by);
        give_token(login, req);
        login_free(login);
    }
}

static void token_2_found(struct lane_job *job) {
    struct login *login = (struct login *)job;
    struct gateway *gateway = login->gateway;
    struct http_request *req = still_wanted(login);
    if (req == NULL) {
        return;
    }
    if (!login->found) {
        answer_refusal(gateway, req, WIRE_PROBLEM_NOT_FOUND, "There is no account of this name.");
    } else if (1u << login->account.role == WO_ROLE_ADMIN) {
        answer_refusal(gateway, req, WIRE_PROBLEM_FORBIDDEN, "An administrator's session needs his own password.");
    } else {
        prepare_session(login);
        go_on(&gateway->database, login, save_work, token_3_saved);
        return;
    }
    login_free(login);
}

void login_create_token(struct exchange *exchange, const ProtobufCMessage *message) {
    const Paidan__Gateway__V1__CreateTokenRequest *asked = (const Paidan__Gateway__V1__CreateTokenRequest *)message;
    if (!caller_username_ok(asked->username)) {
        answer_refusal(exchange->gateway, exchange->req, WIRE_PROBLEM_NOT_FOUND, "There is no account of this name.");
        return;
    }
    struct login *login = login_new(exchange);
    if (login != NULL) {
        memcpy(login->account.username, asked->username, strlen(asked->username) + 1);
        memcpy(login->by, exchange->who.account_text, sizeof login->by);
        go_on(&exchange->gateway->database, login, find_work, token_2_found);
    }
}
