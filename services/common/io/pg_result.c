#include <arpa/inet.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/borrow.h"
#include "common/io/pg.h"

/* A struct pg_result is libpq's PGresult under a name that keeps libpq-fe.h inside this room. */
static const PGresult *pq(const struct pg_result *result) {
    return (const PGresult *)(const void *)result;
}

static uint64_t host64(const char *bytes) {
    uint32_t high, low;
    memcpy(&high, bytes, 4);
    memcpy(&low, bytes + 4, 4);
    return ((uint64_t)ntohl(high) << 32) | ntohl(low);
}

/* The value's bytes when it has exactly the expected size; NULL for SQL NULL or a type we did not ask for. */
static const char *value(const struct pg_result *result, int row, int column, int size) {
    if (PQgetisnull(pq(result), row, column) || PQgetlength(pq(result), row, column) != size) {
        return NULL;
    }
    return PQgetvalue(pq(result), row, column);
}

int pg_rows(const struct pg_result *result) {
    return result == NULL ? 0 : PQntuples(pq(result));
}

int64_t pg_affected(const struct pg_result *result) {
    /* PQcmdTuples takes a non-const result but does not change it. */
    const char *text = PQcmdTuples(pd_borrow(result));
    return text[0] == '\0' ? 0 : strtoll(text, NULL, 10);
}

bool pg_is_null(const struct pg_result *result, int row, int column) {
    return PQgetisnull(pq(result), row, column) != 0;
}

int16_t pg_int2(const struct pg_result *result, int row, int column) {
    const char *v = value(result, row, column, 2);
    uint16_t net = 0;
    if (v != NULL) {
        memcpy(&net, v, 2);
    }
    return (int16_t)ntohs(net);
}

int32_t pg_int4(const struct pg_result *result, int row, int column) {
    const char *v = value(result, row, column, 4);
    uint32_t net = 0;
    if (v != NULL) {
        memcpy(&net, v, 4);
    }
    return (int32_t)ntohl(net);
}

int64_t pg_int8(const struct pg_result *result, int row, int column) {
    const char *v = value(result, row, column, 8);
    return v == NULL ? 0 : (int64_t)host64(v);
}

double pg_float8(const struct pg_result *result, int row, int column) {
    const char *v = value(result, row, column, 8);
    double number = 0;
    if (v != NULL) {
        uint64_t bits = host64(v);
        memcpy(&number, &bits, sizeof number);
    }
    return number;
}

bool pg_bool(const struct pg_result *result, int row, int column) {
    const char *v = value(result, row, column, 1);
    return v != NULL && v[0] != 0;
}

const char *pg_text(const struct pg_result *result, int row, int column) {
    return PQgetvalue(pq(result), row, column);
}

const uint8_t *pg_bytea(const struct pg_result *result, int row, int column, size_t *ret_length) {
    *ret_length = (size_t)PQgetlength(pq(result), row, column);
    return (const uint8_t *)PQgetvalue(pq(result), row, column);
}

void pg_uuid(const struct pg_result *result, int row, int column, uint8_t ret_id[16]) {
    const char *v = value(result, row, column, 16);
    if (v == NULL) {
        memset(ret_id, 0, 16);
    } else {
        memcpy(ret_id, v, 16);
    }
}

int64_t pg_time(const struct pg_result *result, int row, int column) {
    const char *v = value(result, row, column, 8);
    return v == NULL ? 0 : (int64_t)host64(v) + INT64_C(946684800000000);
}

int pg_int8_array(const struct pg_result *result, int row, int column, int64_t *ret_values, int max) {
    const char *v = PQgetvalue(pq(result), row, column);
    int length = PQgetlength(pq(result), row, column);
    enum { HEADER = 20, ELEMENT = 12 };
    if (PQgetisnull(pq(result), row, column) || length < HEADER || (length - HEADER) % ELEMENT != 0) {
        return 0;
    }
    int count = (length - HEADER) / ELEMENT;
    count = count < max ? count : max;
    for (int i = 0; i < count; i++) {
        ret_values[i] = (int64_t)host64(v + HEADER + i * ELEMENT + 4);
    }
    return count;
}
