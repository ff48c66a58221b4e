#include "assign/core/address_score.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const double sure_at_least = 0.85, sure_ahead = 0.08, contained_max = 0.65, beside_max = 0.8, unequal_max = 0.97,
                    gains_from = 0.7;

/* ---- names */

enum kind_class { HOMES = 1, WAYS, OTHERS };

/* What names end in without being told apart by it; longer ones first. */
static const struct {
    const uint16_t *text;
    uint8_t length;
    enum kind_class class;
} kind_words[] = {
    {u"购物中心", 4, OTHERS}, {u"幼儿园", 3, OTHERS}, {u"派出所", 3, OTHERS}, {u"工业园", 3, OTHERS},
    {u"工业区", 3, OTHERS},   {u"居委会", 3, OTHERS}, {u"卫生站", 3, OTHERS}, {u"停车场", 3, OTHERS},
    {u"花园", 2, HOMES},      {u"花苑", 2, HOMES},    {u"新村", 2, HOMES},    {u"新邨", 2, HOMES},
    {u"家园", 2, HOMES},      {u"公寓", 2, HOMES},    {u"山庄", 2, HOMES},    {u"豪庭", 2, HOMES},
    {u"名苑", 2, HOMES},      {u"雅苑", 2, HOMES},    {u"雅居", 2, HOMES},    {u"华庭", 2, HOMES},
    {u"别墅", 2, HOMES},      {u"社区", 2, HOMES},    {u"大道", 2, WAYS},     {u"大街", 2, WAYS},
    {u"横街", 2, WAYS},       {u"大厦", 2, OTHERS},   {u"广场", 2, OTHERS},   {u"商场", 2, OTHERS},
    {u"市场", 2, OTHERS},     {u"酒店", 2, OTHERS},   {u"宾馆", 2, OTHERS},   {u"大楼", 2, OTHERS},
    {u"中心", 2, OTHERS},     {u"小学", 2, OTHERS},   {u"中学", 2, OTHERS},   {u"学校", 2, OTHERS},
    {u"医院", 2, OTHERS},     {u"银行", 2, OTHERS},   {u"公司", 2, OTHERS},   {u"公园", 2, OTHERS},
    {u"超市", 2, OTHERS},     {u"药店", 2, OTHERS},   {u"路", 1, WAYS},       {u"街", 1, WAYS},
    {u"巷", 1, WAYS},         {u"苑", 1, HOMES},      {u"村", 1, HOMES},      {u"厂", 1, OTHERS},
};

enum { KIND_WORDS = sizeof kind_words / sizeof kind_words[0] };

/* Index of the kind word at the end, -1: none; *ret_stem: characters before it. */
static int kind_of(const struct address_name *name, size_t *ret_stem) {
    for (int i = 0; i < KIND_WORDS; i++) {
        size_t length = kind_words[i].length;
        if (name->length > length && name->chars[name->length - 1] == kind_words[i].text[length - 1] &&
            memcmp(name->chars + name->length - length, kind_words[i].text, length * sizeof name->chars[0]) == 0) {
            *ret_stem = name->length - length;
            return i;
        }
    }
    *ret_stem = name->length;
    return -1;
}

static bool is_direction(uint16_t c) {
    static const uint16_t directions[] = u"东西南北中上下前后左右新老旧内外";
    for (size_t i = 0; directions[i] != 0; i++) {
        if (directions[i] == c) {
            return true;
        }
    }
    return false;
}

/* Digits and letters, or directions, in their order: what may not differ between names of one place. */
static size_t decisive(const struct address_name *name, size_t stem, bool digits, uint16_t *ret) {
    size_t n = 0;
    for (size_t i = 0; i < stem; i++) {
        uint16_t c = name->chars[i];
        if (digits ? c < 0x80 : is_direction(c)) {
            ret[n++] = c;
        }
    }
    return n;
}

/* What is left of the similarity when these characters differ, or when only one name has them. */
static double decided(const struct address_name *a, size_t a_stem, const struct address_name *b, size_t b_stem,
                      bool digits, double other, double missing) {
    uint16_t a_chars[ADDRESS_NAME_MAX], b_chars[ADDRESS_NAME_MAX];
    size_t a_count = decisive(a, a_stem, digits, a_chars), b_count = decisive(b, b_stem, digits, b_chars);
    if (a_count == b_count && memcmp(a_chars, b_chars, a_count * sizeof *a_chars) == 0) {
        return 1;
    }
    return a_count == 0 || b_count == 0 ? missing : other;
}

