/* paidan_account.c - makes or changes one account directly in the gateway's database
 *
 * Use       paidan_account USERNAME ROLE [WORKER_ID] < file-with-password
 *           ROLE is operator, dispatcher, worker, supervisor or admin. Environment: PAIDAN_PG_CONNINFO, PGPASSFILE.
 *           For the first administrator, and for getting in again when the last password is lost; else POST /v1/accounts.
 * Promise   the password is read from standard input (first line), never from the command line, and stored as Argon2id.
 *           An account of that name gets the new password, role and worker, and its sessions end; with the password, role and worker
 *           that it has already, nothing changes.
 * Fails     exit 1 with one line on stderr; 2 for wrong usage. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/id.h"
#include "gateway/shell/password.h"
#include "gateway/shell/store.h"

/* Numbers of paidan.common.v1.Role. */
static uint32_t role_number(const char *word) {
    static const char *const roles[] = {"operator", "dispatcher", "worker", "supervisor", "admin"};
    for (uint32_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i], word) == 0) {
            return i + 1;
        }
    }
    return 0;
}

static bool read_password(char ret_password[PASSWORD_MAX + 2]) {
    if (fgets(ret_password, PASSWORD_MAX + 2, stdin) == NULL) {
        return false;
    }
    ret_password[strcspn(ret_password, "\r\n")] = '\0';
    size_t length = strlen(ret_password);
    return length >= PASSWORD_MIN && length <= PASSWORD_MAX;
}

static void new_id(uint8_t ret_id[16]) {
    uint8_t random[PD_ID_RANDOM];
    randombytes_buf(random, sizeof random);
    struct pd_id id = pd_id_v7((int64_t)time(NULL) * 1000, random);
    memcpy(ret_id, id.b, sizeof id.b);
}

/* A password that matches keeps its hash, so that its sessions go on. */
static enum pd_fate save(struct pg *pg, struct store_account *account, const char *password, struct pd_err *err) {
    struct store_account old;
    bool found = false;
    enum pd_fate fate = store_find_account(pg, account->username, &old, &found, err);
    if (fate != PD_OK) {
        return fate;
    }
    if (found && old.password_hash[0] != '\0' && password_matches(old.password_hash, password)) {
        memcpy(account->password_hash, old.password_hash, sizeof account->password_hash);
    } else if (!password_hash(account->password_hash, password)) {
        return pd_fail(err, PD_RETRY, "memory", "not enough memory to hash the password");
    }
    uint8_t(*ended)[SESSION_HASH_SIZE] = NULL;
    size_t ended_count = 0;
    fate = store_put_accounts(pg, account, 1, &ended, &ended_count, err);
    free(ended);
    return fate;
}

static int complain(const char *text) {
    fprintf(stderr, "paidan_account: %s\n", text);
    return 1;
}

int main(int argc, char **argv) {
    struct store_account account = {.role = argc >= 3 ? role_number(argv[2]) : 0};
    const char *worker_id = argc == 4 ? argv[3] : "";
    if (argc < 3 || argc > 4 || account.role == 0) {
        fprintf(stderr,
                "usage: paidan_account USERNAME operator|dispatcher|worker|supervisor|admin [WORKER_ID] < password\n");
        return 2;
    }
    if (!caller_username_ok(argv[1])) {
        return complain("a username is 1 to 64 letters, digits or . _ @ -");
    }
    if ((account.role == 3) != (argc == 4) || (argc == 4 && !caller_worker_id_ok(worker_id))) {
        return complain("a worker, and nobody else, has a WORKER_ID of 1 to 31 letters, digits or . _ -");
    }
    char password[PASSWORD_MAX + 2];
    if (sodium_init() < 0 || !read_password(password)) {
        return complain("no password of 8 to 256 bytes on standard input");
    }
    snprintf(account.username, sizeof account.username, "%s", argv[1]);
    snprintf(account.worker_id, sizeof account.worker_id, "%s", worker_id);
    new_id(account.id);
    const char *conninfo = getenv("PAIDAN_PG_CONNINFO");
    struct pg *pg = pg_new(conninfo != NULL ? conninfo : "dbname=paidan user=gateway", "paidan_account");
    struct pd_err err = {0};
    enum pd_fate fate =
        pg == NULL ? pd_fail(&err, PD_RETRY, "memory", "no memory") : save(pg, &account, password, &err);
    sodium_memzero(password, sizeof password);
    pg_free(pg);
    return fate == PD_OK ? 0 : complain(err.text);
}
