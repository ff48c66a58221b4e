#include "common/io/pg.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENT_MAX = 512 };

/* What one place in the pipeline is waiting for. */
enum slot { SLOT_STATEMENT, SLOT_PREPARE, SLOT_CONTROL };

struct pg {
    char *conninfo;
    char *name;
    PGconn *conn;
    pthread_mutex_t cancel_lock; /* guards cancel: pg_cancel_any() comes from other threads */
    PGcancel *cancel;

    const char *prepared[STATEMENT_MAX]; /* SQL texts known to the server, by address; index is the statement's name */
    int prepared_count;

    enum slot queued[2 * PG_QUEUE_MAX + 4];
    int queued_count;
    bool in_transaction;
    bool commit_sent;

    PGresult *results[PG_QUEUE_MAX];
    int result_count, taken;
};

struct pg *pg_new(const char *conninfo, const char *application_name) {
    struct pg *pg = calloc(1, sizeof *pg);
    if (pg == NULL) {
        return NULL;
    }
    pg->conninfo = strdup(conninfo);
    pg->name = strdup(application_name);
    if (pg->conninfo == NULL || pg->name == NULL || pthread_mutex_init(&pg->cancel_lock, NULL) != 0) {
        free(pg->conninfo);
        free(pg->name);
        free(pg);
        return NULL;
    }
    return pg;
}

void pg_release(struct pg *pg) {
    for (int i = 0; i < pg->result_count; i++) {
        PQclear(pg->results[i]);
    }
    pg->result_count = 0;
    pg->taken = 0;
}

static void forget_queue(struct pg *pg) {
    pg->queued_count = 0;
    pg->in_transaction = false;
    pg->commit_sent = false;
}

void pg_reset(struct pg *pg) {
    pthread_mutex_lock(&pg->cancel_lock);
    PQfreeCancel(pg->cancel);
    pg->cancel = NULL;
    pthread_mutex_unlock(&pg->cancel_lock);
    PQfinish(pg->conn);
    pg->conn = NULL;
    pg->prepared_count = 0;
    forget_queue(pg);
}

void pg_free(struct pg *pg) {
    if (pg == NULL) {
        return;
    }
    pg_release(pg);
    pg_reset(pg);
    pthread_mutex_destroy(&pg->cancel_lock);
    free(pg->conninfo);
    free(pg->name);
    free(pg);
}

bool pg_connected(const struct pg *pg) {
    return pg->conn != NULL && PQstatus(pg->conn) == CONNECTION_OK;
}

void pg_cancel_any(struct pg *pg) {
    char ignored[256];
    pthread_mutex_lock(&pg->cancel_lock);
    if (pg->cancel != NULL) {
        PQcancel(pg->cancel, ignored, sizeof ignored);
    }
    pthread_mutex_unlock(&pg->cancel_lock);
}

/* libpq's message without its line end, behind our words. */
static enum pd_fate connection_lost(struct pg *pg, const char *doing, struct pd_err *reterr) {
    bool unknown = pg->commit_sent;
    const char *message = pg->conn == NULL ? "not connected" : PQerrorMessage(pg->conn);
    int length = (int)strcspn(message, "\n");
    enum pd_fate fate = pd_fail(reterr, unknown ? PD_UNKNOWN : PD_RETRY, "08006", "%s: %.*s", doing, length, message);
    pg_reset(pg);
    return fate;
}

static void ignore_notice(void *arg, const char *message) {
    (void)arg;
    (void)message;
}

enum pd_fate pg_ensure(struct pg *pg, struct pd_err *reterr) {
    if (pg_connected(pg)) {
        return PD_OK;
    }
    pg_reset(pg);
    const char *const keys[] = {"dbname", "application_name", "connect_timeout", "tcp_user_timeout", NULL};
    const char *const values[] = {pg->conninfo, pg->name, "5", "15000", NULL};
    pg->conn = PQconnectdbParams(keys, values, 1);
    if (pg->conn == NULL || PQstatus(pg->conn) != CONNECTION_OK) {
        return connection_lost(pg, "connect to PostgreSQL", reterr);
    }
    PQsetNoticeProcessor(pg->conn, ignore_notice, NULL);
    if (PQenterPipelineMode(pg->conn) != 1) {
        return connection_lost(pg, "enter pipeline mode", reterr);
    }
    pthread_mutex_lock(&pg->cancel_lock);
    pg->cancel = PQgetCancel(pg->conn);
    pthread_mutex_unlock(&pg->cancel_lock);
    return PD_OK;
}

