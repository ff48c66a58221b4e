#include "gateway/shell/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/id.h"
#include "sql/gateway_sql.h"

enum { ARENA_FIRST = 4096, ARENA_MAX = 4 * 1024 * 1024 };

/* Answers in *ret_result, which belongs to pg until pg_release(). Asks again once when the connection was lost: it may have died
 * while nobody used it. Only for statements that may run twice. */
static enum pd_fate query(struct pg *pg, const char *sql, struct pg_args *args, struct pg_result **ret_result,
                          struct pd_err *err) {
    enum pd_fate fate = PD_RETRY;
    for (int attempt = 0; attempt < 2; attempt++) {
        fate = pg_ensure(pg, err);
        if (fate != PD_OK) {
            return fate;
        }
        fate = pg_query(pg, sql, args, ret_result, err);
        if (fate != PD_RETRY && fate != PD_UNKNOWN) {
            return fate;
        }
    }
    return fate;
}

static void copy_text(char *to, size_t size, const char *text) {
    snprintf(to, size, "%s", text);
}

enum pd_fate store_find_account(struct pg *pg, const char *username, struct store_account *ret_account, bool *ret_found,
                                struct pd_err *err) {
    struct pd_arena arena;
    pd_arena_init(&arena, ARENA_FIRST, ARENA_MAX);
    struct pg_args args;
    pg_args_init(&args, &arena);
    pg_arg_text(&args, username);
    struct pg_result *result = NULL;
    enum pd_fate fate = query(pg, SQL_FIND_ACCOUNT, &args, &result, err);
    if (fate == PD_OK) {
        *ret_found = pg_rows(result) == 1;
        if (*ret_found) {
            memset(ret_account, 0, sizeof *ret_account);
            pg_uuid(result, 0, 0, ret_account->id);
            copy_text(ret_account->username, sizeof ret_account->username, username);
            copy_text(ret_account->password_hash, sizeof ret_account->password_hash, pg_text(result, 0, 1));
            ret_account->role = (uint32_t)pg_int2(result, 0, 2);
            copy_text(ret_account->worker_id, sizeof ret_account->worker_id, pg_text(result, 0, 3));
        }
    }
    pg_release(pg);
    pd_arena_fini(&arena);
    return fate;
}

enum pd_fate store_find_session(struct pg *pg, const uint8_t token_hash[SESSION_HASH_SIZE], struct principal *ret_who,
                                bool *ret_found, struct pd_err *err) {
    struct pd_arena arena;
    pd_arena_init(&arena, ARENA_FIRST, ARENA_MAX);
    struct pg_args args;
    pg_args_init(&args, &arena);
    pg_arg_bytea(&args, token_hash, SESSION_HASH_SIZE);
    struct pg_result *result = NULL;
    enum pd_fate fate = query(pg, SQL_FIND_SESSION, &args, &result, err);
    if (fate == PD_OK) {
        *ret_found = pg_rows(result) == 1;
        if (*ret_found) {
            struct pd_id id;
            memset(ret_who, 0, sizeof *ret_who);
            pg_uuid(result, 0, 0, ret_who->account_id);
            memcpy(id.b, ret_who->account_id, sizeof id.b);
            pd_id_text(&id, ret_who->account_text);
            ret_who->role = (uint32_t)pg_int2(result, 0, 1);
            copy_text(ret_who->worker_id, sizeof ret_who->worker_id, pg_text(result, 0, 2));
            ret_who->expires_at_us = pg_time(result, 0, 3);
        }
    }
    pg_release(pg);
    pd_arena_fini(&arena);
    return fate;
}

enum pd_fate store_open_session(struct pg *pg, const uint8_t token_hash[SESSION_HASH_SIZE],
                                const uint8_t account_id[16], int64_t expires_at_us, struct pd_err *err) {
    struct pd_arena arena;
    pd_arena_init(&arena, ARENA_FIRST, ARENA_MAX);
    struct pg_args args;
    pg_args_init(&args, &arena);
    pg_arg_bytea(&args, token_hash, SESSION_HASH_SIZE);
    pg_arg_uuid(&args, account_id);
    pg_arg_time(&args, expires_at_us);
    struct pg_result *result = NULL;
    enum pd_fate fate = query(pg, SQL_OPEN_SESSION, &args, &result, err);
    pg_release(pg);
    pd_arena_fini(&arena);
    return fate;
}

