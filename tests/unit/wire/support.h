/* support.h - what the tests of common/wire share: an arena to read into, an allocator that fails on demand, checks of
 * whole texts. Included by each test program. */
#ifndef TESTS_UNIT_WIRE_SUPPORT_H
#define TESTS_UNIT_WIRE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/arena.h"
#include "common/wire/alloc.h"
#include "common/wire/json_read.h"
#include "common/wire/json_write.h"
#include "common/wire/query.h"
#include "paidan/assign/v1/assign.pb-c.h"
#include "paidan/common/v1/envelope.pb-c.h"
#include "paidan/gateway/v1/gateway.pb-c.h"
#include "paidan/intake/v1/intake.pb-c.h"
#include "tests/unit/wire/every.pb-c.h"
#include "tests/unit/wire/every2.pb-c.h"

#define EVERY    (&paidan__test__every__descriptor)
#define LABELLED (&paidan__test2__labelled__descriptor)
#define REGISTER (&paidan__intake__v1__register_request__descriptor)
#define LIST     (&paidan__intake__v1__list_requests_request__descriptor)

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { OUT_MAX = 1 << 20 };

/* An allocator that counts what is out and fails at the n-th request (0: never). */
struct counting {
    size_t out;
    size_t asked;
    size_t fail_at;
};

static inline void *counting_take(void *data, size_t size) {
    struct counting *c = data;
    void *memory;

    if (++c->asked == c->fail_at)
        return NULL;
    memory = malloc(size > 0 ? size : 1);
    assert_non_null(memory);
    memset(memory, 0xa5, size); /* nobody may rely on zeroes */
    c->out++;
    return memory;
}

static inline void counting_leave(void *data, void *memory) {
    struct counting *c = data;

    if (memory == NULL)
        return;
    assert_true(c->out > 0);
    c->out--;
    free(memory);
}

static inline ProtobufCAllocator counting_alloc(struct counting *c) {
    return (ProtobufCAllocator){.alloc = counting_take, .free = counting_leave, .allocator_data = c};
}

/* wire_json_read() of a copy that ends where its memory ends, so that a sanitizer sees each byte read too many. */
static inline enum pd_fate read_exactly(const char *in, size_t len, const ProtobufCMessageDescriptor *desc,
                                        ProtobufCAllocator *alloc, ProtobufCMessage **ret, struct wire_problem_at *at) {
    char *copy = malloc(len + (len == 0));
    enum pd_fate fate;

    assert_non_null(copy);
    memcpy(copy, in, len);
    fate = wire_json_read(copy, len, desc, alloc, ret, at);
    free(copy);
    return fate;
}

/* Reads `in` into a message from `alloc`, which must succeed. */
static inline ProtobufCMessage *must_read(const ProtobufCMessageDescriptor *desc, const char *in, size_t len,
                                          ProtobufCAllocator *alloc) {
    struct wire_problem_at problem = {0};
    ProtobufCMessage *msg = NULL;
    enum pd_fate fate = read_exactly(in, len, desc, alloc, &msg, &problem);

    if (fate != PD_OK)
        print_error("refused: %.*s\n  %s\n", (int)len, in, problem.detail);
    assert_int_equal(fate, PD_OK);
    assert_non_null(msg);
    return msg;
}

/* Writes msg; the text is malloc'd. */
static inline char *must_write(const ProtobufCMessage *msg) {
    struct wire_buf out;

    wire_buf_init(&out, NULL, OUT_MAX);
    assert_true(wire_json_write(msg, &out));
    assert_int_equal(out.len, strlen(out.text));
    return out.text;
}

/* in is read, written as `want`, which reads back and writes the same again; nothing leaks. */
static inline void check_round(const ProtobufCMessageDescriptor *desc, const char *in, const char *want) {
    struct counting c = {0};
    ProtobufCAllocator alloc = counting_alloc(&c);
    ProtobufCMessage *first = must_read(desc, in, strlen(in), &alloc);
    char *text = must_write(first);
    ProtobufCMessage *second = must_read(desc, text, strlen(text), &alloc);
    char *again = must_write(second);

    assert_string_equal(text, want);
    assert_string_equal(again, want);
    protobuf_c_message_free_unpacked(first, &alloc);
    protobuf_c_message_free_unpacked(second, &alloc);
    assert_int_equal(c.out, 0);
    free(text);
    free(again);
}

static inline void check_refused_bytes(const ProtobufCMessageDescriptor *desc, const char *in, size_t len,
                                       enum wire_problem problem, const char *pointer, const char *words) {
    struct counting c = {0};
    ProtobufCAllocator alloc = counting_alloc(&c);
    struct wire_problem_at at = {0};
    ProtobufCMessage *msg = (ProtobufCMessage *)&c;
    enum pd_fate fate = read_exactly(in, len, desc, &alloc, &msg, &at);

    if (fate != PD_REFUSED || at.problem != problem || strcmp(at.pointer, pointer) != 0 ||
        strstr(at.detail, words) == NULL)
        print_error("in: %.*s\n  fate %d problem %d pointer '%s' detail '%s'\n  wanted %d '%s' '%s'\n", (int)len, in,
                    (int)fate, (int)at.problem, at.pointer, at.detail, (int)problem, pointer, words);
    assert_int_equal(fate, PD_REFUSED);
    assert_int_equal(at.problem, problem);
    assert_string_equal(at.pointer, pointer);
    assert_non_null(strstr(at.detail, words));
    assert_ptr_equal(msg, &c);
    assert_int_equal(c.out, 0);
}

static inline void check_refused(const ProtobufCMessageDescriptor *desc, const char *in, enum wire_problem problem,
                                 const char *pointer, const char *words) {
    check_refused_bytes(desc, in, strlen(in), problem, pointer, words);
}

/* Puts words behind what is in `to`. */
static inline void add(char *to, size_t size, const char *words) {
    size_t len = strlen(to);

    assert_true(snprintf(to + len, size - len, "%s", words) < (int)(size - len));
}

/* The same stream of numbers in every run. */
static inline uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

#endif
