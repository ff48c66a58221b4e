#include <arpa/inet.h>
#include <string.h>

#include "common/io/pg.h"

/* Type numbers of PostgreSQL's catalogue (src/include/catalog/pg_type.dat); they never change. */
static const struct {
    unsigned element, array;
} oids[] = {
    [PG_INT2] = {21, 1005},    [PG_INT4] = {23, 1007},   [PG_INT8] = {20, 1016},
    [PG_FLOAT8] = {701, 1022}, [PG_BOOL] = {16, 1000},   [PG_TEXT] = {25, 1009},
    [PG_BYTEA] = {17, 1001},   [PG_UUID] = {2950, 2951}, [PG_TIMESTAMPTZ] = {1184, 1185},
};

/* PostgreSQL counts timestamps from 2000-01-01. */
static const int64_t POSTGRES_EPOCH_US = INT64_C(946684800000000);

static uint64_t net64(uint64_t value) {
    return ((uint64_t)htonl((uint32_t)value) << 32) | htonl((uint32_t)(value >> 32));
}

void pg_args_init(struct pg_args *args, struct pd_arena *arena) {
    args->arena = arena;
    args->count = 0;
    args->failed = false;
}

/* Copies the value into the arena: the caller's variables may go. */
static void add(struct pg_args *args, unsigned oid, const void *value, size_t length) {
    if (args->count == PG_ARGS_MAX || length > INT32_MAX) {
        args->failed = true;
        return;
    }
    char *copy = NULL;
    if (value != NULL) {
        copy = pd_memdup(args->arena, value, length);
        args->failed |= copy == NULL;
    }
    args->types[args->count] = oid;
    args->values[args->count] = copy;
    args->lengths[args->count] = (int)length;
    args->count++;
}

void pg_arg_int2(struct pg_args *args, int16_t value) {
    uint16_t net = htons((uint16_t)value);
    add(args, oids[PG_INT2].element, &net, sizeof net);
}

void pg_arg_int4(struct pg_args *args, int32_t value) {
    uint32_t net = htonl((uint32_t)value);
    add(args, oids[PG_INT4].element, &net, sizeof net);
}

void pg_arg_int8(struct pg_args *args, int64_t value) {
    uint64_t net = net64((uint64_t)value);
    add(args, oids[PG_INT8].element, &net, sizeof net);
}

void pg_arg_float8(struct pg_args *args, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = net64(bits);
    add(args, oids[PG_FLOAT8].element, &bits, sizeof bits);
}

void pg_arg_bool(struct pg_args *args, bool value) {
    uint8_t byte = value ? 1 : 0;
    add(args, oids[PG_BOOL].element, &byte, 1);
}

void pg_arg_text(struct pg_args *args, const char *text) {
    add(args, oids[PG_TEXT].element, text, text == NULL ? 0 : strlen(text));
}

void pg_arg_bytea(struct pg_args *args, const void *bytes, size_t length) {
    add(args, oids[PG_BYTEA].element, bytes, length);
}

void pg_arg_uuid(struct pg_args *args, const uint8_t id[16]) {
    add(args, oids[PG_UUID].element, id, 16);
}

void pg_arg_time(struct pg_args *args, int64_t unix_us) {
    uint64_t net = net64((uint64_t)(unix_us - POSTGRES_EPOCH_US));
    add(args, oids[PG_TIMESTAMPTZ].element, &net, sizeof net);
}

void pg_arg_null(struct pg_args *args, enum pg_type type) {
    add(args, oids[type].element, NULL, 0);
}

/* Array header: dimensions, has-null flag, element type, then per dimension its length and lower bound. */
enum { ARRAY_HEADER = 20 };

void pg_arg_array(struct pg_args *args, struct pg_array *array) {
    if (array->failed || args->count == PG_ARGS_MAX) {
        args->failed = true;
        return;
    }
    uint32_t header[5] = {htonl(1), htonl(array->has_null ? 1 : 0), htonl(oids[array->type].element),
                          htonl(array->count), htonl(1)};
    memcpy(array->bytes, header, ARRAY_HEADER);
    args->types[args->count] = oids[array->type].array;
    args->values[args->count] = (const char *)array->bytes;
    args->lengths[args->count] = (int)array->length;
    args->count++;
}

void pg_array_init(struct pg_array *array, struct pd_arena *arena, enum pg_type type) {
    *array = (struct pg_array){.arena = arena, .type = type, .length = ARRAY_HEADER, .capacity = 256};
    array->bytes = pd_alloc(arena, array->capacity);
    array->failed = array->bytes == NULL;
}

/* Room for n more bytes; NULL when the arena is full or the array too large for the protocol. */
static uint8_t *grow(struct pg_array *array, size_t n) {
    if (array->failed || array->length + n > INT32_MAX) {
        array->failed = true;
        return NULL;
    }
    if (array->length + n > array->capacity) {
        size_t capacity = array->capacity;
        while (capacity < array->length + n) {
            capacity *= 2;
        }
        uint8_t *bytes = pd_alloc(array->arena, capacity);
        if (bytes == NULL) {
            array->failed = true;
            return NULL;
        }
        memcpy(bytes, array->bytes, array->length);
        array->bytes = bytes;
        array->capacity = capacity;
    }
    uint8_t *place = array->bytes + array->length;
    array->length += n;
    return place;
}

static void element(struct pg_array *array, const void *value, size_t length) {
    uint8_t *place = length > INT32_MAX - 4 ? NULL : grow(array, 4 + length);
    if (place == NULL) {
        array->failed = true;
        return;
    }
    uint32_t net = htonl((uint32_t)length);
    memcpy(place, &net, 4);
    if (length > 0) {
        memcpy(place + 4, value, length);
    }
    array->count++;
}

void pg_array_null(struct pg_array *array) {
    uint8_t *place = grow(array, 4);
    if (place != NULL) {
        memset(place, 0xff, 4);
        array->has_null = true;
        array->count++;
    }
}

void pg_array_int2(struct pg_array *array, int16_t value) {
    uint16_t net = htons((uint16_t)value);
    element(array, &net, sizeof net);
}

void pg_array_int4(struct pg_array *array, int32_t value) {
    uint32_t net = htonl((uint32_t)value);
    element(array, &net, sizeof net);
}

void pg_array_int8(struct pg_array *array, int64_t value) {
    uint64_t net = net64((uint64_t)value);
    element(array, &net, sizeof net);
}

void pg_array_float8(struct pg_array *array, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = net64(bits);
    element(array, &bits, sizeof bits);
}

void pg_array_bool(struct pg_array *array, bool value) {
    uint8_t byte = value ? 1 : 0;
    element(array, &byte, 1);
}

void pg_array_text(struct pg_array *array, const char *text) {
    if (text == NULL) {
        pg_array_null(array);
    } else {
        element(array, text, strlen(text));
    }
}

void pg_array_bytea(struct pg_array *array, const void *bytes, size_t length) {
    element(array, bytes, length);
}

void pg_array_uuid(struct pg_array *array, const uint8_t id[16]) {
    if (id == NULL) {
        pg_array_null(array);
    } else {
        element(array, id, 16);
    }
}

void pg_array_time(struct pg_array *array, int64_t unix_us) {
    uint64_t net = net64((uint64_t)(unix_us - POSTGRES_EPOCH_US));
    element(array, &net, sizeof net);
}
