/* survey: overlaps, gaps and overhangs of a layer of rectangles, in units of a thousandth of a degree */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "assign/shell/survey.h"

enum { SHAPES_MAX = 64 };

static const double unit = 0.001;
static struct pd_arena arena;
static struct change_faults faults;
static GEOSContextHandle_t geos;
static struct shape shapes[SHAPES_MAX], outline, gone;
static struct shape *layer[SHAPES_MAX], *removed[1];
static size_t count;

static void assert_near(double is, double wanted, double by) {
    if (!(fabs(is - wanted) <= by)) {
        fail_msg("%.9g is not %.9g", is, wanted);
    }
}

static int set_up(void **state) {
    (void)state;
    pd_arena_init(&arena, 1 << 16, 1 << 26);
    change_faults_init(&faults, &arena);
    geos = GEOS_init_r();
    count = 0;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    for (size_t i = 0; i < count; i++) {
        shape_free(geos, &shapes[i]);
    }
    shape_free(geos, &outline);
    shape_free(geos, &gone);
    GEOS_finish_r(geos);
    pd_arena_fini(&arena);
    return 0;
}

static void draw(struct shape *shape, const char *code, double x, double y, double w, double h, enum feature_act act) {
    double xy[] = {x, y, x + w, y, x + w, y + h, x, y + h, x, y};
    static const struct shape_box nowhere = {0};
    for (size_t i = 0; i < 10; i++) {
        xy[i] *= unit;
    }
    struct geojson_ring ring = {xy, 5};
    struct geojson_polygon polygon = {&ring, 1};
    struct geojson_feature feature = {.index = act == FEATURE_UNCHANGED ? -1 : (int32_t)count,
                                      .code = code,
                                      .name = "",
                                      .parent = "442000001001",
                                      .polygons = &polygon,
                                      .count = 1};
    assert_true(shape_make(geos, &arena, &feature, &nowhere, &faults, shape));
    shape->act = act;
}

/* Codes ascend in the order of the calls. */
static void add(double x, double y, double w, double h, enum feature_act act) {
    char code[16];
    snprintf(code, sizeof code, "442000001001%03zu", count + 1);
    draw(&shapes[count], pd_strdup(&arena, code), x, y, w, h, act);
    layer[count] = &shapes[count];
    count++;
}

static void survey(struct survey_layer looked) {
    struct survey_parent parent = {"442000001001", outline.geometry == NULL ? NULL : &outline};
    looked.shapes = layer;
    looked.count = count;
    looked.parents = &parent;
    looked.parent_count = 1;
    looked.tolerance_m2 = looked.tolerance_m2 == 0 ? 1 : looked.tolerance_m2;
    struct survey *made = survey_new(geos, &looked, &faults);
    assert_non_null(made);
    assert_true(survey_overlaps(made));
    assert_true(survey_gaps(made));
    survey_free(made);
}

static double square_metres(double units) {
    return units * unit * unit * 111320 * 111320;
}

static void a_partition_has_neither_overlaps_nor_gaps(void **state) {
    (void)state;
    for (int i = 0; i < 25; i++) {
        add(i % 5, (double)(i / 5), 1, 1, FEATURE_ADDED);
    }
    draw(&outline, "442000001001", 0, 0, 5, 5, FEATURE_UNCHANGED);
    survey((struct survey_layer){.whole = true});
    assert_int_equal(faults.kept, 0);
}

static void an_overlap_is_told_once_with_both_codes_its_area_and_its_outline(void **state) {
    (void)state;
    add(0, 0, 2, 1, FEATURE_UNCHANGED);
    add(1.5, 0, 2, 1, FEATURE_ADDED);
    survey((struct survey_layer){0});
    assert_int_equal(faults.overlaps, 1);
    const struct change_fault *fault = faults.first;
    assert_string_equal(fault->code, "442000001001002");
    assert_string_equal(fault->other, "442000001001001");
    assert_near(fault->area_m2, square_metres(0.5), 10);
    assert_true(fault->lng > 1.5 * unit && fault->lng < 2 * unit && fault->outline != NULL);
}

static void old_overlaps_are_none_of_a_change_s_business_unless_it_draws_the_whole(void **state) {
    (void)state;
    add(0, 0, 2, 1, FEATURE_UNCHANGED);
    add(1.5, 0, 2, 1, FEATURE_UNCHANGED);
    add(9, 0, 1, 1, FEATURE_ADDED);
    survey((struct survey_layer){0});
    assert_int_equal(faults.overlaps, 0);
    survey((struct survey_layer){.whole = true});
    assert_int_equal(faults.overlaps, 1);
}

