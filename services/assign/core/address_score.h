/* address_score.h - how sure it is that a known place is the one that an address names, and when that is sure enough
 *
 * Promise   pure. Confidence is 0..1; 1: the same name, and nothing speaks against it.
 *           Names   equal 1. Else the part that distinguishes (without 花园, 大厦, 小学, 路, ...) is compared by the edits from one to
 *                   the other (insert, delete, replace 1; swap of neighbours 0.6), relative to the longer one. Other kind words
 *                   (花园 against 新村) cost 0.4; one missing 0.06 for homes (0.2 behind two characters), else 0.35. Other digits
 *                   halve it; other directions (东, 西, ...) cost 0.4 of it, one missing 0.2; a name inside the other one is at most 0.65.
 *           Against other town 0.8 of it, other community 0.88; a road without a number or a number outside its range 0.8 and 0.6
 *                   of it; more than 1 km from where the caller is 0.95, more than 3 km 0.8; 旁, 对面: at most 0.8.
 *           For     a name that is alike (from 0.7) gains 0.1 in the community named, 0.04 in the town, 0.05 with a number in the range,
 *                   up to 0.97.
 *           Sure    address_sure(): at least 0.85, and 0.08 ahead of every candidate that would lead to another grid.
 * Threads   any. */
#ifndef ASSIGN_CORE_ADDRESS_SCORE_H
#define ASSIGN_CORE_ADDRESS_SCORE_H

#include "assign/core/address_text.h"

/* The numbers of paidan.assign.v1.PlaceKind and NumberParity. */
enum place_kind { PLACE_COMPOUND = 1, PLACE_BUILDING, PLACE_ROAD, PLACE_ORGANISATION, PLACE_POI, PLACE_KIND_COUNT };
enum place_parity { PLACE_ANY_NUMBER, PLACE_ODD, PLACE_EVEN, PLACE_PARITY_COUNT };

/* What is known of a place besides its names. */
struct address_place {
    enum place_kind kind;
    enum place_parity parity;
    uint32_t number_from, number_to; /* 0, 0: no numbers known */
    const char *division;            /* 9 or 12 digits */
    double lat, lng;
};

/* Where the caller knows it to be; what a reading says goes before. */
struct address_near {
    bool has_place;
    double lat, lng;
    const char *community; /* "": unknown */
};

double address_similarity(const struct address_name *a, const struct address_name *b);

/* similarity: of the part and one of the place's names. numbered: the name is of the road that the place stands at, or the place
 * is a road. */
double address_confidence(double similarity, const struct address_reading *reading, const struct address_part *part,
                          const struct address_place *place, bool numbered, const struct address_near *near);

struct address_choice {
    double confidence;
    const char *grid; /* NULL: in none */
};

/* Is the first one sure? In descending order of confidence. */
bool address_sure(const struct address_choice *choices, size_t count);

#endif
