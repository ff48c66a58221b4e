/* The known places in memory: what is found by which words, what hides what, and that the bounds hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "assign/shell/gazetteer.h"

static struct gazetteer_scratch *scratch;

static int make_scratch(void **state) {
    (void)state;
    scratch = gazetteer_scratch_new();
    return scratch == NULL;
}

static int free_scratch(void **state) {
    (void)state;
    gazetteer_scratch_free(scratch);
    return 0;
}

static struct gazetteer *fresh(void) {
    struct gazetteer *g = gazetteer_new();
    assert_non_null(g);
    assert_true(gazetteer_add_division(g, "442000", "中山市"));
    assert_true(gazetteer_add_division(g, "442000001", "石岐街道"));
    assert_true(gazetteer_add_division(g, "442000001001", "迎阳社区"));
    gazetteer_sort_divisions(g);
    return g;
}

static struct gazetteer_row row(uint8_t id, const char *name) {
    return (struct gazetteer_row){
        .id = {[15] = id},
        .name = name,
        .road = "",
        .place = {.kind = PLACE_COMPOUND, .division = "442000001001", .lat = 22.5, .lng = 113.4}};
}

static void add(struct gazetteer *g, uint8_t id, const char *name) {
    struct gazetteer_row place = row(id, name);
    assert_true(gazetteer_add_place(g, &place));
}

static size_t match(const struct gazetteer *base, const struct gazetteer *overlay, const char *text,
                    struct gazetteer_candidate ret[GAZETTEER_CANDIDATES]) {
    static const struct address_near anywhere = {.community = ""};
    struct address address;
    return address_parse(gazetteer_lexicon(base), text, &address)
               ? gazetteer_match(base, overlay, scratch, &address, &anywhere, ret)
               : 0;
}

/* The one place that the text surely means. */
static int only(const struct gazetteer *base, const struct gazetteer *overlay, const char *text) {
    struct gazetteer_candidate found[GAZETTEER_CANDIDATES];
    size_t count = match(base, overlay, text, found);
    return count == 1 && found[0].confidence == 1 ? found[0].id[15] : -(int)count;
}

static void an_empty_one_knows_nothing(void **state) {
    (void)state;
    struct gazetteer *g = fresh();
    assert_true(gazetteer_finish(g));
    assert_int_equal(gazetteer_count(g), 0);
    assert_int_equal(only(g, NULL, "星宝明珠"), 0);
    gazetteer_free(g);
    gazetteer_free(NULL);
}

static void places_come_in_order_and_once(void **state) {
    (void)state;
    struct gazetteer *g = fresh();
    struct gazetteer_row place = row(2, "星宝明珠"), before = row(1, "翠景花园");
    assert_true(gazetteer_add_place(g, &place));
    assert_false(gazetteer_add_place(g, &place));
    assert_false(gazetteer_add_place(g, &before));
    assert_false(gazetteer_add_division(g, "442000", "中山市"));
    gazetteer_free(g);
}

static void a_place_is_found_by_name_alias_and_the_road_it_stands_at(void **state) {
    (void)state;
    struct gazetteer *g = fresh();
    struct gazetteer_row bank = row(3, "金融大厦");
    bank.road = "孙文东路";
    bank.place.number_from = bank.place.number_to = 12;
    add(g, 1, "中山市人民医院");
    add(g, 2, "星宝明珠");
    assert_true(gazetteer_add_place(g, &bank));
    assert_true(gazetteer_add_alias(g, (const uint8_t[16]){[15] = 2}, "星宝小区", false));
    assert_true(gazetteer_add_alias(g, (const uint8_t[16]){[15] = 99}, "无人", false)); /* passed over */
    assert_true(gazetteer_finish(g));
    assert_int_equal(only(g, NULL, "中山市人民医院"), 1);
    assert_int_equal(only(g, NULL, "人民医院"), 1);
    assert_int_equal(only(g, NULL, "石岐街道星宝明珠3栋501"), 2);
    assert_int_equal(only(g, NULL, "星宝小区"), 2);
    assert_int_equal(only(g, NULL, "孙文东路12号"), 3);
    struct gazetteer_candidate found[GAZETTEER_CANDIDATES];
    assert_int_equal(match(g, NULL, "孙文东路14号", found), 1);
    assert_true(found[0].confidence < 0.85);
    gazetteer_free(g);
}

