/* bench_wire - the price of JSON <-> protobuf on one core, medians of rounds
 *
 * Prints one line a figure: nanoseconds for reading and writing a RegisterRequest, for writing a list of 50 requests,
 * and of protobuf-c itself packing and unpacking the same request as the floor. */
#include "common/base/arena.h"
#include "common/wire/alloc.h"
#include "common/wire/json_read.h"
#include "common/wire/json_write.h"
#include "paidan/intake/v1/intake.pb-c.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 15, PER_ROUND = 20000 };

static const char request_text[] =
    "{\"channel\":\"hotline\",\"service_code\":\"street_light\","
    "\"description\":\"迎阳社区 3 栋楼下的路灯从昨晚开始不亮，已经有老人摔倒，请尽快派人来修。\","
    "\"location\":{\"lat\":22.5165021,\"long\":113.3926113,\"address\":\"迎阳社区 3 栋\"},"
    "\"requester\":{\"name\":\"张三\",\"phone\":\"13900001111\"},\"urgency\":\"urgent\","
    "\"requested_at\":\"2026-11-24T08:30:00.250Z\"}";

static struct pd_arena arena;
static ProtobufCAllocator alloc;
static struct wire_buf out;
static ProtobufCMessage *request;
static Paidan__Intake__V1__ListRequestsResponse list = PAIDAN__INTAKE__V1__LIST_REQUESTS_RESPONSE__INIT;
static uint8_t packed[2048];
static size_t packed_len;

static void must(bool ok) {
    if (!ok) {
        (void)fprintf(stderr, "bench_wire: unexpected failure\n");
        exit(1);
    }
}

static ProtobufCMessage *read_once(ProtobufCAllocator *from) {
    struct wire_problem_at at;
    ProtobufCMessage *msg = NULL;

    must(wire_json_read(request_text, sizeof request_text - 1, &paidan__intake__v1__register_request__descriptor, from,
                        &msg, &at) == PD_OK);
    return msg;
}

static void work_read(void) {
    (void)read_once(&alloc);
    pd_arena_reset(&arena);
}

static void work_write(void) {
    wire_buf_reset(&out);
    must(wire_json_write(request, &out));
}

static void work_read_write(void) {
    ProtobufCMessage *msg = read_once(&alloc);

    wire_buf_reset(&out);
    must(wire_json_write(msg, &out));
    pd_arena_reset(&arena);
}

static void work_list(void) {
    wire_buf_reset(&out);
    must(wire_json_write(&list.base, &out));
}

static void work_pack(void) {
    packed_len = protobuf_c_message_pack(request, packed);
}

static void work_unpack(void) {
    must(protobuf_c_message_unpack(request->descriptor, &alloc, packed_len, packed) != NULL);
    pd_arena_reset(&arena);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void measure(const char *name, void (*work)(void), int count) {
    double ns[ROUNDS];

    for (int round = 0; round < ROUNDS; round++) {
        struct timespec begin;
        struct timespec end;

        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
        for (int i = 0; i < count; i++)
            work();
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        ns[round] = ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / count;
    }
    qsort(ns, ROUNDS, sizeof ns[0], compare);
    (void)printf("%-28s %8.0f ns (%.0f .. %.0f)\n", name, ns[ROUNDS / 2], ns[0], ns[ROUNDS - 1]);
}

static void fill_list(void) {
    static char text_of_id[] = "01936a0e-5c2d-7b3a-9f41-1c2d3e4f5a6b";
    static char text_of_number[] = "ZS20261124-000123";
    static char text_of_grid[] = "442000001001001";
    static Paidan__Intake__V1__ServiceRequest rows[50];
    static Paidan__Intake__V1__ServiceRequest *pointers[50];
    const Paidan__Intake__V1__RegisterRequest *from = (const Paidan__Intake__V1__RegisterRequest *)request;

    for (size_t i = 0; i < 50; i++) {
        paidan__intake__v1__service_request__init(&rows[i]);
        rows[i].id = text_of_id;
        rows[i].number = text_of_number;
        rows[i].version = 7;
        rows[i].state = PAIDAN__COMMON__V1__WORK_ORDER_STATE__WORK_ORDER_STATE_IN_PROGRESS;
        rows[i].channel = from->channel;
        rows[i].service_code = from->service_code;
        rows[i].description = from->description;
        rows[i].location = from->location;
        rows[i].requester = from->requester;
        rows[i].grid = text_of_grid;
        rows[i].registered_at = from->requested_at;
        rows[i].updated_at = from->requested_at;
        pointers[i] = &rows[i];
    }
    list.n_requests = 50;
    list.requests = pointers;
}

int main(void) {
    pd_arena_init(&arena, 65536, 1 << 20);
    alloc = wire_alloc(&arena);
    wire_buf_init(&out, NULL, 1 << 20);
    request = read_once(NULL);
    fill_list();
    (void)printf("request of %zu bytes of JSON\n", sizeof request_text - 1);
    measure("JSON read", work_read, PER_ROUND);
    measure("JSON write", work_write, PER_ROUND);
    measure("JSON read and write", work_read_write, PER_ROUND);
    measure("JSON write of 50 requests", work_list, PER_ROUND / 50);
    measure("floor: protobuf pack", work_pack, PER_ROUND);
    measure("floor: protobuf unpack", work_unpack, PER_ROUND);
    return 0;
}
