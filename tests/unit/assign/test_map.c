/* map: every point has one owner, edges and corners included; and how fast */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "assign/shell/map.h"
#include "assign/shell/ring.h"
#include "common/base/arena.h"

enum { SIDE = 112, GRIDS = SIDE * SIDE, LOOKS = 500000 };

static const double west = -71.2, south = 42.2, cell = 0.001;

static struct pd_arena arena;
static GEOSContextHandle_t geos;

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void add(struct map *map, const char *code, enum map_layer layer, const double *ring, size_t values) {
    uint8_t *wkb = NULL;
    size_t length = 0;
    char fault[RING_FAULT_MAX] = "";
    struct map_grid grid = {.code = code, .name = "格", .community = "442000001001", .version = 1, .layer = layer};
    bool good = ring_check(geos, ring, values, &arena, &wkb, &length, fault);
    assert_string_equal(fault, "");
    assert_true(good);
    assert_true(map_add(map, &grid, wkb, length));
}

static const struct map_grid *unit_at(struct map *map, double lat, double lng) {
    return map_locate(map, MAP_UNIT, lat, lng);
}

/* Corners computed from the number of the line alone, as neighbours share them. */
static double line(double origin, int n) {
    return origin + n * cell;
}

static struct map *chessboard(int side) {
    struct map *map = map_new((size_t)(side * side));
    for (int n = 0; n < side * side; n++) {
        int r = n / side, c = n % side;
        char code[32];
        double ring[] = {line(west, c),     line(south, r),     line(west, c + 1), line(south, r),
                         line(west, c + 1), line(south, r + 1), line(west, c),     line(south, r + 1)};
        snprintf(code, sizeof code, "250250%06d%03d", n / 900 + 1, n % 900 + 1);
        add(map, code, MAP_UNIT, ring, 8);
    }
    assert_true(map_finish(map));
    return map;
}

static int number_of(const struct map_grid *grid) {
    int block, place;
    assert_int_equal(sscanf(grid->code, "250250%6d%3d", &block, &place), 2);
    return (block - 1) * 900 + place - 1;
}

static void inside_edges_and_corners_belong_to_the_lowest_neighbour(void **context) {
    (void)context;
    enum { N = 8 };
    struct map *map = chessboard(N);
    for (int y = -1; y <= 2 * N + 1; y++) {
        for (int x = -1; x <= 2 * N + 1; x++) {
            /* even: on a line; odd: in the middle between two */
            double lat = y % 2 == 0 ? line(south, y / 2) : south + (y / 2.0) * cell;
            double lng = x % 2 == 0 ? line(west, x / 2) : west + (x / 2.0) * cell;
            const struct map_grid *grid = unit_at(map, lat, lng);
            if (y < 0 || x < 0 || y > 2 * N || x > 2 * N) {
                assert_null(grid);
                continue;
            }
            int row = y % 2 == 0 && y > 0 ? y / 2 - 1 : y / 2, column = x % 2 == 0 && x > 0 ? x / 2 - 1 : x / 2;
            assert_non_null(grid);
            assert_int_equal(number_of(grid), row * N + column);
        }
    }
    map_free(map);
}

static void points_on_a_slanted_shared_edge_have_an_owner(void **context) {
    (void)context;
    struct map *map = map_new(2);
    double left[] = {113.4, 22.5, 113.4137, 22.5171, 113.4, 22.5171},
           right[] = {113.4, 22.5, 113.4137, 22.5, 113.4137, 22.5171};
    add(map, "442000001001001", MAP_UNIT, left, 6);
    add(map, "442000001001002", MAP_UNIT, right, 6);
    assert_true(map_finish(map));
    for (int i = 0; i <= 10000; i++) {
        double part = i / 10000.0;
        assert_non_null(unit_at(map, 22.5 + part * 0.0171, 113.4 + part * 0.0137));
    }
    assert_string_equal(unit_at(map, 22.5, 113.4)->code, "442000001001001");
    assert_string_equal(unit_at(map, 22.5171, 113.4137)->code, "442000001001001");
    map_free(map);
}

