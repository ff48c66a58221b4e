/* geojson and shape: a part of features, each read or told with its place */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "assign/shell/shape.h"

#define SQUARE "[[113.4,22.5],[113.401,22.5],[113.401,22.501],[113.4,22.501],[113.4,22.5]]"
#define SECOND "[[113.5,22.5],[113.501,22.5],[113.501,22.501],[113.5,22.501],[113.5,22.5]]"
#define HOLE   "[[113.4002,22.5002],[113.4004,22.5002],[113.4004,22.5004],[113.4002,22.5002]]"

static struct pd_arena arena;
static struct change_faults faults;
static struct geojson geojson;
static GEOSContextHandle_t geos;

static void assert_near(double is, double wanted, double by) {
    if (!(fabs(is - wanted) <= by)) {
        fail_msg("%.9g is not %.9g", is, wanted);
    }
}

static int set_up(void **state) {
    (void)state;
    pd_arena_init(&arena, 1 << 16, 1 << 26);
    change_faults_init(&faults, &arena);
    geojson_init(&geojson, &arena, &faults);
    geos = GEOS_init_r();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    GEOS_finish_r(geos);
    pd_arena_fini(&arena);
    return 0;
}

static void read_text(const char *text) {
    assert_true(geojson_read(&geojson, 1, text, strlen(text)));
}

/* One feature with this geometry. */
static void read_geometry(const char *type, const char *coordinates) {
    char text[2048];
    snprintf(text, sizeof text,
             "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"code\":"
             "\"442000001001001\","
             "\"name\":\"格\"},\"geometry\":{\"type\":\"%s\",\"coordinates\":%s}}]}",
             type, coordinates);
    read_text(text);
}

static struct change_fault *make(const struct shape_box *city, struct shape *ret_shape) {
    assert_non_null(geojson.first);
    return shape_make(geos, &arena, geojson.first, city, &faults, ret_shape) ? NULL : faults.first;
}

static const struct shape_box nowhere = {0}, zhongshan = {113.1, 22.1, 113.7, 22.8, true};

static void properties_and_rings_come_through(void **state) {
    (void)state;
    read_text(
        "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"code\":442000001001,"
        "\"name\":\"迎阳\",\"parent\":\"442000001\",\"level\":\"community\",\"households\":13200,\"replaces\":["
        "\"442000001002\"],"
        "\"colour\":\"red\"},\"geometry\":{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE "," HOLE "],[" SECOND
        "]]}}]}");
    const struct geojson_feature *f = geojson.first;
    assert_int_equal(faults.count, 0);
    assert_string_equal(f->code, "442000001001");
    assert_string_equal(f->name, "迎阳");
    assert_string_equal(f->parent, "442000001");
    assert_int_equal(f->level, 3);
    assert_int_equal(f->households, 13200);
    assert_string_equal(f->replaces[0], "442000001002");
    assert_int_equal(f->count, 2);
    assert_int_equal(f->polygons[0].count, 2);
    assert_int_equal(f->polygons[0].rings[1].points, 4);
    struct shape shape;
    assert_null(make(&zhongshan, &shape));
    double square = 0.001 * 0.001 - 0.0002 * 0.0002 / 2 + 0.001 * 0.001;
    assert_near(shape_area_m2(geos, shape.geometry), square * 111320 * 111320 * 0.923873, 0.5);
    assert_near(shape.box.east, 113.501, 1e-9);
    shape_free(geos, &shape);
}

static void features_are_numbered_over_all_parts_and_a_bad_one_stops_nobody(void **state) {
    (void)state;
    read_text("{\"type\":\"FeatureCollection\",\"features\":[7]}");
    read_geometry("Polygon", "[" SQUARE "]");
    read_geometry("Point", "[1,2]");
    read_text("{\"type\":\"FeatureCollection\",\"features\":[");
    read_geometry("Polygon", "[[[1,2],[null,3],[4,5],[1,2]]]");
    assert_int_equal(geojson.seen, 4);
    assert_int_equal(geojson.kept, 1);
    assert_int_equal(geojson.first->index, 1);
    static const int features[] = {0, 2, -1, 3};
    const struct change_fault *fault = faults.first;
    for (size_t i = 0; i < 4; i++, fault = fault->next) {
        assert_non_null(fault);
        assert_int_equal(fault->kind, FAULT_GEOJSON);
        assert_int_equal(fault->feature, features[i]);
    }
}

