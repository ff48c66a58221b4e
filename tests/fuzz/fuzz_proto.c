/* fuzz_proto - any bytes as what arrives on the bus, and the JSON of what they mean
 *
 * The first byte chooses the message ('0' CommandBatch, '1' EventBatch, '2' Event, ... see below), the rest is its
 * bytes.
 * Holds     the text is valid JSON for jansson; if our reader takes it back (it refuses numbers of unknown enum
 *           values, NaN and the like) the message writes the same text again; events inside a batch likewise.
 * Build     make fuzz FUZZ=proto; the corpus is replayed by tests/unit/wire/test_fuzz_proto.c. */
#include "common/base/arena.h"
#include "common/wire/alloc.h"
#include "common/wire/json_read.h"
#include "common/wire/json_write.h"
#include "paidan/common/v1/envelope.pb-c.h"
#include "paidan/intake/v1/intake.pb-c.h"
#include "tests/unit/wire/every.pb-c.h"

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
    &paidan__common__v1__command_batch__descriptor,   &paidan__common__v1__event_batch__descriptor,
    &paidan__common__v1__event__descriptor,           &paidan__common__v1__reply_batch__descriptor,
    &paidan__intake__v1__service_request__descriptor, &paidan__test__every__descriptor,
};

static bool is_json(const char *text, size_t len) {
    json_t *tree = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

    json_decref(tree);
    return tree != NULL;
}

static void check(const ProtobufCMessageDescriptor *desc, const uint8_t *data, size_t size, ProtobufCAllocator *alloc) {
    ProtobufCMessage *msg = protobuf_c_message_unpack(desc, alloc, size, data);
    ProtobufCMessage *again = NULL;
    struct wire_problem_at at;
    struct wire_buf first;
    struct wire_buf second;

    if (msg == NULL)
        return;
    wire_buf_init(&first, alloc, TEXT_MAX);
    if (!wire_json_write(msg, &first))
        return;
    MUST(is_json(first.text, first.len));
    if (wire_json_read(first.text, first.len, desc, alloc, &again, &at) != PD_OK)
        return;
    wire_buf_init(&second, alloc, TEXT_MAX);
    MUST(wire_json_write(again, &second));
    /* null, for a time outside the years, reads as absent. */
    MUST(strcmp(first.text, second.text) == 0 || strstr(first.text, ":null") != NULL);
}

static void check_events(const uint8_t *data, size_t size, ProtobufCAllocator *alloc) {
    Paidan__Common__V1__EventBatch *batch = paidan__common__v1__event_batch__unpack(alloc, size, data);

    for (size_t i = 0; batch != NULL && i < batch->n_events; i++)
        check(&paidan__common__v1__event__descriptor, batch->events[i].data, batch->events[i].len, alloc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pd_arena arena;
    ProtobufCAllocator alloc = wire_alloc(&arena);
    const ProtobufCMessageDescriptor *desc;

    if (size == 0)
        return 0;
    if (arena.limit == 0)
        pd_arena_init(&arena, ARENA_FIRST, ARENA_MAX);
    desc = messages[(uint8_t)(data[0] - '0') % (sizeof messages / sizeof messages[0])];
    check(desc, data + 1, size - 1, &alloc);
    if (desc == &paidan__common__v1__event_batch__descriptor)
        check_events(data + 1, size - 1, &alloc);
    pd_arena_reset(&arena);
    return 0;
}