static void a_part_of_a_place_is_the_place_unless_it_is_known_itself(void **state) {
    (void)state;
    struct gazetteer *g = fresh();
    add(g, 1, "星宝明珠");
    add(g, 2, "翠景花园");
    add(g, 3, "翠景花园停车场");
    assert_true(gazetteer_finish(g));
    assert_int_equal(only(g, NULL, "星宝明珠停车场"), 1);
    assert_int_equal(only(g, NULL, "翠景花园停车场"), 3);
    assert_int_equal(only(g, NULL, "翠景花园停车场2栋"), 3);
    assert_int_equal(only(g, NULL, "翠景花园电梯"), 2);
    gazetteer_free(g);
}

static void the_house_goes_before_the_road(void **state) {
    (void)state;
    struct gazetteer *g = fresh();
    struct gazetteer_row road = row(1, "孙文东路"), house = row(2, "金融大厦");
    struct gazetteer_candidate found[GAZETTEER_CANDIDATES];
    road.place.kind = PLACE_ROAD;
    road.place.number_from = 1;
    road.place.number_to = 99;
    house.road = "孙文东路";
    house.place.number_from = house.place.number_to = 12;
    assert_true(gazetteer_add_place(g, &road) && gazetteer_add_place(g, &house) && gazetteer_finish(g));
    assert_int_equal(match(g, NULL, "孙文东路12号", found), 2);
    assert_int_equal(found[0].id[15], 2);
    assert_true(found[0].confidence == 1 && found[1].confidence == 0.9);
    assert_int_equal(only(g, NULL, "孙文东路14号"), -2);
    gazetteer_free(g);
}

static void what_a_dispatcher_said_is_true_of_exactly_that_address(void **state) {
    (void)state;
    struct gazetteer *g = fresh();
    add(g, 1, "翠景花园");
    assert_true(gazetteer_add_alias(g, (const uint8_t[16]){[15] = 1}, "光明路12号", true));
    assert_true(gazetteer_add_alias(g, (const uint8_t[16]){[15] = 1}, "旧粮站", true));
    assert_true(gazetteer_finish(g));
    assert_int_equal(only(g, NULL, "中山市光明路１２号３０１室"), 1);
    assert_int_equal(only(g, NULL, "旧粮站"), 1);
    assert_int_equal(only(g, NULL, "光明路14号"), 0);
    assert_int_equal(only(g, NULL, "光明路"), 0);
    assert_int_equal(only(g, NULL, "旧粮站5栋"), 0);
    assert_int_equal(only(g, NULL, "旧粮仓"), 0);
    gazetteer_free(g);
}

static void the_overlay_hides_what_it_has_anew(void **state) {
    (void)state;
    struct gazetteer *base = fresh(), *overlay = fresh();
    struct gazetteer_row gone = row(2, "翠景花园");
    add(base, 1, "星宝明珠");
    add(base, 2, "翠景花园");
    add(base, 3, "幸福里");
    add(overlay, 1, "明珠新天地");
    gone.gone = true;
    assert_true(gazetteer_add_place(overlay, &gone));
    add(overlay, 4, "江畔花园");
    assert_true(gazetteer_finish(base) && gazetteer_finish(overlay));
    assert_int_equal(only(base, overlay, "星宝明珠"), 0);
    assert_int_equal(only(base, overlay, "明珠新天地"), 1);
    assert_int_equal(only(base, overlay, "翠景花园"), 0);
    assert_int_equal(only(base, overlay, "幸福里"), 3);
    assert_int_equal(only(base, overlay, "江畔花园"), 4);
    assert_int_equal(only(base, NULL, "星宝明珠"), 1);
    gazetteer_free(base);
    gazetteer_free(overlay);
}

static void typos_are_found_by_what_they_share(void **state) {
    (void)state;
    struct gazetteer *g = fresh();
    struct gazetteer_candidate found[GAZETTEER_CANDIDATES];
    add(g, 1, "星宝明珠");
    add(g, 2, "翠景花园");
    assert_true(gazetteer_finish(g));
    assert_int_equal(match(g, NULL, "星宝名珠", found), 1);
    assert_int_equal(found[0].id[15], 1);
    assert_true(found[0].confidence == 0.75);
    assert_int_equal(match(g, NULL, "火星基地", found), 0);
    gazetteer_free(g);
}

