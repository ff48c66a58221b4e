#include "gateway/shell/door.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/conf.h"
#include "gateway/shell/log.h"
#include "gateway/shell/store.h"
#include "gateway/shell/stream.h"

enum {
    SESSION_SETS = 16384,
    RATE_SETS = 4096,
    BURST_S = 2,         /* a bucket holds so many seconds' worth */
    ADDRESS_FACTOR = 10, /* many people may sit behind one address */
    FRESH_S = 60,
    BAD_NAME_PER_KS = 33, /* failed log-ins in 1,000 s: one in 30 s */
    BAD_NAME_BURST = 20,
    BAD_ADDRESS_PER_KS = 500, /* one in 2 s */
    BAD_ADDRESS_BURST = 100
};

enum pd_fate door_open(struct gateway *gateway, struct pd_err *err) {
    struct session *slots = calloc((size_t)SESSION_SETS * SESSION_WAYS, sizeof *slots);
    struct rate_bucket *buckets = calloc((size_t)4 * RATE_SETS * RATE_WAYS, sizeof *buckets);
    if (slots == NULL || buckets == NULL) {
        free(slots);
        free(buckets);
        return pd_fail(err, PD_RETRY, "memory", "no memory for sessions and rates");
    }
    session_cache_init(&gateway->sessions, slots, SESSION_SETS);
    size_t each = (size_t)RATE_SETS * RATE_WAYS;
    int64_t per_s = gateway->conf->rate_limit;
    rate_init(&gateway->by_principal, buckets, RATE_SETS, per_s * 1000, per_s * BURST_S);
    rate_init(&gateway->by_address, buckets + each, RATE_SETS, per_s * ADDRESS_FACTOR * 1000,
              per_s * ADDRESS_FACTOR * BURST_S);
    rate_init(&gateway->bad_name, buckets + 2 * each, RATE_SETS, BAD_NAME_PER_KS, BAD_NAME_BURST);
    rate_init(&gateway->bad_address, buckets + 3 * each, RATE_SETS, BAD_ADDRESS_PER_KS, BAD_ADDRESS_BURST);
    randombytes_buf(gateway->hash_key, sizeof gateway->hash_key);
    return PD_OK;
}

void door_close(struct gateway *gateway) {
    free(gateway->sessions.slots);
    free(gateway->by_principal.buckets);
}

/* ---- how often */

uint64_t door_key(const struct gateway *gateway, const void *bytes, size_t length) {
    uint64_t key = 0;
    _Static_assert(sizeof key == crypto_shorthash_BYTES && sizeof gateway->hash_key == crypto_shorthash_KEYBYTES,
                   "fits");
    crypto_shorthash((unsigned char *)&key, bytes, length, gateway->hash_key);
    return key;
}

int64_t door_address_wait_us(struct gateway *gateway, const char *peer) {
    return rate_take(&gateway->by_address, door_key(gateway, peer, strlen(peer)), gateway_now_us());
}

int64_t door_principal_wait_us(struct gateway *gateway, const struct principal *who) {
    return rate_take(&gateway->by_principal, door_key(gateway, who->account_id, sizeof who->account_id),
                     gateway_now_us());
}

/* ---- who */

void door_token_hash(const char *token, uint8_t ret_hash[SESSION_HASH_SIZE]) {
    crypto_hash_sha256(ret_hash, (const unsigned char *)token, strlen(token));
}

void door_new_token(char ret_token[CALLER_TOKEN_LENGTH + 1], uint8_t ret_hash[SESSION_HASH_SIZE]) {
    unsigned char random[32];
    randombytes_buf(random, sizeof random);
    sodium_bin2base64(ret_token, CALLER_TOKEN_LENGTH + 1, random, sizeof random,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    door_token_hash(ret_token, ret_hash);
    sodium_memzero(random, sizeof random);
}

const struct principal *door_who(const struct gateway *gateway, const uint8_t token_hash[SESSION_HASH_SIZE]) {
    const struct session *session = session_find(&gateway->sessions, token_hash, gateway_now_us());
    return session == NULL ? NULL : &session->who;
}

struct who_job {
    struct lane_job job;
    struct gateway *gateway;
    struct http_ref ref;
    uint8_t token_hash[SESSION_HASH_SIZE];
    void (*answer)(struct gateway *gateway, struct http_request *req, enum pd_fate fate, const struct principal *who);
    enum pd_fate fate;
    struct pd_err err;
    bool found;
    struct principal who;
};

static void who_work(struct lane_job *job) {
    struct who_job *who = (struct who_job *)job;
    who->fate = store_find_session(who->gateway->pg, who->token_hash, &who->who, &who->found, &who->err);
}

static void who_done(struct lane_job *job) {
    struct who_job *who = (struct who_job *)job;
    struct gateway *gateway = who->gateway;
    gateway->database_ok = who->fate == PD_OK;
    if (who->fate != PD_OK) {
        log_event(STORE_FAILED, &(struct log_ids){.err = &who->err}, "session");
    } else if (who->found) {
        session_put(&gateway->sessions, who->token_hash, &who->who, gateway_now_us() + INT64_C(1000000) * FRESH_S);
    }
    struct http_request *req = http_held(who->ref);
    if (req != NULL) {
        who->answer(gateway, req, who->fate == PD_OK ? PD_OK : PD_RETRY, who->found ? &who->who : NULL);
    }
    free(who);
}

void door_ask(struct gateway *gateway, struct http_request *req, const uint8_t token_hash[SESSION_HASH_SIZE],
              void (*answer)(struct gateway *gateway, struct http_request *req, enum pd_fate fate,
                             const struct principal *who)) {
    struct who_job *who = calloc(1, sizeof *who);
    if (who == NULL) {
        answer(gateway, req, PD_RETRY, NULL);
        return;
    }
    *who = (struct who_job){.job = {.work = who_work, .done = who_done}, .gateway = gateway, .answer = answer};
    memcpy(who->token_hash, token_hash, SESSION_HASH_SIZE);
    who->ref = http_hold(req);
    if (!lane_push(&gateway->database, &who->job)) {
        free(who);
        answer(gateway, req, PD_RETRY, NULL);
    }
}

void door_ended(struct gateway *gateway, const uint8_t token_hash[SESSION_HASH_SIZE]) {
    session_drop(&gateway->sessions, token_hash);
    stream_end(gateway->stream, token_hash);
}
