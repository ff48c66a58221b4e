#include "assign/core/address_text.h"

#include <assert.h>
#include <string.h>

#include "assign/core/address_parts.h"

static int compare_chars(const uint16_t *a, size_t a_count, const uint16_t *b, size_t b_count) {
    for (size_t i = 0; i < a_count && i < b_count; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return a_count == b_count ? 0 : a_count < b_count ? -1 : 1;
}

int address_word_compare(const void *a, const void *b) {
    const struct address_word *x = a, *y = b;
    int order = compare_chars(x->chars, x->length, y->chars, y->length);
    return order != 0 ? order : strcmp(x->code, y->code);
}

bool address_same(const struct address_name *a, const struct address_name *b) {
    return a->length == b->length && memcmp(a->chars, b->chars, a->length * sizeof a->chars[0]) == 0;
}

bool address_ends(const uint16_t *chars, size_t count, const uint16_t *tail) {
    size_t length = 0;
    while (tail[length] != 0) {
        length++;
    }
    return count >= length && memcmp(chars + count - length, tail, length * sizeof *tail) == 0;
}

/* ---- divisions */

static const uint16_t *const division_tails[] = {u"街道办事处", u"街道办",     u"办事处", u"街道",       u"镇",
                                                 u"乡",         u"社区居委会", u"社区",   u"村民委员会", u"村委会",
                                                 u"居委会",     u"村",         u"省",     u"市"};

enum { DIVISION_TAILS = sizeof division_tails / sizeof division_tails[0], OFFICE_LENGTH = 3 };

static size_t text_length16(const uint16_t *text) {
    size_t length = 0;
    while (text[length] != 0) {
        length++;
    }
    return length;
}

size_t address_words(const char *name, const char *code, struct address_word ret_words[2]) {
    uint16_t chars[ADDRESS_CHARS_MAX];
    int count = address_fold(name, chars);
    if (count < ADDRESS_NAME_MIN || count > ADDRESS_WORD_MAX) {
        return 0;
    }
    size_t length = (size_t)count, words = 1;
    ret_words[0] = (struct address_word){.length = (uint8_t)length, .code = code};
    memcpy(ret_words[0].chars, chars, length * sizeof *chars);
    for (size_t i = 0; i < DIVISION_TAILS; i++) {
        size_t tail = text_length16(division_tails[i]);
        if (length >= tail + ADDRESS_NAME_MIN && address_ends(chars, length, division_tails[i])) {
            ret_words[words] = ret_words[0];
            ret_words[words].bare = true;
            ret_words[words++].length = (uint8_t)(length - tail);
            break;
        }
    }
    return words;
}

/* A word that begins here; the longest. NULL: none. */
static const struct address_word *word_at(const struct address_lexicon *lexicon, const uint16_t *chars, size_t count) {
    for (size_t length = count < ADDRESS_WORD_MAX ? count : ADDRESS_WORD_MAX; length >= ADDRESS_NAME_MIN; length--) {
        size_t low = 0, high = lexicon->count;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            const struct address_word *word = &lexicon->words[middle];
            if (compare_chars(word->chars, word->length, chars, length) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low < lexicon->count &&
            compare_chars(lexicon->words[low].chars, lexicon->words[low].length, chars, length) == 0) {
            return &lexicon->words[low];
        }
    }
    return NULL;
}

/* What may stand behind a division's name; behind a whole one only an office (办事处, 居委会). */
static size_t tail_at(const uint16_t *chars, size_t count, bool bare) {
    for (size_t i = 0; i < DIVISION_TAILS; i++) {
        size_t tail = text_length16(division_tails[i]);
        if ((bare || tail >= OFFICE_LENGTH) && count >= tail &&
            memcmp(chars, division_tails[i], tail * sizeof *chars) == 0) {
            return tail;
        }
    }
    return 0;
}

/* 中国广东省, 广东省: whatever stands above the city. 中国 alone begins names. */
static size_t above_at(const uint16_t *chars, size_t count) {
    static const uint16_t *const above[] = {u"中国广东省", u"中国广东", u"广东省", u"广东"};
    for (size_t i = 0; i < sizeof above / sizeof above[0]; i++) {
        size_t length = text_length16(above[i]);
        if (count > length && memcmp(chars, above[i], length * sizeof *chars) == 0) {
            return length;
        }
    }
    return 0;
}

struct hints {
    const char *town, *community;
};

/* Takes a hint from the word; of divisions with one name the one inside the town named goes first. */
static void take_hint(const struct address_lexicon *lexicon, const struct address_word *word, struct hints *hints) {
    const struct address_word *end = lexicon->words + lexicon->count, *best = word;
    for (const struct address_word *w = word;
         w < end && w->length == word->length && memcmp(w->chars, word->chars, w->length * sizeof w->chars[0]) == 0;
         w++) {
        bool inside = hints->town != NULL && strncmp(w->code, hints->town, 9) == 0;
        best = inside ? w : best;
    }
    size_t digits = strlen(best->code);
    if (digits == 9) {
        hints->town = best->code;
    } else if (digits == 12) {
        hints->community = best->code;
    }
}

/* ---- readings */

/* Where a reading may begin, and what was taken away before it. */
struct stop {
    size_t at;
    struct hints hints;
    bool firm;
};

/* Takes one division away; false: none begins here. */
static bool next_stop(const struct address_lexicon *lexicon, const uint16_t *chars, size_t count, struct stop *stop) {
    const uint16_t *from = chars + stop->at;
    size_t left = count - stop->at, length = above_at(from, left);
    const struct address_word *word = length > 0 ? NULL : word_at(lexicon, from, left);
    if (word != NULL) {
        size_t tail = tail_at(from + word->length, left - word->length, word->bare);
        take_hint(lexicon, word, &stop->hints);
        stop->firm = stop->firm && (!word->bare || tail > 0);
        length = word->length + tail;
    }
    stop->at += length;
    return length > 0;
}

/* The first and the last ones are kept; a prefix that is said twice is taken away twice. */
static size_t find_stops(const struct address_lexicon *lexicon, const uint16_t *chars, size_t count,
                         struct stop ret[ADDRESS_READINGS_MAX]) {
    struct stop stop = {.firm = true};
    size_t stops = 0;
    do {
        if (stops == ADDRESS_READINGS_MAX) {
            memmove(&ret[1], &ret[2], (ADDRESS_READINGS_MAX - 2) * sizeof ret[0]);
            stops--;
        }
        ret[stops++] = stop;
    } while (stop.at < count && next_stop(lexicon, chars, count, &stop));
    return stops;
}

/* How a caller begins: 我家在, 地址是. */
static size_t begin_at(const uint16_t *chars, size_t count) {
    static const uint16_t *const beginnings[] = {u"我家在", u"我住在", u"我家",   u"家住", u"住在",
                                                 u"位于",   u"地址是", u"地址在", u"地址", u"在"};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        size_t length = text_length16(beginnings[i]);
        if (count > length && memcmp(chars, beginnings[i], length * sizeof *chars) == 0) {
            return length;
        }
    }
    return 0;
}

bool address_parse(const struct address_lexicon *lexicon, const char *text, struct address *ret_address) {
    uint16_t chars[ADDRESS_CHARS_MAX];
    struct stop stops[ADDRESS_READINGS_MAX];
    int folded = address_fold(text, chars);
    size_t count = folded < 0 ? 0 : (size_t)folded, begin = begin_at(chars, count);
    count -= begin;
    memmove(chars, chars + begin, count * sizeof *chars);
    struct address address = {.firm = ADDRESS_READINGS_MAX};
    for (size_t i = find_stops(lexicon, chars, count, stops); i > 0; i--) {
        const struct stop *stop = &stops[i - 1];
        struct address_reading *reading = &address.readings[address.count];
        *reading = (struct address_reading){.town = stop->hints.town, .community = stop->hints.community};
        if (address_parts(chars + stop->at, count - stop->at, reading)) {
            address.firm = stop->firm && address.firm == ADDRESS_READINGS_MAX ? address.count : address.firm;
            address.count++;
        }
    }
    address.firm = address.firm == ADDRESS_READINGS_MAX ? 0 : address.firm;
    assert(address.count <= ADDRESS_READINGS_MAX);
    *ret_address = address;
    return address.count > 0;
}
