#include "gateway/shell/accounts.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/id.h"
#include "gateway/shell/answer.h"
#include "gateway/shell/door.h"
#include "gateway/shell/log.h"
#include "gateway/shell/password.h"
#include "gateway/shell/store.h"
#include "paidan/gateway/v1/gateway.pb-c.h"

struct putting {
    struct lane_job job;
    struct gateway *gateway;
    struct http_ref ref;
    char by[SESSION_ACCOUNT_TEXT];
    size_t count, hashed;
    struct store_account *accounts;
    char (*passwords)[PASSWORD_MAX + 1];
    uint8_t (*ended)[SESSION_HASH_SIZE];
    size_t ended_count;
    enum pd_fate fate;
    struct pd_err err;
};

static void putting_free(struct putting *putting) {
    if (putting->passwords != NULL) {
        sodium_memzero(putting->passwords, putting->count * sizeof *putting->passwords);
    }
    free(putting->passwords);
    free(putting->accounts);
    free(putting->ended);
    free(putting);
}

static void refuse_busy(struct putting *putting) {
    struct http_request *req = http_held(putting->ref);
    if (req != NULL) {
        answer_busy(putting->gateway, req, "Accounts cannot be saved now. Nothing was done; try again.");
    }
    putting_free(putting);
}

static void go_on(struct lane *lane, struct putting *putting, void (*work)(struct lane_job *),
                  void (*done)(struct lane_job *)) {
    putting->job.work = work;
    putting->job.done = done;
    if (!lane_push(lane, &putting->job)) {
        refuse_busy(putting);
    }
}

/* ---- third: saved */

static void put_3_saved(struct lane_job *job) {
    struct putting *putting = (struct putting *)job;
    struct gateway *gateway = putting->gateway;
    gateway_database(gateway, putting->fate, &putting->err, "accounts");
    if (putting->fate != PD_OK) {
        refuse_busy(putting);
        return;
    }
    for (size_t i = 0; i < putting->ended_count; i++) {
        door_ended(gateway, putting->ended[i]);
    }
    log_event(ACCOUNTS_CHANGED, &(struct log_ids){.peer = putting->by}, putting->count, putting->ended_count);
    struct http_request *req = http_held(putting->ref);
    if (req != NULL) {
        Paidan__Gateway__V1__PutAccountsResponse response = PAIDAN__GATEWAY__V1__PUT_ACCOUNTS_RESPONSE__INIT;
        response.accounts = (int32_t)putting->count;
        answer_message(gateway, req, 200, &response.base);
    }
    putting_free(putting);
}

static void put_work(struct lane_job *job) {
    struct putting *putting = (struct putting *)job;
    putting->fate = store_put_accounts(putting->gateway->pg, putting->accounts, putting->count, &putting->ended,
                                       &putting->ended_count, &putting->err);
}

/* ---- second: the passwords, one by one */

static void put_2_hashed(struct lane_job *job);

static void hash_work(struct lane_job *job) {
    struct putting *putting = (struct putting *)job;
    size_t i = putting->hashed;
    putting->fate = password_hash(putting->accounts[i].password_hash, putting->passwords[i]) ? PD_OK : PD_RETRY;
}

static void hash_next(struct putting *putting) {
    while (putting->hashed < putting->count && putting->passwords[putting->hashed][0] == '\0') {
        putting->hashed++;
    }
    if (putting->hashed < putting->count) {
        go_on(&putting->gateway->hashing, putting, hash_work, put_2_hashed);
    } else {
        go_on(&putting->gateway->database, putting, put_work, put_3_saved);
    }
}

static void put_2_hashed(struct lane_job *job) {
    struct putting *putting = (struct putting *)job;
    if (putting->fate != PD_OK || http_held(putting->ref) == NULL) {
        refuse_busy(putting);
        return;
    }
    putting->hashed++;
    hash_next(putting);
}

/* ---- first: what is asked */