/* Edits between two names: insert, delete, replace 1, swap of neighbours 0.6. */
static double edits(const uint16_t *a, size_t a_count, const uint16_t *b, size_t b_count) {
    double rows[3][ADDRESS_NAME_MAX + 1];
    double *before = rows[0], *last = rows[1], *now = rows[2];
    assert(a_count <= ADDRESS_NAME_MAX && b_count <= ADDRESS_NAME_MAX);
    for (size_t j = 0; j <= b_count; j++) {
        last[j] = before[j] = (double)j;
    }
    for (size_t i = 1; i <= a_count; i++) {
        now[0] = (double)i;
        for (size_t j = 1; j <= b_count; j++) {
            double replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            double best = fmin(replaced, fmin(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                best = fmin(best, before[j - 2] + 0.6);
            }
            now[j] = best;
        }
        double *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[b_count];
}

static bool contains(const struct address_name *longer, const struct address_name *shorter) {
    for (size_t i = 0; i + shorter->length <= longer->length; i++) {
        if (memcmp(longer->chars + i, shorter->chars, shorter->length * sizeof shorter->chars[0]) == 0) {
            return true;
        }
    }
    return false;
}

static double kind_cost(int a, int b, size_t stem) {
    if (a == b) {
        return 0;
    }
    if (a >= 0 && b >= 0) {
        return 0.4;
    }
    bool homes = kind_words[a >= 0 ? a : b].class == HOMES;
    return !homes ? 0.35 : stem > 2 ? 0.06 : 0.2;
}

double address_similarity(const struct address_name *a, const struct address_name *b) {
    size_t a_stem, b_stem;
    if (address_same(a, b)) {
        return 1;
    }
    int a_kind = kind_of(a, &a_stem), b_kind = kind_of(b, &b_stem);
    size_t longer = a_stem > b_stem ? a_stem : b_stem;
    double similarity = 1 - edits(a->chars, a_stem, b->chars, b_stem) / (double)longer;
    similarity -= kind_cost(a_kind, b_kind, a_stem < b_stem ? a_stem : b_stem);
    similarity *= decided(a, a_stem, b, b_stem, true, 0.5, 0.5);
    similarity *= decided(a, a_stem, b, b_stem, false, 0.6, 0.8);
    bool inside = a->length > b->length ? contains(a, b) : contains(b, a);
    size_t shorter = a->length < b->length ? a->length : b->length;
    if (inside && a_stem != b_stem) {
        /* 竹苑 is not 竹苑幼儿园, though it is near; the more is left over the less it says. */
        double share = (double)shorter / (double)(a->length > b->length ? a->length : b->length);
        similarity = fmin(contained_max, fmax(similarity, shorter < 3 ? 0 : 0.5 + 0.2 * share));
    }
    return fmax(similarity, 0);
}

/* ---- what speaks for a place and against it */

static double distance_m(double lat, double lng, double other_lat, double other_lng) {
    static const double m_per_degree = 111195, radians = 0.017453292519943295;
    double y = (other_lat - lat) * m_per_degree, x = (other_lng - lng) * m_per_degree * cos(lat * radians);
    return hypot(x, y);
}

static bool number_fits(const struct address_place *place, uint32_t number) {
    bool odd = number % 2 == 1;
    return number >= place->number_from && number <= place->number_to &&
           (place->parity == PLACE_ANY_NUMBER || (place->parity == PLACE_ODD) == odd);
}

/* Of the number: below 1 against, above 1 for. */
static double number_factor(const struct address_place *place, uint32_t number, bool numbered) {
    bool ranged = place->number_to > 0;
    if (!numbered && !(ranged && number > 0)) {
        return 1;
    }
    if (number == 0 || !ranged) {
        return 0.8;
    }
    return number_fits(place, number) ? 1.05 : 0.6;
}

static double division_factor(const char *town, const char *community, const struct address_place *place,
                              double *ret_gain) {
    if (town != NULL && strncmp(town, place->division, 9) != 0) {
        return 0.8;
    }
    *ret_gain += town != NULL ? 0.04 : 0;
    if (community != NULL && strlen(place->division) == 12) {
        bool same = strcmp(community, place->division) == 0;
        *ret_gain += same ? 0.1 : 0;
        return same ? 1 : 0.88;
    }
    return 1;
}

static double distance_factor(const struct address_place *place, const struct address_near *near) {
    if (!near->has_place) {
        return 1;
    }
    double distance = distance_m(near->lat, near->lng, place->lat, place->lng);
    return distance > 3000 ? 0.8 : distance > 1000 ? 0.95 : 1;
}

double address_confidence(double similarity, const struct address_reading *reading, const struct address_part *part,
                          const struct address_place *place, bool numbered, const struct address_near *near) {
    double gain = 0, number = number_factor(place, part->number, numbered);
    const char *said = near->community[0] == '\0' ? NULL : near->community;
    double confidence = similarity * fmin(number, 1) * distance_factor(place, near);
    confidence *= division_factor(reading->town, reading->community == NULL ? said : reading->community, place, &gain);
    gain += number > 1 ? 0.05 : 0;
    if (similarity < 1 && similarity >= gains_from) {
        confidence = fmin(confidence + gain, unequal_max);
    }
    if (place->kind == PLACE_ROAD && reading->part_count > 1) {
        confidence *= 0.9; /* a house or a compound is named as well, and says more */
    }
    confidence = reading->beside ? fmin(confidence, beside_max) : confidence;
    assert(confidence >= 0 && confidence <= 1);
    return confidence;
}

bool address_sure(const struct address_choice *choices, size_t count) {
    if (count == 0 || choices[0].confidence < sure_at_least || choices[0].grid == NULL) {
        return false;
    }
    for (size_t i = 1; i < count; i++) {
        bool elsewhere = choices[i].grid == NULL || strcmp(choices[i].grid, choices[0].grid) != 0;
        if (elsewhere && choices[i].confidence > choices[0].confidence - sure_ahead) {
            return false;
        }
    }
    return true;
}
