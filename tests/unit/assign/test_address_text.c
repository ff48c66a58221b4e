/* What an address says: one spelling of it, the divisions it names, its places with their numbers, and what is dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "assign/core/address_text.h"

static struct address_word words[16];
static struct address_lexicon lexicon;

static int make_lexicon(void **state) {
    (void)state;
    static const char *const divisions[][2] = {{"中山市", "442000"},         {"石岐街道", "442000001"},
                                               {"东区街道", "442000002"},    {"三乡镇", "442000010"},
                                               {"竹苑社区", "442000002001"}, {"长命水村", "442000002009"}};
    for (size_t i = 0; i < sizeof divisions / sizeof divisions[0]; i++) {
        lexicon.count += address_words(divisions[i][0], divisions[i][1], &words[lexicon.count]);
    }
    qsort(words, lexicon.count, sizeof words[0], address_word_compare);
    lexicon.words = words;
    return 0;
}

static const char *folded(const char *text) {
    static char shown[ADDRESS_UTF8_MAX];
    uint16_t chars[ADDRESS_CHARS_MAX];
    int count = address_fold(text, chars);
    assert_true(count >= 0);
    address_utf8(chars, (size_t)count, shown);
    return shown;
}

static const char *shown(const struct address_name *name) {
    static char text[2][ADDRESS_UTF8_MAX];
    static int turn;
    turn = 1 - turn;
    address_utf8(name->chars, name->length, text[turn]);
    return text[turn];
}

/* The reading in which most was taken away. */
static struct address_reading reading(const char *text) {
    struct address address;
    assert_true(address_parse(&lexicon, text, &address));
    return address.readings[0];
}

static void what_is_written_in_many_ways_is_one(void **state) {
    (void)state;
    static const char *const same[][2] = {
        {"孙文东路１２号", "孙文东路12号"},
        {"孫文東路１２號", "孙文东路12号"},
        {"孙文东路 12 # ", "孙文东路12号"},
        {"孙文东路一百二十三号", "孙文东路123号"},
        {"孙文东路一二三号", "孙文东路123号"},
        {"孙文东路二十号", "孙文东路20号"},
        {"孙文东路十号", "孙文东路10号"},
        {"孙文东路一百零二号", "孙文东路102号"},
        {"孙文东路一百五号", "孙文东路150号"},
        {"竹苑新村３幢ａ座", "竹苑新村3栋A栋"},
        {"竹苑新村3号楼", "竹苑新村3栋"},
        {"竹苑新村（二期）", "竹苑新村2期"},
        {"竹苑新村（近孙文公园）", "竹苑新村"},
        {"《竹苑新村》，3栋。", "竹苑新村3栋"},
        {"竹苑新村3—2－501", "竹苑新村3-2-501"},
        {"孙文东路12、14号", "孙文东路12-14号"},
        {"百货大楼", "百货大楼"},
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_string_equal(folded(same[i][0]), same[i][1]);
    }
}

static void broken_utf8_is_refused_and_long_text_is_cut(void **state) {
    (void)state;
    uint16_t chars[ADDRESS_CHARS_MAX];
    static const char *const broken[] = {"\xff", "\xe4\xb8", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "路\x80"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        assert_int_equal(address_fold(broken[i], chars), -1);
    }
    char longest[3 * 1000 + 1];
    for (size_t i = 0; i < 1000; i++) {
        memcpy(longest + 3 * i, "路", 3);
    }
    longest[3000] = '\0';
    int count = address_fold(longest, chars);
    assert_true(count > 100 && count <= ADDRESS_CHARS_MAX);
}

static void prefixes_are_hints_and_not_names(void **state) {
    (void)state;
    static const char *const texts[] = {"广东省中山市东区街道竹苑社区星宝明珠", "中山市东区竹苑社区居委会星宝明珠",
                                        "中国广东省中山市东区街道办事处竹苑社区星宝明珠",
                                        "中山市中山市东区街道东区街道竹苑社区竹苑社区星宝明珠", "东区 竹苑 星宝明珠"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct address_reading r = reading(texts[i]);
        assert_string_equal(shown(&r.parts[0].name), "星宝明珠");
        assert_string_equal(r.town, "442000002");
        assert_string_equal(r.community, "442000002001");
    }
}

static void a_name_that_begins_like_a_division_is_read_both_ways(void **state) {
    (void)state;
    struct address address;
    assert_true(address_parse(&lexicon, "竹苑新村3栋", &address));
    assert_int_equal(address.count, 2);
    assert_string_equal(shown(&address.readings[0].parts[0].name), "新村");
    assert_string_equal(address.readings[0].community, "442000002001");
    assert_string_equal(shown(&address.readings[1].parts[0].name), "竹苑新村");
    assert_null(address.readings[1].community);
    assert_int_equal(address.firm, 1); /* what is remembered is the whole name */
    assert_true(address_parse(&lexicon, "中山市竹苑新村3栋", &address));
    assert_string_equal(shown(&address.readings[address.firm].whole), "竹苑新村3栋");
    assert_true(address_parse(&lexicon, "中国银行", &address));
    assert_string_equal(shown(&address.readings[0].parts[0].name), "中国银行");
}