enum pd_fate store_end_session(struct pg *pg, const uint8_t token_hash[SESSION_HASH_SIZE], struct pd_err *err) {
    struct pd_arena arena;
    pd_arena_init(&arena, ARENA_FIRST, ARENA_MAX);
    struct pg_args args;
    pg_args_init(&args, &arena);
    pg_arg_bytea(&args, token_hash, SESSION_HASH_SIZE);
    struct pg_result *result = NULL;
    enum pd_fate fate = query(pg, SQL_END_SESSION, &args, &result, err);
    pg_release(pg);
    pd_arena_fini(&arena);
    return fate;
}

static void put_accounts_args(struct pd_arena *arena, struct pg_args *args, const struct store_account *accounts,
                              size_t count) {
    struct pg_array ids, usernames, hashes, roles, workers;
    pg_array_init(&ids, arena, PG_UUID);
    pg_array_init(&usernames, arena, PG_TEXT);
    pg_array_init(&hashes, arena, PG_TEXT);
    pg_array_init(&roles, arena, PG_INT2);
    pg_array_init(&workers, arena, PG_TEXT);
    for (size_t i = 0; i < count; i++) {
        pg_array_uuid(&ids, accounts[i].id);
        pg_array_text(&usernames, accounts[i].username);
        pg_array_text(&hashes, accounts[i].password_hash[0] != '\0' ? accounts[i].password_hash : NULL);
        pg_array_int2(&roles, (int16_t)accounts[i].role);
        pg_array_text(&workers, accounts[i].worker_id[0] != '\0' ? accounts[i].worker_id : NULL);
    }
    pg_args_init(args, arena);
    pg_arg_array(args, &ids);
    pg_arg_array(args, &usernames);
    pg_arg_array(args, &hashes);
    pg_arg_array(args, &roles);
    pg_arg_array(args, &workers);
}

/* The first column of every row, malloc'd. */
static enum pd_fate copy_hashes(const struct pg_result *result, uint8_t (**ret_hashes)[SESSION_HASH_SIZE],
                                size_t *ret_count, struct pd_err *err) {
    size_t rows = (size_t)pg_rows(result);
    uint8_t(*hashes)[SESSION_HASH_SIZE] = calloc(rows + 1, sizeof *hashes);
    if (hashes == NULL) {
        return pd_fail(err, PD_RETRY, "memory", "no memory for %zu ended sessions", rows);
    }
    for (size_t i = 0; i < rows; i++) {
        size_t length = 0;
        const uint8_t *hash = pg_bytea(result, (int)i, 0, &length);
        if (length == SESSION_HASH_SIZE) {
            memcpy(hashes[i], hash, SESSION_HASH_SIZE);
        }
    }
    *ret_hashes = hashes;
    *ret_count = rows;
    return PD_OK;
}

enum pd_fate store_put_accounts(struct pg *pg, const struct store_account *accounts, size_t count,
                                uint8_t (**ret_ended)[SESSION_HASH_SIZE], size_t *ret_ended_count, struct pd_err *err) {
    struct pd_arena arena;
    pd_arena_init(&arena, ARENA_FIRST, ARENA_MAX);
    struct pg_args args;
    put_accounts_args(&arena, &args, accounts, count);
    struct pg_result *result = NULL;
    enum pd_fate fate = query(pg, SQL_PUT_ACCOUNTS, &args, &result, err);
    if (fate == PD_OK) {
        fate = copy_hashes(result, ret_ended, ret_ended_count, err);
    }
    pg_release(pg);
    pd_arena_fini(&arena);
    return fate;
}

enum pd_fate store_sweep(struct pg *pg, struct pd_err *err) {
    struct pg_result *result = NULL;
    enum pd_fate fate = query(pg, SQL_SWEEP_SESSIONS, NULL, &result, err);
    pg_release(pg);
    return fate;
}

enum pd_fate store_ping(struct pg *pg, struct pd_err *err) {
    static const uint8_t nobody[SESSION_HASH_SIZE];
    struct principal who;
    bool found = false;
    return store_find_session(pg, nobody, &who, &found, err);
}
