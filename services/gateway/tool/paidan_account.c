/* paidan_account.c - makes or changes one account directly in the gateway's database
 *
 * Use       paidan_account USERNAME ROLE [WORKER_ID] < file-with-password
 *           ROLE is operator, dispatcher, worker, supervisor or admin. Environment: PAIDAN_PG_CONNINFO, PGPASSFILE.
 *           For the first administrator, and for getting in again when the last password is lost; else POST /v1/accounts.
 * Promise   the password is read from standard input (first line), never from the command line, and stored as Argon2id.
 *           An account of that name gets the new password, role and worker.
 * Fails     exit 1 with one line on stderr; 2 for wrong usage. */
#include <libpq-fe.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PASSWORD_MIN = 10, PASSWORD_MAX = 256, ID_TEXT = 37 };

/* Numbers of paidan.common.v1.Role. */
static const struct role {
    const char *word, *number;
} roles[] = {{"operator", "1"}, {"dispatcher", "2"}, {"worker", "3"}, {"supervisor", "4"}, {"admin", "5"}};

static const char *role_number(const char *word) {
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i].word, word) == 0) {
            return roles[i].number;
        }
    }
    return NULL;
}

static bool read_password(char ret_password[PASSWORD_MAX + 2]) {
    if (fgets(ret_password, PASSWORD_MAX + 2, stdin) == NULL) {
        return false;
    }
    ret_password[strcspn(ret_password, "\r\n")] = '\0';
    size_t length = strlen(ret_password);
    return length >= PASSWORD_MIN && length <= PASSWORD_MAX;
}

/* A random id in UUID form (version 4). */
static void new_id(char ret_text[ID_TEXT]) {
    unsigned char b[16];
    randombytes_buf(b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(ret_text, ID_TEXT, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

static int save(const char *username, const char *role, const char *worker_id, const char *hash) {
    const char *conninfo = getenv("PAIDAN_PG_CONNINFO");
    char id[ID_TEXT];
    new_id(id);
    const char *values[] = {id, username, hash, role, worker_id};
    PGconn *connection = PQconnectdb(conninfo != NULL ? conninfo : "dbname=paidan user=gateway");
    if (PQstatus(connection) != CONNECTION_OK) {
        fprintf(stderr, "paidan_account: %s", PQerrorMessage(connection));
        PQfinish(connection);
        return 1;
    }
    PGresult *result = PQexecParams(connection,
                                    "INSERT INTO gateway.account (id, username, password_hash, role, worker_id)"
                                    " VALUES ($1::uuid, $2, $3, $4::smallint, $5)"
                                    " ON CONFLICT (username) DO UPDATE SET password_hash = excluded.password_hash,"
                                    " role = excluded.role, worker_id = excluded.worker_id",
                                    5, NULL, values, NULL, NULL, 0);
    int status = PQresultStatus(result) == PGRES_COMMAND_OK ? 0 : 1;
    if (status != 0) {
        fprintf(stderr, "paidan_account: %s", PQerrorMessage(connection));
    }
    PQclear(result);
    PQfinish(connection);
    return status;
}

int main(int argc, char **argv) {
    const char *role = argc >= 3 ? role_number(argv[2]) : NULL;
    if (argc < 3 || argc > 4 || role == NULL || argv[1][0] == '\0') {
        fprintf(stderr,
                "usage: paidan_account USERNAME operator|dispatcher|worker|supervisor|admin [WORKER_ID] < password\n");
        return 2;
    }
    char password[PASSWORD_MAX + 2], hash[crypto_pwhash_STRBYTES];
    if (sodium_init() < 0 || !read_password(password)) {
        fprintf(stderr, "paidan_account: no password of %d to %d bytes on standard input\n", PASSWORD_MIN,
                PASSWORD_MAX);
        return 1;
    }
    int hashed = crypto_pwhash_str(hash, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                   crypto_pwhash_MEMLIMIT_INTERACTIVE);
    sodium_memzero(password, sizeof password);
    if (hashed != 0) {
        fprintf(stderr, "paidan_account: not enough memory to hash the password\n");
        return 1;
    }
    return save(argv[1], role, argc == 4 ? argv[3] : NULL, hash);
}