static void the_same_outline_twice_is_a_fault(void **state) {
    (void)state;
    add(0, 0, 1, 1, FEATURE_UNCHANGED);
    add(0, 0, 1, 1, FEATURE_ADDED);
    survey((struct survey_layer){0});
    assert_int_equal(faults.overlaps, 0);
    assert_int_equal(faults.count, 1);
    assert_int_equal(faults.first->kind, FAULT_DUPLICATE);
}

static void what_is_within_the_tolerance_is_none(void **state) {
    (void)state;
    add(0, 0, 1, 1, FEATURE_ADDED);
    add(0.999, 0, 1, 1, FEATURE_ADDED);
    survey((struct survey_layer){.tolerance_m2 = square_metres(0.0011)});
    assert_int_equal(faults.overlaps, 0);
    survey((struct survey_layer){.tolerance_m2 = square_metres(0.0009)});
    assert_int_equal(faults.overlaps, 1);
}

static void a_hole_between_outlines_is_a_gap_also_without_a_division(void **state) {
    (void)state;
    for (int i = 0; i < 9; i++) {
        if (i != 4) {
            add(i % 3, (double)(i / 3), 1, 1, FEATURE_ADDED);
        }
    }
    survey((struct survey_layer){0});
    assert_int_equal(faults.gaps, 1);
    assert_near(faults.first->lng, 1.5 * unit, unit / 2);
    assert_near(faults.first->area_m2, square_metres(1), 10);
    /* with the division's outline it is told once, not twice */
    change_faults_init(&faults, &arena);
    draw(&outline, "442000001001", 0, 0, 3, 3, FEATURE_UNCHANGED);
    survey((struct survey_layer){0});
    assert_int_equal(faults.gaps, 1);
}

static void what_misses_or_leaves_the_division_is_told_apart(void **state) {
    (void)state;
    draw(&outline, "442000001001", 0, 0, 3, 1, FEATURE_UNCHANGED);
    add(0, 0, 2, 1, FEATURE_ADDED);
    survey((struct survey_layer){0});
    assert_int_equal(faults.gaps, 1);
    assert_int_equal(faults.first->kind, FINDING_GAP);
    change_faults_init(&faults, &arena);
    add(2, 0, 2, 1, FEATURE_ADDED);
    survey((struct survey_layer){0});
    assert_int_equal(faults.gaps, 1);
    assert_int_equal(faults.first->kind, FINDING_OVERHANG);
    assert_near(faults.first->area_m2, square_metres(1), 10);
}

static void a_gap_that_was_there_before_is_told_only_when_something_left_it(void **state) {
    (void)state;
    draw(&outline, "442000001001", 0, 0, 4, 1, FEATURE_UNCHANGED);
    add(0, 0, 1, 1, FEATURE_UNCHANGED);
    add(3, 0, 1, 1, FEATURE_UNCHANGED);
    survey((struct survey_layer){0});
    assert_int_equal(faults.gaps, 0);
    draw(&gone, "442000001001009", 1, 0, 2, 1, FEATURE_CLOSED);
    removed[0] = &gone;
    survey((struct survey_layer){.removed = removed, .removed_count = 1});
    assert_int_equal(faults.gaps, 1);
}

static void a_point_on_an_edge_has_the_owner_with_the_lowest_code(void **state) {
    (void)state;
    add(1, 0, 1, 1, FEATURE_ADDED);
    add(0, 0, 1, 1, FEATURE_ADDED);
    struct survey_layer looked = {.shapes = layer, .count = count, .tolerance_m2 = 1};
    struct survey *made = survey_new(geos, &looked, &faults);
    assert_ptr_equal(survey_find(made, 0.5 * unit, 1 * unit), &shapes[0]);
    assert_ptr_equal(survey_find(made, 0.5 * unit, 0.5 * unit), &shapes[1]);
    assert_null(survey_find(made, 0.5 * unit, 3 * unit));
    survey_free(made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_partition_has_neither_overlaps_nor_gaps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_overlap_is_told_once_with_both_codes_its_area_and_its_outline, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(old_overlaps_are_none_of_a_change_s_business_unless_it_draws_the_whole, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_same_outline_twice_is_a_fault, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_within_the_tolerance_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hole_between_outlines_is_a_gap_also_without_a_division, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_misses_or_leaves_the_division_is_told_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_gap_that_was_there_before_is_told_only_when_something_left_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_point_on_an_edge_has_the_owner_with_the_lowest_code, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