/* Every name shares its pairs with the question: the walk ends at its bound, and the scratch is clean again. */
static void a_common_name_ends_at_the_bound(void **state) {
    (void)state;
    struct gazetteer *g = fresh();
    struct gazetteer_candidate found[GAZETTEER_CANDIDATES];
    for (uint32_t i = 1; i <= 40000; i++) {
        char text[64];
        struct gazetteer_row place = row(0, text);
        place.id[13] = (uint8_t)(i >> 16);
        place.id[14] = (uint8_t)(i >> 8);
        place.id[15] = (uint8_t)i;
        snprintf(text, sizeof text, "阳光花园%u期甲", i);
        assert_true(gazetteer_add_place(g, &place));
    }
    assert_true(gazetteer_finish(g));
    for (int turn = 0; turn < 3; turn++) {
        assert_true(match(g, NULL, "阳光花园甲乙丙", found) <= GAZETTEER_CANDIDATES);
        assert_int_equal(only(g, NULL, "阳光花园31000期甲"), 31000 % 256);
    }
    assert_true(gazetteer_bytes(g) / gazetteer_count(g) < 200);
    gazetteer_free(g);
}

/* Thousands share some pairs, one shares more: it is compared whatever stands before it. */
static void the_one_that_shares_most_is_always_compared(void **state) {
    (void)state;
    static const char *const firsts[] = {"华", "海", "江", "松", "柏", "桃", "李", "梅"};
    struct gazetteer *g = fresh();
    for (uint32_t i = 1; i <= 4000; i++) {
        char text[64], first[4], last[4];
        uint16_t a = (uint16_t)(0x4E00 + i), b = (uint16_t)(0x6E00 + i);
        struct gazetteer_row place = row((uint8_t)i, text);
        place.id[14] = (uint8_t)(i >> 8);
        address_utf8(&a, 1, first);
        address_utf8(&b, 1, last);
        snprintf(text, sizeof text, i % 3 == 0 ? "%s君悦天下%s" : "%s%s天下新村", first, last);
        if (i <= 8) {
            snprintf(text, sizeof text, "%s润君悦天下新村", firsts[i - 1]);
        }
        assert_true(gazetteer_add_place(g, &place));
    }
    assert_true(gazetteer_finish(g));
    for (uint32_t i = 0; i < 8; i++) {
        char text[64];
        struct gazetteer_candidate found[GAZETTEER_CANDIDATES];
        snprintf(text, sizeof text, "%s叶君悦天下新村", firsts[i]);
        assert_true(match(g, NULL, text, found) > 0);
        assert_int_equal(found[0].id[14] << 8 | found[0].id[15], i + 1);
    }
    gazetteer_free(g);
}

static void many_places_of_one_name_give_the_best_five(void **state) {
    (void)state;
    struct gazetteer *g = fresh();
    struct gazetteer_candidate found[GAZETTEER_CANDIDATES];
    for (uint8_t i = 1; i <= 200; i++) {
        struct gazetteer_row road = row(i, "中山路");
        road.place.kind = PLACE_ROAD;
        road.place.number_from = 10U * i;
        road.place.number_to = 10U * i + 9;
        assert_true(gazetteer_add_place(g, &road));
    }
    assert_true(gazetteer_finish(g));
    assert_int_equal(match(g, NULL, "中山路1237号", found), GAZETTEER_CANDIDATES);
    assert_int_equal(found[0].id[15], 123);
    assert_true(found[0].confidence == 1 && found[1].confidence == 0.6);
    gazetteer_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_knows_nothing),
        cmocka_unit_test(places_come_in_order_and_once),
        cmocka_unit_test(a_place_is_found_by_name_alias_and_the_road_it_stands_at),
        cmocka_unit_test(a_part_of_a_place_is_the_place_unless_it_is_known_itself),
        cmocka_unit_test(the_house_goes_before_the_road),
        cmocka_unit_test(what_a_dispatcher_said_is_true_of_exactly_that_address),
        cmocka_unit_test(the_overlay_hides_what_it_has_anew),
        cmocka_unit_test(typos_are_found_by_what_they_share),
        cmocka_unit_test(a_common_name_ends_at_the_bound),
        cmocka_unit_test(the_one_that_shares_most_is_always_compared),
        cmocka_unit_test(many_places_of_one_name_give_the_best_five),
    };
    return cmocka_run_group_tests(tests, make_scratch, free_scratch);
}