static void numbers_belong_to_the_road_and_rooms_to_nobody(void **state) {
    (void)state;
    static const struct {
        const char *text, *name;
        uint32_t number;
        const char *whole;
    } rows[] = {
        {"孙文东路12号", "孙文东路", 12, "孙文东路12号"},
        {"孙文东路12", "孙文东路", 12, "孙文东路12号"},
        {"孙文东路12号之一", "孙文东路", 12, "孙文东路12号"},
        {"孙文东路12-14号", "孙文东路", 12, "孙文东路12号"},
        {"孙文东路012号", "孙文东路", 12, "孙文东路12号"},
        {"孙文东路12号3楼", "孙文东路", 12, "孙文东路12号"},
        {"孙文东路12号3栋2单元501室", "孙文东路", 12, "孙文东路12号3栋"},
        {"中山一路12号501房", "中山1路", 12, "中山1路12号"},
        {"康华路3巷5号", "康华路3巷", 5, "康华路3巷5号"},
        {"星宝明珠3栋2单元501", "星宝明珠", 0, "星宝明珠3栋"},
        {"星宝明珠3-2-501", "星宝明珠", 0, "星宝明珠"},
        {"星宝明珠A座1203", "星宝明珠", 0, "星宝明珠A栋"},
        {"星宝明珠2期5栋", "星宝明珠2期", 0, "星宝明珠2期5栋"},
        {"星宝明珠小区", "星宝明珠", 0, "星宝明珠"},
        {"星宝明珠门口", "星宝明珠", 0, "星宝明珠"},
        {"星宝明珠13812345678", "星宝明珠", 0, "星宝明珠"},
        {"1中", "1中", 0, "1中"},
        {"星宝明珠第12栋", "星宝明珠", 0, "星宝明珠12栋"},
        {"孙文东路门牌13号", "孙文东路", 13, "孙文东路13号"},
        {"星宝明珠负1层", "星宝明珠", 0, "星宝明珠"},
        {"第1中学", "第1中学", 0, "第1中学"},
        {"我家在星宝明珠5栋", "星宝明珠", 0, "星宝明珠5栋"},
        {"星宝明珠北门", "星宝明珠", 0, "星宝明珠"},
        {"星宝明珠地下车库", "星宝明珠地下车库", 0, "星宝明珠地下车库"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct address address;
        assert_true(address_parse(&lexicon, rows[i].text, &address));
        const struct address_reading *r = &address.readings[address.count - 1];
        assert_string_equal(shown(&r->parts[0].name), rows[i].name);
        assert_int_equal(r->parts[0].number, rows[i].number);
        assert_string_equal(shown(&r->whole), rows[i].whole);
        assert_false(r->beside);
    }
}

static void an_address_may_name_a_road_and_a_compound(void **state) {
    (void)state;
    struct address_reading r = reading("孙文东路12号星宝明珠3栋501室");
    assert_int_equal(r.part_count, 2);
    assert_string_equal(shown(&r.parts[0].name), "孙文东路");
    assert_int_equal(r.parts[0].number, 12);
    assert_string_equal(shown(&r.parts[1].name), "星宝明珠");
    assert_int_equal(r.parts[1].number, 0);
    assert_string_equal(shown(&r.whole), "孙文东路12号星宝明珠3栋");
}

static void near_a_place_is_not_at_it(void **state) {
    (void)state;
    static const char *const texts[] = {"星宝明珠对面", "星宝明珠旁", "星宝明珠附近", "孙文东路12号旁边"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_true(reading(texts[i]).beside);
    }
}

static void no_unit_room_or_telephone_is_in_any_reading(void **state) {
    (void)state;
    static const char *const texts[] = {"东区竹苑社区星宝明珠9栋7单元6543室 13876543210",
                                        "星宝明珠(电话13876543210)6543房", "星宝明珠6543楼13876543210转7"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct address address;
        assert_true(address_parse(&lexicon, texts[i], &address));
        for (size_t k = 0; k < address.count; k++) {
            const struct address_reading *r = &address.readings[k];
            assert_null(strstr(shown(&r->whole), "6543"));
            for (size_t p = 0; p < r->part_count; p++) {
                assert_null(strstr(shown(&r->parts[p].name), "6543"));
            }
        }
    }
}

static void what_names_no_place_is_none(void **state) {
    (void)state;
    static const char *const texts[] = {"", " ", "12号", "501", "，。", "路", "旁边", "3栋501室"};
    struct address address;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_false(address_parse(&lexicon, texts[i], &address));
    }
    assert_false(address_parse(&lexicon, "\xff", &address));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_in_many_ways_is_one),
        cmocka_unit_test(broken_utf8_is_refused_and_long_text_is_cut),
        cmocka_unit_test(prefixes_are_hints_and_not_names),
        cmocka_unit_test(a_name_that_begins_like_a_division_is_read_both_ways),
        cmocka_unit_test(numbers_belong_to_the_road_and_rooms_to_nobody),
        cmocka_unit_test(an_address_may_name_a_road_and_a_compound),
        cmocka_unit_test(near_a_place_is_not_at_it),
        cmocka_unit_test(no_unit_room_or_telephone_is_in_any_reading),
        cmocka_unit_test(what_names_no_place_is_none),
    };
    return cmocka_run_group_tests(tests, make_lexicon, NULL);
}
