/* How alike two names are, what speaks for a place and against it, and when a candidate is sure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "assign/core/address_score.h"

static struct address_name name(const char *text) {
    uint16_t chars[ADDRESS_CHARS_MAX];
    struct address_name made;
    int count = address_fold(text, chars);
    assert_true(count > 0);
    address_name(chars, (size_t)count, &made);
    return made;
}

static double alike(const char *a, const char *b) {
    struct address_name x = name(a), y = name(b);
    double similarity = address_similarity(&x, &y);
    assert_true(similarity == address_similarity(&y, &x));
    assert_true(similarity >= 0 && similarity <= 1);
    return similarity;
}

static void only_the_same_name_is_one(void **state) {
    (void)state;
    assert_true(alike("星宝明珠", "星宝明珠") == 1);
    assert_true(alike("星宝明珠", "星寶明珠小区") == 1);
    assert_true(alike("星宝明珠", "星宝名珠") == 0.75);
    assert_true(alike("星宝明珠", "星宝珠明") == 0.85);
    assert_true(alike("锦绣阳光花园", "锦绣阳光") > 0.9);
}

static void what_tells_names_apart_weighs_more_than_what_they_share(void **state) {
    (void)state;
    static const char *const pairs[][2] = {{"星宝花园", "星辰花园"},       {"翠景花园", "翠景新村"},
                                           {"孙文东路", "孙文西路"},       {"中山一路", "中山二路"},
                                           {"康华路", "康华街"},           {"竹苑小学", "竹苑中学"},
                                           {"星宝明珠", "星宝明珠幼儿园"}, {"大信", "大信新都汇"},
                                           {"兴业2期", "兴业3期"},         {"人民医院", "人民医院西区分院"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        double similarity = alike(pairs[i][0], pairs[i][1]);
        assert_true(similarity < 0.7); /* below it nothing else can make it sure */
    }
}

/* ---- confidence */

static const struct address_near anywhere = {.community = ""};

static const struct address_place road = {.kind = PLACE_ROAD,
                                          .parity = PLACE_ODD,
                                          .number_from = 1,
                                          .number_to = 99,
                                          .division = "442000001001",
                                          .lat = 22.5,
                                          .lng = 113.4};

static double confidence(double similarity, const char *town, const char *community, uint32_t number,
                         const struct address_near *near) {
    struct address_reading reading = {.town = town, .community = community, .part_count = 1};
    struct address_part part = {.number = number};
    return address_confidence(similarity, &reading, &part, &road, true, near);
}

static void a_road_needs_a_number_of_its_side_and_range(void **state) {
    (void)state;
    assert_true(confidence(1, NULL, NULL, 7, &anywhere) == 1);
    assert_true(confidence(1, NULL, NULL, 1, &anywhere) == 1);
    assert_true(confidence(1, NULL, NULL, 99, &anywhere) == 1);
    assert_true(confidence(1, NULL, NULL, 101, &anywhere) == 0.6);
    assert_true(confidence(1, NULL, NULL, 8, &anywhere) == 0.6);
    assert_true(confidence(1, NULL, NULL, 0, &anywhere) == 0.8);
}

static void divisions_speak_for_and_against(void **state) {
    (void)state;
    assert_true(confidence(1, "442000001", "442000001001", 7, &anywhere) == 1);
    assert_true(confidence(1, "442000002", NULL, 7, &anywhere) == 0.8);
    assert_true(confidence(1, "442000001", "442000001002", 7, &anywhere) == 0.88);
    assert_true(confidence(0.75, "442000001", "442000001001", 7, &anywhere) > 0.9);
    assert_true(confidence(0.75, NULL, NULL, 7, &anywhere) == 0.8);
    assert_true(confidence(0.69, "442000001", "442000001001", 7, &anywhere) == 0.69); /* too little to be helped */
    assert_true(confidence(0.96, "442000001", "442000001001", 7, &anywhere) == 0.97); /* never like the same name */
}

static void where_the_caller_is_counts(void **state) {
    (void)state;
    struct address_near here = {.has_place = true, .lat = 22.5, .lng = 113.4, .community = ""},
                        street = {.has_place = true, .lat = 22.5, .lng = 113.415, .community = ""},
                        far = {.has_place = true, .lat = 22.6, .lng = 113.4, .community = ""},
                        community = {.community = "442000001002"};
    assert_true(confidence(1, NULL, NULL, 7, &here) == 1);
    assert_true(confidence(1, NULL, NULL, 7, &street) == 0.95);
    assert_true(confidence(1, NULL, NULL, 7, &far) == 0.8);
    assert_true(confidence(1, NULL, NULL, 7, &community) == 0.88);
    assert_true(confidence(1, NULL, "442000001001", 7, &community) == 1); /* the address itself goes before */
}

static void beside_a_place_is_not_sure(void **state) {
    (void)state;
    struct address_reading reading = {.part_count = 1, .beside = true};
    struct address_part part = {.number = 7};
    assert_true(address_confidence(1, &reading, &part, &road, true, &anywhere) == 0.8);
}

/* ---- sure */

static void sure_is_high_and_clearly_ahead_of_other_grids(void **state) {
    (void)state;
    static const struct {
        struct address_choice choices[3];
        size_t count;
        bool sure;
    } rows[] = {
        {{{0, NULL}}, 0, false},
        {{{0.85, "a"}}, 1, true},
        {{{0.849, "a"}}, 1, false},
        {{{1, NULL}}, 1, false},
        {{{1, "a"}, {0.92, "b"}}, 2, true},
        {{{1, "a"}, {0.93, "b"}}, 2, false},
        {{{1, "a"}, {1, "a"}}, 2, true},
        {{{1, "a"}, {1, "a"}, {0.95, "b"}}, 3, false},
        {{{1, "a"}, {0.95, NULL}}, 2, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(address_sure(rows[i].choices, rows[i].count), rows[i].sure);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_same_name_is_one),
        cmocka_unit_test(what_tells_names_apart_weighs_more_than_what_they_share),
        cmocka_unit_test(a_road_needs_a_number_of_its_side_and_range),
        cmocka_unit_test(divisions_speak_for_and_against),
        cmocka_unit_test(where_the_caller_is_counts),
        cmocka_unit_test(beside_a_place_is_not_sure),
        cmocka_unit_test(sure_is_high_and_clearly_ahead_of_other_grids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
