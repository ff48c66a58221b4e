/* Coordinates: the published vectors, there and back over the whole of Zhongshan and of China, and what is no place at all. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include "common/domain/geo.h"

static void assert_near(double found, double wanted, double within) {
    if (!(fabs(found - wanted) <= within)) {
        fail_msg("%.12f is not within %g of %.12f", found, within, wanted);
    }
}

/* WGS84 and GCJ-02 of the same place, to six digits (0.1 m). */
static const struct {
    double lat, lng, gcj_lat, gcj_lng;
} vectors[] = {
    {22.517, 113.39324, 22.514311, 113.398722}, /* 东区街道 */
    {39.9087, 116.3975, 39.910103, 116.403744}, /* Tian'anmen */
};

static void test_the_published_vectors_come_out(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        double lat = 0, lng = 0;
        assert_true(geo_from_wgs84(GEO_GCJ02, vectors[i].lat, vectors[i].lng, &lat, &lng));
        assert_near(lat, vectors[i].gcj_lat, 6e-7);
        assert_near(lng, vectors[i].gcj_lng, 6e-7);
        assert_true(geo_to_wgs84(GEO_GCJ02, vectors[i].gcj_lat, vectors[i].gcj_lng, &lat, &lng));
        assert_near(lat, vectors[i].lat, 1.2e-6);
        assert_near(lng, vectors[i].lng, 1.2e-6);
    }
}

/* The pair that Baidu's own conversion service is quoted with: GCJ-02 (39.915, 116.404). */
static void test_baidu_adds_its_own_shift(void **state) {
    double lat = 0, lng = 0, gcj_lat = 0, gcj_lng = 0;
    (void)state;
    assert_true(geo_to_wgs84(GEO_GCJ02, 39.915, 116.404, &lat, &lng));
    assert_true(geo_from_wgs84(GEO_BD09, lat, lng, &gcj_lat, &gcj_lng));
    assert_near(gcj_lat, 39.92133699351021, 1e-7);
    assert_near(gcj_lng, 116.41036949371029, 1e-7);
    assert_true(geo_to_wgs84(GEO_BD09, 39.92133699351021, 116.41036949371029, &gcj_lat, &gcj_lng));
    assert_near(gcj_lat, lat, 1e-7);
    assert_near(gcj_lng, lng, 1e-7);
}

static void there_and_back(int system, double lat, double lng) {
    double far_lat = 0, far_lng = 0, back_lat = 0, back_lng = 0;
    assert_true(geo_from_wgs84(system, lat, lng, &far_lat, &far_lng));
    assert_true(geo_to_wgs84(system, far_lat, far_lng, &back_lat, &back_lng));
    assert_near(back_lat, lat, 1e-9);
    assert_near(back_lng, lng, 1e-9);
}

static void test_there_and_back_is_the_same_place_all_over_zhongshan(void **state) {
    (void)state;
    for (int i = 0; i <= 60; i++) {
        for (int j = 0; j <= 62; j++) {
            for (int system = 0; system < GEO_SYSTEM_COUNT; system++) {
                there_and_back(system, 22.18 + 0.01 * i, 113.15 + 0.01 * j);
            }
        }
    }
}

static void test_there_and_back_is_the_same_place_all_over_china(void **state) {
    (void)state;
    for (int i = 0; i < 54; i++) {
        for (int j = 0; j < 65; j++) {
            there_and_back(GEO_GCJ02, 1.3 + i, 72.5 + j);
            there_and_back(GEO_BD09, 1.3 + i, 72.5 + j);
        }
    }
}

static double metres_apart(double lat, double lng, double lat2, double lng2) {
    double north = (lat2 - lat) * 111320.0, east = (lng2 - lng) * 111320.0 * cos(lat / 180.0 * 3.14159265358979);
    return hypot(north, east);
}

static void test_an_undeclared_shift_would_be_the_wrong_grid(void **state) {
    (void)state;
    for (int system = GEO_GCJ02; system <= GEO_BD09; system++) {
        double lat = 0, lng = 0;
        assert_true(geo_from_wgs84(system, 22.517, 113.39324, &lat, &lng));
        double apart_m = metres_apart(22.517, 113.39324, lat, lng);
        assert_true(apart_m > 600 && apart_m < 1700);
    }
}

static void same(int system, double lat, double lng) {
    double found_lat = 0, found_lng = 0;
    assert_true(geo_to_wgs84(system, lat, lng, &found_lat, &found_lng));
    assert_true(found_lat == lat && found_lng == lng);
    assert_true(geo_from_wgs84(system, lat, lng, &found_lat, &found_lng));
    assert_true(found_lat == lat && found_lng == lng);
}

static void test_wgs84_and_surveyors_coordinates_stay_to_the_last_bit(void **state) {
    (void)state;
    same(GEO_UNSPECIFIED, 22.517, 113.39324);
    same(GEO_WGS84, 22.517, 113.39324);
    same(GEO_CGCS2000, 22.517, 113.39324);
}

static void test_nothing_is_shifted_outside_china(void **state) {
    (void)state;
    for (int system = 0; system < GEO_SYSTEM_COUNT; system++) {
        same(system, 42.36, -71.06);  /* Boston */
        same(system, 48.85, 2.35);    /* Paris */
        same(system, -33.86, 151.21); /* Sydney */
        same(system, 0, 0);
        same(system, 90, 180);
        same(system, -90, -180);
    }
}

static void refused(int system, double lat, double lng) {
    double found_lat = 7, found_lng = 8;
    assert_false(geo_to_wgs84(system, lat, lng, &found_lat, &found_lng));
    assert_false(geo_from_wgs84(system, lat, lng, &found_lat, &found_lng));
    assert_true(found_lat == 7 && found_lng == 8);
}

static void test_what_is_no_place_is_refused_and_leaves_no_mark(void **state) {
    (void)state;
    refused(-1, 22.5, 113.4);
    refused(GEO_SYSTEM_COUNT, 22.5, 113.4);
    refused(GEO_GCJ02, 90.001, 113.4);
    refused(GEO_GCJ02, -90.001, 113.4);
    refused(GEO_BD09, 22.5, 180.001);
    refused(GEO_WGS84, (double)NAN, 113.4);
    refused(GEO_WGS84, 22.5, (double)NAN);
    refused(GEO_BD09, (double)INFINITY, 113.4);
    refused(GEO_GCJ02, 22.5, -(double)INFINITY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_published_vectors_come_out),
        cmocka_unit_test(test_baidu_adds_its_own_shift),
        cmocka_unit_test(test_there_and_back_is_the_same_place_all_over_zhongshan),
        cmocka_unit_test(test_there_and_back_is_the_same_place_all_over_china),
        cmocka_unit_test(test_an_undeclared_shift_would_be_the_wrong_grid),
        cmocka_unit_test(test_wgs84_and_surveyors_coordinates_stay_to_the_last_bit),
        cmocka_unit_test(test_nothing_is_shifted_outside_china),
        cmocka_unit_test(test_what_is_no_place_is_refused_and_leaves_no_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