/* ---- SQLSTATE to fate: what the caller should do */

static enum pd_fate fate_of_sqlstate(const char *state) {
    static const struct {
        const char *prefix;
        enum pd_fate fate;
    } table[] = {
        {"40", PD_RETRY},      /* serialisation failure, deadlock */
        {"53", PD_RETRY},      /* out of disk, memory, connections */
        {"55P03", PD_RETRY},   /* lock_timeout */
        {"57", PD_RETRY},      /* shutdown, cancelled, crash */
        {"08", PD_RETRY},      /* connection */
        {"58", PD_RETRY},      /* I/O error outside PostgreSQL */
        {"25P03", PD_RETRY},   /* idle_in_transaction_session_timeout */
        {"22", PD_REFUSED},    /* data */
        {"23", PD_REFUSED},    /* constraint */
        {"54", PD_REFUSED},    /* a limit of PostgreSQL, e.g. a value too long for an index */
        {"P0001", PD_REFUSED}, /* raised by a trigger of ours */
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strncmp(state, table[i].prefix, strlen(table[i].prefix)) == 0) {
            return table[i].fate;
        }
    }
    return PD_BROKEN;
}

static enum pd_fate statement_failed(const PGresult *result, struct pd_err *reterr) {
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    state = state == NULL ? "08006" : state;
    return pd_fail(reterr, fate_of_sqlstate(state), state, "%s%s%s", message == NULL ? "no answer" : message,
                   constraint == NULL ? "" : " constraint ", constraint == NULL ? "" : constraint);
}

/* ---- queueing */

static enum pd_fate remember(struct pg *pg, enum slot slot, struct pd_err *reterr) {
    if (pg->queued_count == (int)(sizeof pg->queued / sizeof pg->queued[0])) {
        return pd_fail(reterr, PD_BROKEN, "PG-QUEUE", "more than %d statements queued", PG_QUEUE_MAX);
    }
    pg->queued[pg->queued_count++] = slot;
    return PD_OK;
}

static enum pd_fate queue_control(struct pg *pg, const char *sql, struct pd_err *reterr) {
    if (PQsendQueryParams(pg->conn, sql, 0, NULL, NULL, NULL, NULL, 1) != 1) {
        return connection_lost(pg, sql, reterr);
    }
    return remember(pg, SLOT_CONTROL, reterr);
}

enum pd_fate pg_begin(struct pg *pg, struct pd_err *reterr) {
    pg_release(pg);
    enum pd_fate fate = pg_ensure(pg, reterr);
    if (fate != PD_OK) {
        return fate;
    }
    pg->in_transaction = true;
    return queue_control(pg, "BEGIN", reterr);
}

/* The server-side name of a SQL text; prepares it on first use. */
static enum pd_fate statement_name(struct pg *pg, const char *sql, const struct pg_args *args, char ret_name[16],
                                   struct pd_err *reterr) {
    int i = 0;
    while (i < pg->prepared_count && pg->prepared[i] != sql) {
        i++;
    }
    snprintf(ret_name, 16, "s%d", i);
    if (i < pg->prepared_count) {
        return PD_OK;
    }
    if (i == STATEMENT_MAX) {
        return pd_fail(reterr, PD_BROKEN, "PG-STATEMENTS", "more than %d SQL texts on one connection", STATEMENT_MAX);
    }
    if (PQsendPrepare(pg->conn, ret_name, sql, args == NULL ? 0 : args->count, args == NULL ? NULL : args->types) !=
        1) {
        return connection_lost(pg, "prepare", reterr);
    }
    pg->prepared[pg->prepared_count++] = sql;
    return remember(pg, SLOT_PREPARE, reterr);
}