/* NULL, or what is wrong with the account. */
static const char *complaint(const Paidan__Gateway__V1__NewAccount *account) {
    size_t password = strlen(account->password);
    bool is_worker = account->role == PAIDAN__COMMON__V1__ROLE__ROLE_WORKER;
    if (!caller_username_ok(account->username)) {
        return "username must be 1 to 64 letters, digits or . _ @ -";
    }
    if (account->role < PAIDAN__COMMON__V1__ROLE__ROLE_OPERATOR ||
        account->role > PAIDAN__COMMON__V1__ROLE__ROLE_ADMIN) {
        return "role must be operator, dispatcher, worker, supervisor or admin";
    }
    if (password != 0 && (password < PASSWORD_MIN || password > PASSWORD_MAX)) {
        return "password must have 8 to 256 bytes, or be empty: then nobody can log in with one";
    }
    if (is_worker && !caller_worker_id_ok(account->worker_id)) {
        return "worker_id must be 1 to 31 letters, digits or . _ - for a worker";
    }
    if (!is_worker && account->worker_id[0] != '\0') {
        return "worker_id is for the role worker only";
    }
    return NULL;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(((const struct store_account *)a)->username, ((const struct store_account *)b)->username);
}

/* The sorted copy tells names given twice. */
static bool has_twins(const struct store_account *accounts, size_t count, struct store_account *copy) {
    memcpy(copy, accounts, count * sizeof *copy);
    qsort(copy, count, sizeof *copy, compare_names);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(copy[i - 1].username, copy[i].username) == 0) {
            return true;
        }
    }
    return false;
}

static void fill(struct putting *putting, const Paidan__Gateway__V1__PutAccountsRequest *asked) {
    for (size_t i = 0; i < putting->count; i++) {
        const Paidan__Gateway__V1__NewAccount *from = asked->accounts[i];
        struct store_account *to = &putting->accounts[i];
        uint8_t random[PD_ID_RANDOM];
        randombytes_buf(random, sizeof random);
        struct pd_id id = pd_id_v7(gateway_now_us() / 1000, random);
        memcpy(to->id, id.b, sizeof to->id);
        snprintf(to->username, sizeof to->username, "%s", from->username);
        to->role = (uint32_t)from->role;
        snprintf(to->worker_id, sizeof to->worker_id, "%s", from->worker_id);
        snprintf(putting->passwords[i], sizeof putting->passwords[i], "%s", from->password);
    }
}

static bool check(struct exchange *exchange, const Paidan__Gateway__V1__PutAccountsRequest *asked) {
    char detail[160];
    if (asked->n_accounts > ACCOUNTS_MAX) {
        answer_refusal(exchange->gateway, exchange->req, WIRE_PROBLEM_TOO_LARGE,
                       "At most 500 accounts in a call. Split it.");
        return false;
    }
    for (size_t i = 0; i < asked->n_accounts; i++) {
        const char *wrong = complaint(asked->accounts[i]);
        if (wrong != NULL) {
            snprintf(detail, sizeof detail, "/accounts/%zu: %s.", i, wrong);
            answer_refusal(exchange->gateway, exchange->req, WIRE_PROBLEM_WRONG_TYPE, detail);
            return false;
        }
    }
    return true;
}

void accounts_put(struct exchange *exchange, const ProtobufCMessage *message) {
    const Paidan__Gateway__V1__PutAccountsRequest *asked = (const Paidan__Gateway__V1__PutAccountsRequest *)message;
    struct gateway *gateway = exchange->gateway;
    if (!check(exchange, asked)) {
        return;
    }
    size_t count = asked->n_accounts;
    struct store_account *copy = pd_alloc_array(&gateway->scratch, count, sizeof *copy);
    struct putting *putting = calloc(1, sizeof *putting);
    if (putting != NULL) {
        putting->accounts = calloc(count + 1, sizeof *putting->accounts);
        putting->passwords = calloc(count + 1, sizeof *putting->passwords);
        putting->count = count;
    }
    if (copy == NULL || putting == NULL || putting->accounts == NULL || putting->passwords == NULL) {
        answer_busy(gateway, exchange->req, "There is no memory for this call now. Nothing was done; try again.");
        if (putting != NULL) {
            putting_free(putting);
        }
        return;
    }
    putting->gateway = gateway;
    memcpy(putting->by, exchange->who.account_text, sizeof putting->by);
    fill(putting, asked);
    if (has_twins(putting->accounts, count, copy)) {
        answer_refusal(gateway, exchange->req, WIRE_PROBLEM_WRONG_TYPE, "/accounts: a username is given twice.");
        putting_free(putting);
        return;
    }
    putting->ref = http_hold(exchange->req);
    hash_next(putting);
}
