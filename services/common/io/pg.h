/* pg.h - one PostgreSQL connection for one thread: prepared statements, binary parameters, many statements a round trip
 *
 * Use       pg_queue() statements with pg_args, pg_flush() them in one round trip, pg_take() their results in the same
 *           order. pg_query() is the three together for a single statement. SQL texts are the SQL_* arrays made from
 *           .sql files; a text is prepared on its first use on a connection, known by its address.
 * Promise   binary both ways; parameters are copied by libpq when queued. Between pg_begin() and pg_commit()
 *           everything queued is one transaction. A connection lost after COMMIT was sent is PD_UNKNOWN, never "rolled
 *           back".
 * Fails     PD_RETRY (connection lost before COMMIT, serialisation, deadlock, shortage; reconnect with pg_ensure()),
 *           PD_REFUSED (data or constraint: SQLSTATE classes 22, 23, 54 and P0001), PD_UNKNOWN, PD_BROKEN (class 42,
 *           0A: our SQL is wrong). err->code is the SQLSTATE.
 * Memory    results belong to the connection until the next pg_release() or pg_begin(); args and arrays live in the
 *           caller's arena.
 * Threads   one thread at a time. pg_cancel_any() from any. */
#ifndef COMMON_IO_PG_H
#define COMMON_IO_PG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/err.h"

struct pg;
struct pg_result;

enum { PG_ARGS_MAX = 32, PG_QUEUE_MAX = 96 };

/* Element types of array parameters. */
enum pg_type { PG_INT2, PG_INT4, PG_INT8, PG_FLOAT8, PG_BOOL, PG_TEXT, PG_BYTEA, PG_UUID, PG_TIMESTAMPTZ };

/* Parameters of one statement, in order $1, $2, ...; an args that ran out of arena makes pg_queue() answer PD_REFUSED ("ARENA"). */
struct pg_args {
    struct pd_arena *arena;
    int count;
    bool failed;
    unsigned types[PG_ARGS_MAX];
    const char *values[PG_ARGS_MAX];
    int lengths[PG_ARGS_MAX];
};

/* One array parameter under construction: one dimension, NULLs allowed. */
struct pg_array {
    struct pd_arena *arena;
    enum pg_type type;
    uint32_t count;
    bool failed;
    bool has_null;
    uint8_t *bytes;
    size_t length, capacity;
};

void pg_args_init(struct pg_args *args, struct pd_arena *arena);
void pg_arg_int2(struct pg_args *args, int16_t value);
void pg_arg_int4(struct pg_args *args, int32_t value);
void pg_arg_int8(struct pg_args *args, int64_t value);
void pg_arg_float8(struct pg_args *args, double value);
void pg_arg_bool(struct pg_args *args, bool value);
void pg_arg_text(struct pg_args *args, const char *text); /* NULL: SQL NULL */
void pg_arg_bytea(struct pg_args *args, const void *bytes, size_t length);
void pg_arg_uuid(struct pg_args *args, const uint8_t id[16]); /* NULL: SQL NULL */
void pg_arg_time(struct pg_args *args, int64_t unix_us);      /* timestamptz */
void pg_arg_null(struct pg_args *args, enum pg_type type);
void pg_arg_array(struct pg_args *args, struct pg_array *array); /* array must live until pg_queue() */

void pg_array_init(struct pg_array *array, struct pd_arena *arena, enum pg_type type);
void pg_array_int2(struct pg_array *array, int16_t value);
void pg_array_int4(struct pg_array *array, int32_t value);
void pg_array_int8(struct pg_array *array, int64_t value);
void pg_array_float8(struct pg_array *array, double value);
void pg_array_bool(struct pg_array *array, bool value);
void pg_array_text(struct pg_array *array, const char *text); /* NULL: SQL NULL */
void pg_array_bytea(struct pg_array *array, const void *bytes, size_t length);
void pg_array_uuid(struct pg_array *array, const uint8_t id[16]); /* NULL: SQL NULL */
void pg_array_time(struct pg_array *array, int64_t unix_us);
void pg_array_null(struct pg_array *array);

/* A connection object, not yet connected. conninfo and name are copied. NULL when out of memory. */
struct pg *pg_new(const char *conninfo, const char *application_name);
void pg_free(struct pg *pg);

/* Connects when not connected; a no-op otherwise. PD_RETRY while the server is not there. */
enum pd_fate pg_ensure(struct pg *pg, struct pd_err *reterr);
bool pg_connected(const struct pg *pg);
/* Drops the connection; the next pg_ensure() makes a new one. */
void pg_reset(struct pg *pg);
/* Asks the server to stop the running statement. */
void pg_cancel_any(struct pg *pg);

/* Queues BEGIN / COMMIT among the statements. pg_begin() also forgets earlier results. */
enum pd_fate pg_begin(struct pg *pg, struct pd_err *reterr);
enum pd_fate pg_queue(struct pg *pg, const char *sql, struct pg_args *args, struct pd_err *reterr);
/* Sends what is queued and waits for all of it. On failure the transaction is rolled back (or the connection dropped).
 */
enum pd_fate pg_flush(struct pg *pg, struct pd_err *reterr);
/* pg_flush() with COMMIT at the end. */
enum pd_fate pg_commit(struct pg *pg, struct pd_err *reterr);
void pg_rollback(struct pg *pg);
/* The next result, in the order of pg_queue(); NULL when there is none. Owned by pg. */
struct pg_result *pg_take(struct pg *pg);
/* Queue, flush, take for one statement; inside or outside a transaction. args may be NULL. */
enum pd_fate pg_query(struct pg *pg, const char *sql, struct pg_args *args, struct pg_result **ret_result,
                      struct pd_err *reterr);
/* Frees the results taken so far. */
void pg_release(struct pg *pg);

int pg_rows(const struct pg_result *result);
int64_t pg_affected(const struct pg_result *result); /* rows changed by INSERT, UPDATE, DELETE */
bool pg_is_null(const struct pg_result *result, int row, int column);
int16_t pg_int2(const struct pg_result *result, int row, int column);
int32_t pg_int4(const struct pg_result *result, int row, int column);
int64_t pg_int8(const struct pg_result *result, int row, int column);
double pg_float8(const struct pg_result *result, int row, int column);
bool pg_bool(const struct pg_result *result, int row, int column);
const char *pg_text(const struct pg_result *result, int row, int column); /* "" for NULL */
const uint8_t *pg_bytea(const struct pg_result *result, int row, int column, size_t *ret_length);
void pg_uuid(const struct pg_result *result, int row, int column, uint8_t ret_id[16]); /* zeros for NULL */
int64_t pg_time(const struct pg_result *result, int row, int column);                  /* unix us; 0 for NULL */
/* One-dimensional int8[]: copies up to max elements, returns how many. */
int pg_int8_array(const struct pg_result *result, int row, int column, int64_t *ret_values, int max);

#endif
