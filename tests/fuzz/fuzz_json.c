/* fuzz_json - any text as a request body and as a query of a URL
 *
 * The first byte chooses the message ('0' RegisterRequest, '1' ImportCityRequest, ... see below), the rest is the text.
 * Holds      what is read is written as valid JSON, reads back and writes the same; it survives protobuf's own bytes;
 *            a refusal is a valid problem document.
 * Build      make fuzz FUZZ=json; the corpus is replayed by tests/unit/wire/test_fuzz_json.c. */
#include "common/base/arena.h"
#include "common/wire/alloc.h"
#include "common/wire/json_read.h"
#include "common/wire/json_write.h"
#include "common/wire/query.h"
#include "paidan/assign/v1/assign.pb-c.h"
#include "paidan/intake/v1/intake.pb-c.h"
#include "tests/unit/wire/every.pb-c.h"
#include "tests/unit/wire/every2.pb-c.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what)                                                                                                     \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);                            \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { ARENA_FIRST = 1 << 16, ARENA_MAX = 1 << 22, TEXT_MAX = 1 << 20 };

static const ProtobufCMessageDescriptor *const messages[] = {
    &paidan__intake__v1__register_request__descriptor,
    &paidan__assign__v1__import_city_request__descriptor,
    &paidan__intake__v1__list_requests_request__descriptor,
    &paidan__test__every__descriptor,
    &paidan__test2__labelled__descriptor,
};

static bool is_json(const char *text, size_t len) {
    json_t *tree = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

    json_decref(tree);
    return tree != NULL;
}

static struct wire_buf written(const ProtobufCMessage *msg, ProtobufCAllocator *alloc) {
    struct wire_buf out;

    wire_buf_init(&out, alloc, TEXT_MAX);
    MUST(wire_json_write(msg, &out));
    MUST(is_json(out.text, out.len));
    return out;
}

/* protobuf-c leaves out -0.0 when it packs, and what has no required fields set it packs too. */
static void check_bytes(const ProtobufCMessage *msg, const struct wire_buf *text, ProtobufCAllocator *alloc) {
    size_t size = protobuf_c_message_get_packed_size(msg);
    uint8_t *bytes = alloc->alloc(alloc->allocator_data, size);
    ProtobufCMessage *back;

    if (strstr(text->text, "-0.0") != NULL || bytes == NULL)
        return;
    MUST(protobuf_c_message_pack(msg, bytes) == size);
    back = protobuf_c_message_unpack(msg->descriptor, alloc, size, bytes);
    MUST(back != NULL);
    MUST(strcmp(written(back, alloc).text, text->text) == 0);
}

static void check_message(const ProtobufCMessage *msg, ProtobufCAllocator *alloc) {
    struct wire_buf first = written(msg, alloc);
    struct wire_problem_at at;
    ProtobufCMessage *again = NULL;
    struct wire_buf second;

    MUST(wire_json_read(first.text, first.len, msg->descriptor, alloc, &again, &at) == PD_OK);
    second = written(again, alloc);
    MUST(strcmp(first.text, second.text) == 0);
    check_bytes(msg, &first, alloc);
}

static void check_refusal(const struct wire_problem_at *at, ProtobufCAllocator *alloc) {
    Paidan__Common__V1__Problem problem;
    struct wire_buf out;

    wire_problem_from(&problem, at);
    wire_buf_init(&out, alloc, TEXT_MAX);
    MUST(wire_problem_write(&problem, &out));
    MUST(strstr(out.text, "\xef\xbf\xbd") == NULL || strstr(at->pointer, "\xef\xbf\xbd") != NULL);
    MUST(is_json(out.text, out.len));
}

static void body(const ProtobufCMessageDescriptor *desc, const char *text, size_t len, ProtobufCAllocator *alloc) {
    struct wire_problem_at at = {0};
    ProtobufCMessage *msg = NULL;
    enum pd_fate fate = wire_json_read(text, len, desc, alloc, &msg, &at);

    if (fate == PD_OK) {
        check_message(msg, alloc);
        return;
    }
    MUST(msg == NULL && fate == PD_REFUSED);
    check_refusal(&at, alloc);
}

static void query(const ProtobufCMessageDescriptor *desc, const char *text, size_t len, ProtobufCAllocator *alloc) {
    struct wire_problem_at at = {0};
    ProtobufCMessage *msg = NULL;
    enum pd_fate fate = wire_query_read(text, len, desc, alloc, &msg, &at);

    if (fate == PD_OK) {
        check_message(msg, alloc);
        return;
    }
    MUST(msg == NULL && fate == PD_REFUSED);
    check_refusal(&at, alloc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pd_arena arena;
    ProtobufCAllocator alloc = wire_alloc(&arena);
    const ProtobufCMessageDescriptor *desc;
    char *text;

    if (size == 0)
        return 0;
    if (arena.limit == 0)
        pd_arena_init(&arena, ARENA_FIRST, ARENA_MAX);
    desc = messages[(uint8_t)(data[0] - '0') % (sizeof messages / sizeof messages[0])];
    text = malloc(size); /* one byte spare at the front, none at the end */
    MUST(text != NULL);
    memcpy(text, data, size);
    body(desc, text + 1, size - 1, &alloc);
    pd_arena_reset(&arena);
    query(desc, text + 1, size - 1, &alloc);
    pd_arena_reset(&arena);
    free(text);
    return 0;
}
