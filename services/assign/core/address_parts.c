#include "assign/core/address_parts.h"

#include <assert.h>
#include <string.h>

enum { NUMBER_OF_A_PHONE = 7 }; /* digits and letters that no place has in its name */

/* Ends in 路, 街, 大道, ... */
static bool is_road(const uint16_t *chars, size_t count) {
    return count > 1 && (chars[count - 1] == u'路' || chars[count - 1] == u'街' || chars[count - 1] == u'巷' ||
                         chars[count - 1] == u'弄' || chars[count - 1] == u'道' || chars[count - 1] == u'里');
}

static bool is_letter(uint16_t c) {
    return c >= 'A' && c <= 'Z';
}

/* Words that make digits before them part of a name: 康华路3巷, 2期, 1中. */
static bool goes_on(uint16_t c) {
    static const uint16_t words[] = u"巷街路道弄村中里围坊区期横约马社小大";
    for (size_t i = 0; words[i] != 0; i++) {
        if (words[i] == c) {
            return true;
        }
    }
    return false;
}

/* ---- tails of the last name */

static size_t cut_tails(const uint16_t *chars, size_t count, bool *ret_beside) {
    static const uint16_t *const at[] = {u"门口", u"正门", u"大门", u"东门", u"南门", u"西门",
                                         u"北门", u"后门", u"侧门", u"里面", u"楼下", u"内"};
    static const uint16_t *const near[] = {u"旁边", u"附近",   u"对面",   u"后面",   u"前面", u"隔壁",
                                           u"路口", u"交界处", u"交汇处", u"交叉口", u"旁",   u"侧"};
    bool cut = true;
    while (cut) {
        cut = false;
        for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
            size_t length = at[i][1] == 0 ? 1 : 2;
            if ((count == length || count >= length + ADDRESS_NAME_MIN) && address_ends(chars, count, at[i])) {
                count -= length;
                cut = true;
            }
        }
        for (size_t i = 0; i < sizeof near / sizeof near[0]; i++) {
            size_t length = near[i][1] == 0 ? 1 : near[i][2] == 0 ? 2 : 3;
            if ((count == length || count >= length + ADDRESS_NAME_MIN) && address_ends(chars, count, near[i])) {
                count -= length;
                *ret_beside = cut = true;
            }
        }
    }
    return count;
}

/* What belongs to a place and has no place of its own, unless its whole name is known. */
static size_t cut_facility(const uint16_t *chars, size_t count) {
    static const uint16_t *const facilities[] = {
        u"地下停车场", u"停车场", u"地下车库", u"车库",       u"电梯间", u"电梯", u"大堂",   u"天台",
        u"住院部",     u"门诊部", u"急诊科",   u"物业管理处", u"管理处", u"物业", u"保安亭", u"垃圾房"};
    static const size_t lengths[] = {5, 3, 4, 2, 3, 2, 2, 2, 3, 3, 3, 5, 3, 2, 3, 3};
    for (size_t i = 0; i < sizeof facilities / sizeof facilities[0]; i++) {
        if (count >= lengths[i] + ADDRESS_NAME_MIN && address_ends(chars, count, facilities[i])) {
            return count - lengths[i];
        }
    }
    return count;
}

void address_name(const uint16_t *chars, size_t count, struct address_name *ret_name) {
    static const uint16_t *const empty[] = {u"股份有限公司", u"有限责任公司", u"有限公司", u"住宅小区", u"小区"};
    static const size_t lengths[] = {6, 6, 4, 4, 2};
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        if (count >= lengths[i] + ADDRESS_NAME_MIN && address_ends(chars, count, empty[i])) {
            count -= lengths[i];
            break;
        }
    }
    count = count > ADDRESS_NAME_MAX ? ADDRESS_NAME_MAX : count;
    *ret_name = (struct address_name){.length = (uint8_t)(count < ADDRESS_NAME_MIN ? 0 : count)};
    memcpy(ret_name->chars, chars, ret_name->length * sizeof *chars);
}

/* ---- one pass over the characters */

struct scan {
    struct address_reading *reading;
    const uint16_t *chars;
    size_t count, at;
    uint16_t name[ADDRESS_NAME_MAX];
    size_t length;   /* of the name under construction */
    bool has_number; /* the last part has its number, or digits of its building were seen */
};

static void add_whole(struct scan *scan, const uint16_t *chars, size_t count) {
    struct address_name *whole = &scan->reading->whole;
    size_t room = ADDRESS_NAME_MAX - (size_t)whole->length;
    count = count > room ? room : count;
    memcpy(whole->chars + whole->length, chars, count * sizeof *chars);
    whole->length = (uint8_t)(whole->length + count);
}

/* The name so far becomes a part. */
static void close_name(struct scan *scan, bool last) {
    struct address_reading *reading = scan->reading;
    size_t length = last ? cut_tails(scan->name, scan->length, &reading->beside) : scan->length;
    scan->length = 0;
    if (length < ADDRESS_NAME_MIN || reading->part_count == ADDRESS_PARTS_MAX) {
        return;
    }
    struct address_part *part = &reading->parts[reading->part_count];
    address_name(scan->name, length, &part->name);
    part->bare = (uint8_t)cut_facility(part->name.chars, part->name.length);
    if (part->name.length > 0) {
        reading->part_count++;
        scan->has_number = false;
        add_whole(scan, part->name.chars, part->name.length);
    }
}