enum pd_fate pg_queue(struct pg *pg, const char *sql, struct pg_args *args, struct pd_err *reterr) {
    static const int binary[PG_ARGS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                            1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    if (args != NULL && args->failed) {
        /* Refused, so that the batch is halved: a half needs less. */
        return pd_fail(reterr, PD_REFUSED, "ARENA", "out of memory for the parameters of a statement");
    }
    if (pg->conn == NULL) {
        return connection_lost(pg, "queue", reterr);
    }
    char name[16];
    enum pd_fate fate = statement_name(pg, sql, args, name, reterr);
    if (fate != PD_OK) {
        return fate;
    }
    int count = args == NULL ? 0 : args->count;
    if (PQsendQueryPrepared(pg->conn, name, count, args == NULL ? NULL : args->values,
                            args == NULL ? NULL : args->lengths, count == 0 ? NULL : binary, 1) != 1) {
        return connection_lost(pg, "send", reterr);
    }
    return remember(pg, SLOT_STATEMENT, reterr);
}

/* ---- results */

/* Keeps the first failure; what follows it in the pipeline is only aborted. */
static void note_result(struct pg *pg, enum slot slot, PGresult *result, enum pd_fate *fate, struct pd_err *reterr) {
    ExecStatusType status = PQresultStatus(result);
    bool good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    if (!good && *fate == PD_OK) {
        *fate = statement_failed(result, reterr);
    }
    if (good && slot == SLOT_STATEMENT && *fate == PD_OK && pg->result_count < PG_QUEUE_MAX) {
        pg->results[pg->result_count++] = result;
        return;
    }
    PQclear(result);
}

/* Reads one result for each queued place and the sync behind them. libpq gives a NULL after each statement's results.
 */
static enum pd_fate collect(struct pg *pg, struct pd_err *reterr) {
    enum pd_fate fate = PD_OK;
    for (int i = 0; i < pg->queued_count; i++) {
        PGresult *result = PQgetResult(pg->conn);
        if (result == NULL || PQstatus(pg->conn) != CONNECTION_OK) {
            PQclear(result);
            return connection_lost(pg, "read", reterr);
        }
        note_result(pg, pg->queued[i], result, &fate, reterr);
        PGresult *end = PQgetResult(pg->conn);
        if (end != NULL) {
            PQclear(end);
            return connection_lost(pg, "read past the end of a result", reterr);
        }
    }
    pg->queued_count = 0;
    PGresult *sync = PQgetResult(pg->conn);
    bool synced = sync != NULL && PQresultStatus(sync) == PGRES_PIPELINE_SYNC;
    PQclear(sync);
    if (!synced) {
        return connection_lost(pg, "read the end of a pipeline", reterr);
    }
    return fate;
}

enum pd_fate pg_flush(struct pg *pg, struct pd_err *reterr) {
    if (pg->conn == NULL || PQpipelineSync(pg->conn) != 1) {
        return connection_lost(pg, "send", reterr);
    }
    enum pd_fate fate = collect(pg, reterr);
    if (fate != PD_OK) {
        pg_rollback(pg);
    }
    return fate;
}

enum pd_fate pg_commit(struct pg *pg, struct pd_err *reterr) {
    enum pd_fate fate = pg->conn == NULL ? connection_lost(pg, "commit", reterr) : queue_control(pg, "COMMIT", reterr);
    if (fate != PD_OK) {
        return fate;
    }
    pg->commit_sent = true;
    fate = pg_flush(pg, reterr);
    pg->in_transaction = false;
    pg->commit_sent = false;
    return fate;
}

void pg_rollback(struct pg *pg) {
    /* The cheap and certain way: a failed transaction is rare, a new connection costs a millisecond, and it also
     * forgets statements whose Parse was skipped. */
    pg_reset(pg);
}

struct pg_result *pg_take(struct pg *pg) {
    if (pg->taken == pg->result_count) {
        return NULL;
    }
    return (struct pg_result *)(void *)pg->results[pg->taken++];
}

enum pd_fate pg_query(struct pg *pg, const char *sql, struct pg_args *args, struct pg_result **ret_result,
                      struct pd_err *reterr) {
    enum pd_fate fate = PD_OK;
    if (!pg->in_transaction) {
        fate = pg_ensure(pg, reterr);
    }
    if (fate == PD_OK) {
        fate = pg_queue(pg, sql, args, reterr);
    }
    if (fate == PD_OK) {
        fate = pg_flush(pg, reterr);
    }
    if (fate == PD_OK) {
        /* Results before this one stay to be taken in their turn; this one is the last. */
        *ret_result = (struct pg_result *)(void *)pg->results[pg->result_count - 1];
        if (pg->taken == pg->result_count - 1) {
            pg->taken++;
        }
    }
    return fate;
}
