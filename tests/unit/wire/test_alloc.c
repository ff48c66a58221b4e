/* Memory: the arena as protobuf-c's allocator, the buffer's growth, and each allocation failing in turn. */
#include "support.h"

#include <errno.h>
#include <jansson.h>

static const char big[] =
    "{\"a_string\":\"one\",\"a_bytes\":\"AAECAwQ=\",\"a_time\":\"2026-01-01T00:00:00Z\","
    "\"a_child\":{\"a_string\":\"two\",\"r_string\":[\"a\",\"b\",\"c\"]},\"r_int32\":[1,2,3],"
    "\"r_int64\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17],"
    "\"r_bytes\":[\"AA==\",\"\",\"AQI=\"],\"r_time\":[\"2026-01-01T00:00:00Z\",\"2026-01-02T00:00:00Z\"],"
    "\"r_child\":[{},{\"a_string\":\"three\"},{\"c_string\":\"four\"}],\"c_child\":{\"c_bytes\":\"AA==\"}}";

static void each_allocation_of_a_reader_may_fail(void **state) {
    struct wire_problem_at at = {0};
    size_t fail_at = 1;
    enum pd_fate fate;

    (void)state;
    do {
        struct counting c = {.fail_at = fail_at++};
        ProtobufCAllocator alloc = counting_alloc(&c);
        ProtobufCMessage *msg = NULL;

        fate = wire_json_read(big, sizeof big - 1, EVERY, &alloc, &msg, &at);
        if (fate == PD_OK)
            protobuf_c_message_free_unpacked(msg, &alloc);
        else
            assert_null(msg);
        assert_true(fate == PD_OK || fate == PD_RETRY);
        assert_int_equal(c.out, 0);
    } while (fate != PD_OK);
    assert_true(fail_at > 25);
}

/* jansson asks through these; it has no data pointer for us. */
static struct counting jansson_memory;

static void *jansson_take(size_t size) {
    void *memory = counting_take(&jansson_memory, size);

    if (memory == NULL)
        errno = ENOMEM; /* as malloc does */
    return memory;
}

static void jansson_leave(void *memory) {
    counting_leave(&jansson_memory, memory);
}

/* Each token in 16 bytes: beyond, jansson 2.14 does not notice that the buffer of its token did not grow. */
static const char short_tokens[] = "{\"a_string\":\"one\",\"a_child\":{\"a_bool\":true,\"a_int32\":-5,"
                                   "\"a_double\":2.5},\"r_string\":[\"a\",\"b\",\"c\"],\"r_child\":[{},{}],"
                                   "\"a_int64\":1,\"a_int32\":2,\"a_uint32\":3,\"a_sint32\":4,\"a_sint64\":5,"
                                   "\"a_bytes\":\"AA==\",\"r_int32\":[1,2,3,4,5,6,7,8,9,10]}";

static void each_allocation_of_the_json_library_may_fail(void **state) {
    json_malloc_t take_before;
    json_free_t leave_before;
    size_t fail_at = 1;
    enum pd_fate fate;

    (void)state;
    json_get_alloc_funcs(&take_before, &leave_before);
    json_set_alloc_funcs(jansson_take, jansson_leave);
    do {
        struct wire_problem_at at = {0};
        struct counting c = {0};
        ProtobufCAllocator alloc = counting_alloc(&c);
        ProtobufCMessage *msg = NULL;

        jansson_memory = (struct counting){.fail_at = fail_at++};
        fate = wire_json_read(short_tokens, sizeof short_tokens - 1, EVERY, &alloc, &msg, &at);
        assert_int_equal(jansson_memory.out, 0);
        if (fate == PD_OK) {
            protobuf_c_message_free_unpacked(msg, &alloc);
        } else {
            assert_null(msg);
            assert_int_equal(fate, PD_RETRY);
            assert_int_equal(c.asked, 0);
        }
        assert_int_equal(c.out, 0);
    } while (fate != PD_OK);
    json_set_alloc_funcs(take_before, leave_before);
    assert_true(fail_at > 60);
}

static void each_allocation_of_a_query_may_fail(void **state) {
    static const char query[] = "state=in_progress&grid=abc&from=2026-01-01T00:00:00Z&cursor=xyz";
    char value[1000];
    enum pd_fate fate;
    size_t fail_at = 1;

    (void)state;
    do {
        struct counting c = {.fail_at = fail_at++};
        ProtobufCAllocator alloc = counting_alloc(&c);
        ProtobufCMessage *msg = NULL;
        struct wire_problem_at at;

        fate = wire_query_read(query, sizeof query - 1, LIST, &alloc, &msg, &at);
        memset(value, 'x', sizeof value);
        if (fate == PD_OK) {
            fate = wire_query_set(msg, "worker", value, sizeof value, &alloc, &at);
            protobuf_c_message_free_unpacked(msg, &alloc);
        } else {
            assert_null(msg);
        }
        assert_true(fate == PD_OK || fate == PD_RETRY);
        assert_int_equal(c.out, 0);
    } while (fate != PD_OK);
    assert_true(fail_at > 7);
}

