/* store.h - accounts and sessions in PostgreSQL
 *
 * Use       from jobs of the database lane, and from paidan_account.
 * Promise   what only reads, or may be done twice, is tried once more when the connection turns out to be dead.
 * Fails     as common/io/pg.h says. `found` is false when there is no such row.
 * Memory    each call has an arena of its own; what it returns is in the caller's structs.
 * Threads   one at a time per struct pg. */
#ifndef GATEWAY_SHELL_STORE_H
#define GATEWAY_SHELL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/io/pg.h"
#include "gateway/core/caller.h"
#include "gateway/core/session.h"

enum { STORE_HASH_MAX = 128 };

struct store_account {
    uint8_t id[16]; /* of a new account; an existing one keeps its own */
    char username[CALLER_USERNAME_MAX + 1];
    char password_hash[STORE_HASH_MAX]; /* "": no log-in by password */
    uint32_t role;
    char worker_id[SESSION_WORKER_MAX]; /* "": none */
};

enum pd_fate store_find_account(struct pg *pg, const char *username, struct store_account *ret_account, bool *ret_found,
                                struct pd_err *err);

enum pd_fate store_find_session(struct pg *pg, const uint8_t token_hash[SESSION_HASH_SIZE], struct principal *ret_who,
                                bool *ret_found, struct pd_err *err);

enum pd_fate store_open_session(struct pg *pg, const uint8_t token_hash[SESSION_HASH_SIZE],
                                const uint8_t account_id[16], int64_t expires_at_us, struct pd_err *err);

enum pd_fate store_end_session(struct pg *pg, const uint8_t token_hash[SESSION_HASH_SIZE], struct pd_err *err);

/* Creates or changes; usernames must differ. *ret_ended: hashes of the sessions that ended thereby, malloc'd, the caller frees. */
enum pd_fate store_put_accounts(struct pg *pg, const struct store_account *accounts, size_t count,
                                uint8_t (**ret_ended)[SESSION_HASH_SIZE], size_t *ret_ended_count, struct pd_err *err);

/* Forgets sessions that ended long ago. */
enum pd_fate store_sweep(struct pg *pg, struct pd_err *err);

/* Is the database there and migrated? */
enum pd_fate store_ping(struct pg *pg, struct pd_err *err);

#endif