static void each_layer_is_asked_for_itself(void **context) {
    (void)context;
    double ring[] = {0, 0, 1, 0, 1, 1, 0, 1};
    struct map *map = map_new(3);
    add(map, "442000001001001", MAP_UNIT, ring, 8);
    add(map, "442000001001002", MAP_GOVERNANCE, ring, 8);
    add(map, "442000001001003", MAP_GOVERNANCE, ring, 8);
    assert_true(map_finish(map));
    assert_string_equal(map_locate(map, MAP_UNIT, 0.5, 0.5)->code, "442000001001001");
    assert_string_equal(map_locate(map, MAP_GOVERNANCE, 0.5, 0.5)->code, "442000001001002");
    assert_null(map_locate(map, MAP_SPECIAL, 0.5, 0.5));
    assert_string_equal(map_grid(map, "442000001001003")->name, "格");
    assert_null(map_grid(map, "442000001001004"));
    map_free(map);
}

static void an_empty_map_has_no_place(void **context) {
    (void)context;
    struct map *map = map_new(0);
    assert_true(map_finish(map));
    assert_null(map_locate(map, MAP_UNIT, 0, 0));
    assert_null(map_grid(map, "442000001001001"));
    map_free(map);
}

static void rings_that_are_none_are_refused_with_the_reason(void **context) {
    (void)context;
    static const struct {
        size_t count;
        double values[10];
        const char *reason;
    } wrong[] = {
        {0, {0}, "0 positions"},
        {4, {0, 0, 1, 1}, "2 positions"},
        {7, {0, 0, 1, 0, 1, 1, 0}, "odd number"},
        {6, {0, 0, 181, 0, 1, 1}, "leaves -180..180"},
        {6, {0, 0, 1, 91, 1, 1}, "leaves -180..180"},
        {6, {0, 0, 1, NAN, 1, 1}, "no number"},
        {8, {0, 0, 1, 1, 1, 0, 0, 1}, "Self-intersection"},
        {6, {0, 0, 1, 1, 2, 2}, "ring"},
        {6, {0, 0, 1, 1, 0, 0}, "ring"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char fault[RING_FAULT_MAX] = "";
        assert_false(ring_check(geos, wrong[i].values, wrong[i].count, NULL, NULL, NULL, fault));
        assert_non_null(strstr(fault, wrong[i].reason));
    }
    char fault[RING_FAULT_MAX] = "";
    double closed[] = {0, 0, 1, 0, 1, 1, 0, 0}, open[] = {0, 0, 1, 0, 1, 1};
    uint8_t *a = NULL, *b = NULL;
    size_t a_length = 0, b_length = 0;
    assert_true(ring_check(geos, closed, 8, &arena, &a, &a_length, fault));
    assert_true(ring_check(geos, open, 6, &arena, &b, &b_length, fault));
    assert_int_equal(a_length, b_length);
    assert_memory_equal(a, b, a_length);
    assert_null(ring_geometry(geos, a, 7));
}

static void twelve_thousand_grids_load_and_locate_fast(void **context) {
    (void)context;
    double began = seconds();
    struct map *map = chessboard(SIDE);
    double loaded = seconds();
    uint64_t random = 88172645463325252u;
    long found = 0;
    for (int i = 0; i < LOOKS; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        double lat = south + (double)(random & 0xffffff) / 0x1000000 * SIDE * cell;
        double lng = west + (double)(random >> 40) / 0x1000000 * SIDE * cell;
        found += unit_at(map, lat, lng) != NULL;
    }
    double looked = seconds() - loaded;
    assert_int_equal(found, LOOKS);
    assert_int_equal(map_count(map), GRIDS);
    print_message("%d grids: %.0f ms to check, encode and load; %.2f us a locate (%.0f a second)\n", GRIDS,
                  (loaded - began) * 1e3, looked / LOOKS * 1e6, LOOKS / looked);
    assert_true(loaded - began < 10); /* 1 s is meant; the rest is for a busy machine and sanitizers */
    map_free(map);
}

static int make_arena(void **context) {
    (void)context;
    pd_arena_init(&arena, 1 << 20, 1 << 28);
    geos = GEOS_init_r();
    return 0;
}

static int drop_arena(void **context) {
    (void)context;
    pd_arena_fini(&arena);
    GEOS_finish_r(geos);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inside_edges_and_corners_belong_to_the_lowest_neighbour),
        cmocka_unit_test(points_on_a_slanted_shared_edge_have_an_owner),
        cmocka_unit_test(each_layer_is_asked_for_itself),
        cmocka_unit_test(an_empty_map_has_no_place),
        cmocka_unit_test(rings_that_are_none_are_refused_with_the_reason),
        cmocka_unit_test(twelve_thousand_grids_load_and_locate_fast),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
