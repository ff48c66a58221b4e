/* address_text.h - what an address says: divisions as hints, places with their numbers, and nothing of unit or room
 *
 * Use       address_parse() with the divisions of the city as a lexicon; address_name() for the name of a known place.
 * Promise   pure. Administrative prefixes (广东省中山市东区街道竹苑社区) are hints and not part of a name; where a prefix may as
 *           well be the beginning of a name (竹苑新村) there is a reading for each: most stripped first. Building, unit, floor and
 *           room are taken out of names; unit, floor and room are nowhere in the result.
 * Fails     address_parse() false: broken UTF-8, or no name in it.
 * Memory    the result borrows the lexicon.
 * Threads   any. */
#ifndef ASSIGN_CORE_ADDRESS_TEXT_H
#define ASSIGN_CORE_ADDRESS_TEXT_H

#include "assign/core/address_fold.h"

enum {
    ADDRESS_NAME_MAX = 40, /* characters of a name; longer ones are cut */
    ADDRESS_NAME_MIN = 2,
    ADDRESS_PARTS_MAX = 3,
    ADDRESS_READINGS_MAX = 6,
    ADDRESS_WORD_MAX = 12
};

struct address_name {
    uint16_t chars[ADDRESS_NAME_MAX];
    uint8_t length;
};

/* A division by one of its names: 东区街道 and 东区. */
struct address_word {
    uint16_t chars[ADDRESS_WORD_MAX];
    uint8_t length;
    bool bare;        /* without its 街道, 社区, ...: may as well begin another name */
    const char *code; /* 6, 9 or 12 digits */
};

/* Sorted by address_word_compare(). Of two divisions with the same name both rows are there. */
struct address_lexicon {
    const struct address_word *words;
    size_t count;
};

/* A place as the address names it. */
struct address_part {
    struct address_name name;
    uint8_t bare; /* length of the name without 停车场, 电梯 and the like, for when the whole name is not known */
    uint32_t number; /* 号; 0: none */
};

struct address_reading {
    const char *town, *community; /* codes of the divisions named; NULL: none */
    struct address_part parts[ADDRESS_PARTS_MAX];
    size_t part_count;
    struct address_name whole; /* all parts with numbers and building: what is remembered as an alias */
    bool beside;               /* 旁, 对面, ...: near the place, not at it */
};

struct address {
    struct address_reading readings[ADDRESS_READINGS_MAX]; /* most stripped first */
    size_t count;
    size_t
        firm; /* of these, the one that took away nothing but what is surely a division: its whole becomes an alias */
};

bool address_parse(const struct address_lexicon *lexicon, const char *text, struct address *ret_address);

/* The name of a known place in its normal form: what a part of an address compares with. Length 0: none in it. */
void address_name(const uint16_t *chars, size_t count, struct address_name *ret_name);

/* The names of a division as words: as it is, and without 街道, 镇, 社区, 村. Returns how many (<= 2). */
size_t address_words(const char *name, const char *code, struct address_word ret_words[2]);
int address_word_compare(const void *a, const void *b);

bool address_same(const struct address_name *a, const struct address_name *b);

#endif
