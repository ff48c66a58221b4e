/* map: every point has one owner, edges, corners, holes and parts included; and what is nearest */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "assign/shell/map.h"
#include "assign/shell/ring.h"
#include "common/base/arena.h"

enum { STARS = 60, CORNERS = 24, LOOKS = 40000 };

static const double west = -71.2, south = 42.2, cell = 0.001;

static struct pd_arena arena;
static GEOSContextHandle_t geos;

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
    map_unref(map);
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
    map_unref(map);
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
    map_unref(map);
}

static void an_empty_map_has_no_place(void **context) {
    (void)context;
    struct map *map = map_new(0);
    assert_true(map_finish(map));
    assert_null(map_locate(map, MAP_UNIT, 0, 0));
    assert_null(map_grid(map, "442000001001001"));
    map_unref(map);
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

/* ---- against geometry asked one by one */

static void add_wkt(struct map *map, const char *code, enum map_layer layer, const char *wkt) {
    GEOSWKTReader *reader = GEOSWKTReader_create_r(geos);
    GEOSWKBWriter *writer = GEOSWKBWriter_create_r(geos);
    GEOSGeometry *geometry = GEOSWKTReader_read_r(geos, reader, wkt);
    size_t length = 0;
    unsigned char *wkb = GEOSWKBWriter_write_r(geos, writer, geometry, &length);
    struct map_grid grid = {.code = code, .name = "格", .community = "442000001001", .version = 1, .layer = layer};
    assert_true(map_add(map, &grid, wkb, length));
    GEOSFree_r(geos, wkb);
    GEOSGeom_destroy_r(geos, geometry);
    GEOSWKBWriter_destroy_r(geos, writer);
    GEOSWKTReader_destroy_r(geos, reader);
}

static double random_part(void) {
    static uint64_t random = 88172645463325252u;
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return (double)(random >> 11) / 9007199254740992.0;
}

/* A star around a place: many slanted edges, inlets narrower than a square of the raster. */
static GEOSGeometry *star(double ring[CORNERS + 1][2], double lat, double lng, double size) {
    GEOSCoordSequence *sequence = GEOSCoordSeq_create_r(geos, CORNERS + 1, 2);
    for (int i = 0; i <= CORNERS; i++) {
        double radius = size * (i % 2 == 0 ? 1 : 0.05 + 0.9 * random_part()),
               angle = i * 2 * 3.14159265358979 / CORNERS;
        ring[i][0] = i == CORNERS ? ring[0][0] : lng + radius * cos(angle);
        ring[i][1] = i == CORNERS ? ring[0][1] : lat + radius * sin(angle);
        GEOSCoordSeq_setXY_r(geos, sequence, (unsigned)i, ring[i][0], ring[i][1]);
    }
    return GEOSGeom_createPolygon_r(geos, GEOSGeom_createLinearRing_r(geos, sequence), NULL, 0);
}

static int first_that_intersects(GEOSGeometry *const *shapes, double lat, double lng) {
    GEOSGeometry *point = GEOSGeom_createPointFromXY_r(geos, lng, lat);
    int first = -1;
    for (int i = 0; first < 0 && i < STARS; i++) {
        first = GEOSIntersects_r(geos, shapes[i], point) == 1 ? i : -1;
    }
    GEOSGeom_destroy_r(geos, point);
    return first;
}

static void look_twice(struct map *map, GEOSGeometry *const *shapes, double lat, double lng) {
    const struct map_grid *grid = unit_at(map, lat, lng);
    int expected = first_that_intersects(shapes, lat, lng), found = grid == NULL ? -1 : atoi(grid->code + 12) - 1;
    if (found != expected) {
        fail_msg("%.17g %.17g: %d, not %d", lat, lng, found, expected);
    }
}

static void the_raster_never_changes_an_answer(void **context) {
    (void)context;
    static double rings[STARS][CORNERS + 1][2];
    GEOSGeometry *shapes[STARS];
    struct map *map = map_new(STARS);
    GEOSWKBWriter *writer = GEOSWKBWriter_create_r(geos);
    for (int i = 0; i < STARS; i++) {
        char code[32];
        size_t length = 0;
        snprintf(code, sizeof code, "442000001001%03d", i + 1);
        shapes[i] =
            star(rings[i], 22 + random_part(), 113 + random_part(), i % 7 == 0 ? 0.6 : 0.002 + 0.1 * random_part());
        unsigned char *wkb = GEOSWKBWriter_write_r(geos, writer, shapes[i], &length);
        struct map_grid grid = {.code = code, .name = "", .community = "", .version = 1, .layer = MAP_UNIT};
        assert_true(map_add(map, &grid, wkb, length));
        GEOSFree_r(geos, wkb);
    }
    assert_true(map_finish(map));
    for (int i = 0; i < LOOKS; i++) {
        look_twice(map, shapes, 21.2 + 2.6 * random_part(), 112.2 + 2.6 * random_part());
    }
    for (int i = 0; i < STARS; i++) {
        for (int k = 0; k < CORNERS; k++) {
            const double *a = rings[i][k], *b = rings[i][k + 1];
            look_twice(map, shapes, a[1], a[0]);
            look_twice(map, shapes, (a[1] + b[1]) / 2, (a[0] + b[0]) / 2);
            look_twice(map, shapes, nextafter(a[1], b[1]), nextafter(a[0], b[0]));
        }
    }
    for (int i = 0; i < STARS; i++) {
        GEOSGeom_destroy_r(geos, shapes[i]);
    }
    GEOSWKBWriter_destroy_r(geos, writer);
    map_unref(map);
}

static void holes_and_parts_count(void **context) {
    (void)context;
    struct map *map = map_new(2);
    add_wkt(map, "442000001001001", MAP_UNIT,
            "MULTIPOLYGON (((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 3 1, 3 3, 1 3, 1 1)), ((10 0, 11 0, 11 1, 10 1, 10 0)))");
    add_wkt(map, "442000001001002", MAP_UNIT, "POLYGON ((1 1, 3 1, 3 3, 2 3, 1 1))");
    assert_true(map_finish(map));
    assert_string_equal(unit_at(map, 0.5, 0.5)->code, "442000001001001");
    assert_string_equal(unit_at(map, 0.5, 10.5)->code, "442000001001001");
    assert_string_equal(unit_at(map, 2, 2.5)->code, "442000001001002");
    assert_string_equal(unit_at(map, 2, 3)->code, "442000001001001"); /* the hole's edge belongs to both */
    assert_null(unit_at(map, 2.5, 1.2));
    assert_null(unit_at(map, 0.5, 7));
    map_unref(map);
}

static void outlines_upon_each_other_are_asked_in_the_order_of_their_codes(void **context) {
    (void)context;
    enum { MANY = 40 };
    const double step = 0x1p-20; /* its multiples are exact in decimal digits too */
    struct map *map = map_new(MANY);
    for (int i = 0; i < MANY; i++) {
        char code[32], wkt[160];
        snprintf(code, sizeof code, "442000001001%03d", i + 1);
        /* each begins a little further right and all end together: an edge of each in one square */
        snprintf(wkt, sizeof wkt, "POLYGON ((%.20f 0, 1 0, 1 1, %.20f 1, %.20f 0))", (MANY - i) * step,
                 (MANY - i) * step, (MANY - i) * step);
        add_wkt(map, code, MAP_UNIT, wkt);
    }
    assert_true(map_finish(map));
    for (int i = 0; i < MANY; i++) {
        int expected = i + 1;
        const struct map_grid *grid = unit_at(map, 0.5, (MANY - i) * step);
        assert_non_null(grid);
        assert_int_equal(atoi(grid->code + 12), expected);
    }
    assert_null(unit_at(map, 0.5, 0.5 * step));
    assert_string_equal(unit_at(map, 0.5, 1)->code, "442000001001001");
    map_unref(map);
}

static void outlines_far_apart_make_large_squares_and_no_other_answers(void **context) {
    (void)context;
    enum { N = 6 };
    struct map *map = map_new(N * N + 1);
    for (int n = 0; n < N * N; n++) {
        char code[32];
        int r = n / N, c = n % N;
        double ring[] = {line(west, c),     line(south, r),     line(west, c + 1), line(south, r),
                         line(west, c + 1), line(south, r + 1), line(west, c),     line(south, r + 1)};
        snprintf(code, sizeof code, "442000001001%03d", n + 1);
        add(map, code, MAP_UNIT, ring, 8);
    }
    add_wkt(map, "442000001002001", MAP_UNIT, "POLYGON ((179 -80, 179.5 -80, 179.5 -79.5, 179 -80))");
    assert_true(map_finish(map));
    for (int n = 0; n < N * N; n++) {
        const struct map_grid *grid = unit_at(map, south + (n / N + 0.5) * cell, west + (n % N + 0.5) * cell);
        assert_non_null(grid);
        assert_int_equal(atoi(grid->code + 12), n + 1);
    }
    assert_non_null(unit_at(map, -80, 179));
    assert_null(unit_at(map, 42.2, 100));
    assert_null(unit_at(map, south - cell, west - cell));
    map_unref(map);
}

static void the_nearest_outline_is_found_within_the_tolerance_and_no_further(void **context) {
    (void)context;
    struct map *map = map_new(3);
    double distance_m = -1;
    add_wkt(map, "442000001001001", MAP_UNIT, "POLYGON ((113.41 22.5, 113.42 22.5, 113.42 22.51, 113.41 22.5))");
    add_wkt(map, "442000001001002", MAP_UNIT, "POLYGON ((113.39 22.5, 113.38 22.5, 113.38 22.51, 113.39 22.5))");
    add_wkt(map, "442000001001003", MAP_SPECIAL, "POLYGON ((113.4 22.5, 113.41 22.5, 113.41 22.51, 113.4 22.5))");
    assert_true(map_finish(map));
    /* 0.001 degrees of longitude at 22.5 north are 102.73 m */
    const struct map_grid *grid = map_nearest(map, MAP_UNIT, 22.5, 113.409, 200, &distance_m);
    assert_non_null(grid);
    assert_string_equal(grid->code, "442000001001001");
    assert_true(fabs(distance_m - 102.73) < 0.05);
    distance_m = -1;
    assert_null(map_nearest(map, MAP_UNIT, 22.5, 113.409, 102, &distance_m));
    assert_true(distance_m < 0);
    /* 0.001 degrees of latitude are 111.20 m */
    grid = map_nearest(map, MAP_UNIT, 22.499, 113.415, 1000, &distance_m);
    assert_true(grid != NULL && fabs(distance_m - 111.195) < 0.05);
    grid = map_nearest(map, MAP_UNIT, 22.501, 113.417, 1000, &distance_m);
    assert_true(grid != NULL && fabs(distance_m) < 1e-9);
    assert_null(map_nearest(map, MAP_RESPONSIBILITY, 22.5, 113.409, 5000, &distance_m));
    map_unref(map);
}

static void of_equally_near_outlines_the_lowest_code_is_the_nearest(void **context) {
    (void)context;
    struct map *map = map_new(2);
    double distance_m = 0;
    add_wkt(map, "442000001001001", MAP_UNIT, "POLYGON ((0.5 0, 1 0, 1 1, 0.5 0))");
    add_wkt(map, "442000001001002", MAP_UNIT, "POLYGON ((0.5 0, 1 -1, 1 0, 0.5 0))");
    assert_true(map_finish(map));
    assert_string_equal(map_nearest(map, MAP_UNIT, 0, 0.499, 500, &distance_m)->code, "442000001001001");
    map_unref(map);
}

static void divisions_are_outlines_and_names(void **context) {
    (void)context;
    struct map *map = map_new(2);
    assert_true(map_division(map, "442000", "中山市"));
    assert_true(map_division(map, "442000001", "石岐街道"));
    assert_true(map_division(map, "442000001001", "迎阳社区"));
    add_wkt(map, "442000001", MAP_TOWN, "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))");
    add_wkt(map, "442000001001", MAP_COMMUNITY, "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))");
    assert_true(map_finish(map));
    assert_string_equal(map_locate(map, MAP_TOWN, 2, 2)->code, "442000001");
    assert_null(map_locate(map, MAP_COMMUNITY, 2, 2));
    assert_null(unit_at(map, 0.5, 0.5));
    assert_string_equal(map_division_name(map, "442000001001007", 12), "迎阳社区");
    assert_string_equal(map_division_name(map, "442000001001007", 9), "石岐街道");
    assert_string_equal(map_division_name(map, "442000009001007", 9), "");
    assert_string_equal(map_division_name(map, "442", 9), "");
    map_unref(map);
}

static void a_map_lives_as_long_as_somebody_holds_it(void **context) {
    (void)context;
    struct map *map = map_new(1), *held;
    add_wkt(map, "442000001001001", MAP_UNIT, "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))");
    assert_true(map_finish(map));
    held = map_ref(map);
    map_unref(map);
    assert_non_null(unit_at(held, 2, 2));
    map_unref(held);
}

struct asker {
    struct map *map;
    long found;
};

static void *ask_everywhere(void *context) {
    struct asker *asker = context;
    double distance_m = 0;
    for (int i = 0; i <= 400; i++) {
        for (int k = 0; k <= 40; k++) {
            asker->found += unit_at(asker->map, line(south, 0) + i * cell / 50, line(west, 0) + k * cell / 5) != NULL;
        }
        asker->found +=
            map_nearest(asker->map, MAP_UNIT, south - cell / 2, west + i * cell / 50, 200, &distance_m) != NULL;
    }
    map_unref(asker->map);
    return NULL;
}

static void threads_ask_one_map_at_once(void **context) {
    (void)context;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    struct asker askers[THREADS];
    struct map *map = chessboard(8);
    for (int i = 0; i < THREADS; i++) {
        askers[i] = (struct asker){.map = map_ref(map)};
        assert_int_equal(pthread_create(&threads[i], NULL, ask_everywhere, &askers[i]), 0);
    }
    map_unref(map);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(askers[i].found, 401 * 42);
    }
}