static void another_crs_is_told_and_wgs84_is_not(void **state) {
    (void)state;
    read_text("{\"type\":\"FeatureCollection\",\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"urn:ogc:def:crs:"
              "OGC:1.3:CRS84\"}},"
              "\"features\":[]}");
    assert_int_equal(faults.count, 0);
    read_text("{\"type\":\"FeatureCollection\",\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"EPSG:4490\"}},"
              "\"features\":[]}");
    assert_int_equal(faults.first->kind, FAULT_CRS);
}

static void coordinates_that_are_none_say_what_they_look_like(void **state) {
    (void)state;
    static const struct {
        const char *ring, *words;
    } rows[] = {
        {"[[22.5,113.4],[22.6,113.4],[22.6,113.5],[22.5,113.4]]", "lat before long"},
        {"[[12623000,2575000],[12624000,2575000],[12624000,2576000],[12623000,2575000]]", "metres"},
        {"[[-71.1,42.3],[-71.0,42.3],[-71.0,42.4],[-71.1,42.3]]", "far outside"},
        {"[[200,95],[201,95],[201,96],[200,95]]", "no degrees"},
    };
    for (size_t i = 0; i < 4; i++) {
        struct shape shape;
        change_faults_init(&faults, &arena);
        geojson_init(&geojson, &arena, &faults);
        char coordinates[256];
        snprintf(coordinates, sizeof coordinates, "[%s]", rows[i].ring);
        read_geometry("Polygon", coordinates);
        const struct change_fault *fault = make(&zhongshan, &shape);
        assert_non_null(fault);
        assert_int_equal(fault->kind, FAULT_COORDINATES);
        assert_non_null(strstr(fault->detail, rows[i].words));
    }
}

static void rings_that_are_none_say_where(void **state) {
    (void)state;
    static const struct {
        const char *ring, *words;
        double lng, lat;
    } rows[] = {
        {"[[0,0],[1,1],[1,0],[0,1],[0,0]]", "Self-intersection", 0.5, 0.5},
        {"[[0,0],[1,0],[1,1],[0,1]]", "not closed", 0, 1},
        {"[[3,4],[1,0],[3,4]]", "at least 4", 3, 4},
    };
    for (size_t i = 0; i < 3; i++) {
        struct shape shape;
        change_faults_init(&faults, &arena);
        geojson_init(&geojson, &arena, &faults);
        char coordinates[256];
        snprintf(coordinates, sizeof coordinates, "[%s]", rows[i].ring);
        read_geometry("Polygon", coordinates);
        const struct change_fault *fault = make(&nowhere, &shape);
        assert_non_null(fault);
        assert_int_equal(fault->kind, FAULT_GEOMETRY);
        assert_non_null(strstr(fault->detail, rows[i].words));
        assert_near(fault->lng, rows[i].lng, 1e-9);
        assert_near(fault->lat, rows[i].lat, 1e-9);
    }
}

static void too_many_faults_are_counted_but_not_kept(void **state) {
    (void)state;
    for (int i = 0; i < CHANGE_FAULTS_KEPT + 5; i++) {
        (void)change_fault(&faults, i % 2 == 0 ? FAULT_CODE : FINDING_GAP, i, "\xff", "%d", i);
    }
    assert_int_equal(faults.kept, CHANGE_FAULTS_KEPT);
    assert_int_equal(faults.count + faults.gaps, CHANGE_FAULTS_KEPT + 5);
    assert_string_equal(faults.first->code, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(properties_and_rings_come_through, set_up, tear_down),
        cmocka_unit_test_setup_teardown(features_are_numbered_over_all_parts_and_a_bad_one_stops_nobody, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(another_crs_is_told_and_wgs84_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(coordinates_that_are_none_say_what_they_look_like, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rings_that_are_none_say_where, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_many_faults_are_counted_but_not_kept, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