static size_t digits_at(const struct scan *scan, size_t at, uint32_t *ret_value) {
    size_t n = 0;
    uint32_t value = 0;
    while (at + n < scan->count && address_is_digit(scan->chars[at + n])) {
        value = value < 1000000 ? value * 10 + (uint32_t)(scan->chars[at + n] - '0') : value;
        n++;
    }
    *ret_value = value;
    return n;
}

/* Length of a run of digits, letters and dashes that a unit word ends; the word is *ret_unit, 0 at the end of the text. */
static size_t run_at(const struct scan *scan, uint16_t *ret_unit, uint32_t *ret_first) {
    size_t n = 0;
    while (scan->at + n < scan->count && scan->chars[scan->at + n] < 0x80) {
        n++;
    }
    size_t letters = 0;
    while (letters < n && is_letter(scan->chars[scan->at + letters])) {
        letters++;
    }
    digits_at(scan, scan->at + letters, ret_first);
    *ret_unit = scan->at + n < scan->count ? scan->chars[scan->at + n] : 0;
    return n;
}

static void put_number(struct scan *scan, uint32_t number, uint16_t unit) {
    uint16_t text[12];
    size_t n = sizeof text / sizeof text[0];
    text[--n] = unit;
    do {
        text[--n] = (uint16_t)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    add_whole(scan, text + n, sizeof text / sizeof text[0] - n);
}

static void take_number(struct scan *scan, uint32_t number) {
    struct address_reading *reading = scan->reading;
    close_name(scan, false);
    if (reading->part_count > 0 && !scan->has_number && number > 0) {
        reading->parts[reading->part_count - 1].number = number;
        scan->has_number = true;
        put_number(scan, number, u'号');
    }
}

/* 之1, 之1号 behind a number: finer than any grid. */
static void skip_subnumber(struct scan *scan) {
    if (scan->at + 1 < scan->count && scan->chars[scan->at] == u'之') {
        uint32_t value;
        size_t digits = digits_at(scan, scan->at + 1, &value);
        scan->at += digits > 0 ? digits + 1 : 0;
        scan->at += digits > 0 && scan->at < scan->count && scan->chars[scan->at] == u'号' ? 1 : 0;
    }
}

/* Whatever stands at scan->at is digits or letters. */
static void take_run(struct scan *scan) {
    uint16_t unit;
    uint32_t first;
    size_t run = run_at(scan, &unit, &first);
    const uint16_t *chars = scan->chars + scan->at;
    bool numbered = address_is_digit(chars[0]), road = is_road(scan->name, scan->length);
    bool room = unit == u'室' || unit == u'楼' || unit == u'层' || unit == u'房' || unit == u'梯' || unit == u'单';
    scan->at += run;
    if (unit == u'号' && first > 0) {
        scan->at++;
        take_number(scan, first);
        skip_subnumber(scan);
    } else if (unit == u'之' && numbered) {
        take_number(scan, first);
        skip_subnumber(scan);
    } else if (unit == u'栋') {
        scan->at++;
        close_name(scan, false);
        add_whole(scan, chars, run + 1);
        scan->has_number = true;
    } else if (room) {
        scan->at += unit == u'单' && scan->at + 1 < scan->count && scan->chars[scan->at + 1] == u'元' ? 2 : 1;
        close_name(scan, false);
        scan->has_number = true;
    } else if (numbered && road && !goes_on(unit)) {
        take_number(scan, first); /* 孙文东路12 */
    } else if ((unit == 0 && numbered) || run >= NUMBER_OF_A_PHONE) {
        close_name(scan, false); /* a building or room at the end, or 3-2-501; or nothing of a place */
    } else {
        for (size_t i = 0; i < run && scan->length < ADDRESS_NAME_MAX; i++) {
            scan->name[scan->length++] = chars[i];
        }
    }
}

/* 第, 门牌, 负 before a number with its unit: how long, 0: none. */
static size_t filler_at(const struct scan *scan) {
    static const uint16_t units[] = u"号栋单楼层室房";
    const uint16_t *chars = scan->chars + scan->at;
    size_t left = scan->count - scan->at, length = left > 2 && chars[0] == u'门' && chars[1] == u'牌' ? 2
                                                   : chars[0] == u'第' || chars[0] == u'负'           ? 1
                                                                                                      : 0;
    size_t end = length;
    while (end < left && chars[end] < 0x80) {
        end++;
    }
    if (length == 0 || end == length || end == left || !address_is_digit(chars[length])) {
        return 0;
    }
    for (size_t i = 0; units[i] != 0; i++) {
        if (units[i] == chars[end]) {
            return length;
        }
    }
    return 0;
}

bool address_parts(const uint16_t *chars, size_t count, struct address_reading *reading) {
    struct scan scan = {.reading = reading, .chars = chars, .count = count};
    while (scan.at < count) {
        uint16_t c = chars[scan.at];
        if (c < 0x80) {
            take_run(&scan);
        } else if (filler_at(&scan) > 0) {
            scan.at += filler_at(&scan);
        } else {
            if (c == u'的' && is_road(scan.name, scan.length)) {
                close_name(&scan, false); /* 孙文东路的人民医院 */
            } else if (c != u'号' && scan.length < ADDRESS_NAME_MAX) {
                scan.name[scan.length++] = c;
            }
            scan.at++;
        }
    }
    close_name(&scan, true);
    assert(reading->part_count <= ADDRESS_PARTS_MAX && reading->whole.length <= ADDRESS_NAME_MAX);
    return reading->part_count > 0;
}