static void each_growth_of_a_buffer_may_fail(void **state) {
    struct counting for_msg = {0};
    ProtobufCAllocator msg_alloc = counting_alloc(&for_msg);
    ProtobufCMessage *msg = must_read(EVERY, big, sizeof big - 1, &msg_alloc);
    bool done = false;

    (void)state;
    for (size_t fail_at = 1; !done; fail_at++) {
        struct counting c = {.fail_at = fail_at};
        ProtobufCAllocator alloc = counting_alloc(&c);
        struct wire_buf out;

        wire_buf_init(&out, &alloc, OUT_MAX);
        done = true;
        for (int i = 0; i < 20 && done; i++)
            done = wire_json_write(msg, &out);
        assert_int_equal(done, wire_buf_ok(&out));
        /* What failed stays failed, and what is there is still terminated. */
        if (!done) {
            size_t len = out.len;
            wire_put_text(&out, "x");
            wire_put_int(&out, -5);
            assert_int_equal(out.len, len);
            if (out.text != NULL)
                assert_int_equal(strlen(out.text), len);
        }
        wire_buf_fini(&out);
        wire_buf_fini(&out);
        assert_int_equal(c.out, 0);
    }
    protobuf_c_message_free_unpacked(msg, &msg_alloc);
    assert_int_equal(for_msg.out, 0);
}

static void a_buffer_is_used_again_without_allocating(void **state) {
    struct counting c = {0};
    ProtobufCAllocator alloc = counting_alloc(&c);
    struct wire_buf out;

    (void)state;
    wire_buf_init(&out, &alloc, 100);
    for (int i = 0; i < 5; i++) {
        wire_put_int(&out, INT64_MIN);
        wire_put_char(&out, ' ');
        wire_put_uint(&out, UINT64_MAX);
        wire_put(&out, "", 0);
        assert_string_equal(out.text, "-9223372036854775808 18446744073709551615");
        assert_null(wire_reserve(&out, 60));
        assert_false(wire_buf_ok(&out));
        wire_buf_reset(&out);
        assert_int_equal(out.len, 0);
        assert_string_equal(out.text, "");
        assert_non_null(wire_reserve(&out, 100));
    }
    assert_int_equal(c.asked, 1);
    wire_buf_fini(&out);
    assert_int_equal(c.out, 0);
}

/* One arena for the whole of a request: bytes to message, JSON to message, message to text; nothing is freed one by
 * one. */
static void the_arena_serves_protobuf_and_text(void **state) {
    struct pd_arena arena;
    ProtobufCAllocator alloc;
    Paidan__Test__Every *msg;
    ProtobufCMessage *again;
    struct wire_buf out;
    uint8_t bytes[1024];
    size_t len;

    (void)state;
    pd_arena_init(&arena, 16384, 65536);
    alloc = wire_alloc(&arena);
    msg = (Paidan__Test__Every *)must_read(EVERY, big, sizeof big - 1, &alloc);
    len = paidan__test__every__get_packed_size(msg);
    assert_true(len < sizeof bytes);
    assert_int_equal(paidan__test__every__pack(msg, bytes), len);
    again = protobuf_c_message_unpack(EVERY, &alloc, len, bytes);
    assert_non_null(again);
    wire_buf_init(&out, &alloc, 4096);
    assert_true(wire_json_write(again, &out));
    assert_string_equal(out.text, big);
    pd_arena_fini(&arena);

    pd_arena_init(&arena, 64, 300);
    alloc = wire_alloc(&arena);
    again = NULL;
    assert_int_equal(wire_json_read(big, sizeof big - 1, EVERY, &alloc, &again, &(struct wire_problem_at){0}),
                     PD_RETRY);
    assert_null(again);
    assert_true(arena.full);
    pd_arena_fini(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_of_a_reader_may_fail),
        cmocka_unit_test(each_allocation_of_the_json_library_may_fail),
        cmocka_unit_test(each_allocation_of_a_query_may_fail),
        cmocka_unit_test(each_growth_of_a_buffer_may_fail),
        cmocka_unit_test(a_buffer_is_used_again_without_allocating),
        cmocka_unit_test(the_arena_serves_protobuf_and_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