static void bytes_that_are_no_outline_are_not_taken(void **context) {
    (void)context;
    static const char *const wrong[] = {"POINT (1 1)",
                                        "LINESTRING (0 0, 1 1)",
                                        "POLYGON EMPTY",
                                        "MULTIPOLYGON EMPTY",
                                        "POLYGON ((0 0, 200 0, 1 1, 0 0))",
                                        "GEOMETRYCOLLECTION (POLYGON ((0 0, 1 0, 1 1, 0 0)))"};
    GEOSWKTReader *reader = GEOSWKTReader_create_r(geos);
    GEOSWKBWriter *writer = GEOSWKBWriter_create_r(geos);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        size_t length = 0;
        GEOSGeometry *geometry = GEOSWKTReader_read_r(geos, reader, wrong[i]);
        unsigned char *wkb = GEOSWKBWriter_write_r(geos, writer, geometry, &length);
        assert_null(ring_geometry(geos, wkb, length));
        GEOSFree_r(geos, wkb);
        GEOSGeom_destroy_r(geos, geometry);
    }
    GEOSWKBWriter_destroy_r(geos, writer);
    GEOSWKTReader_destroy_r(geos, reader);
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
        cmocka_unit_test(the_raster_never_changes_an_answer),
        cmocka_unit_test(holes_and_parts_count),
        cmocka_unit_test(outlines_upon_each_other_are_asked_in_the_order_of_their_codes),
        cmocka_unit_test(outlines_far_apart_make_large_squares_and_no_other_answers),
        cmocka_unit_test(the_nearest_outline_is_found_within_the_tolerance_and_no_further),
        cmocka_unit_test(of_equally_near_outlines_the_lowest_code_is_the_nearest),
        cmocka_unit_test(divisions_are_outlines_and_names),
        cmocka_unit_test(a_map_lives_as_long_as_somebody_holds_it),
        cmocka_unit_test(threads_ask_one_map_at_once),
        cmocka_unit_test(bytes_that_are_no_outline_are_not_taken),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
