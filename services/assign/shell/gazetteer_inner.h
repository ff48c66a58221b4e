/* gazetteer_inner.h - the arrays of a gazetteer, shared by the files that fill and search them
 *
 * Memory    of the gazetteer.
 * Threads   as gazetteer.h. */
#ifndef ASSIGN_SHELL_GAZETTEER_INNER_H
#define ASSIGN_SHELL_GAZETTEER_INNER_H

#include "assign/shell/gazetteer.h"
#include "common/base/arena.h"

/* A name with the places that bear it: entries[first .. next name's first). */
struct gaz_name {
    uint32_t chars, first;
    uint8_t length;
    bool learnt_only;
};

/* Before names are brought together. */
struct gaz_mention {
    uint64_t hash;
    uint32_t chars, entry;
    uint8_t length;
};

/* An entry is a place's index with flags above. */
enum { GAZ_LEARNT = 1 << 30, GAZ_ROAD = 1 << 29, GAZ_INDEX = GAZETTEER_ENTRIES_MAX - 1 };

struct gaz_place {
    uint8_t id[16];
    struct address_place place;
    bool gone;
};

struct gazetteer {
    struct gaz_place *places;
    size_t place_count, place_room;
    struct pd_arena texts;
    const char **codes; /* of divisions, ascending */
    size_t code_count, code_room;
    struct address_word *words;
    size_t word_count, word_room;
    struct address_lexicon lexicon;
    struct gaz_mention *mentions; /* until finished */
    size_t mention_count, mention_room;
    uint16_t *chars;
    size_t char_count, char_room;
    struct gaz_name *names; /* by hash; one more than there are, which ends the last */
    uint64_t *hashes;
    size_t name_count;
    uint32_t *entries;
    uint32_t *starts; /* of each pair's postings; pair_mask + 2 of them */
    uint32_t *postings;
    uint32_t pair_mask;
};

uint64_t gaz_hash(const uint16_t *chars, size_t count);
/* Index of the name, name_count: none. */
size_t gaz_find_name(const struct gazetteer *gazetteer, const struct address_name *name);
/* The names that share most pairs with this one; how many. They live until the next question. */
size_t gaz_choose(struct gazetteer_scratch *scratch, const struct gazetteer *gazetteer, const struct address_name *name,
                  const uint32_t **ret_names);
/* Index of the place, place_count: none. */
size_t gaz_find_place(const struct gazetteer *gazetteer, const uint8_t id[16]);
static inline uint32_t gaz_pair(const struct gazetteer *gazetteer, const uint16_t *chars) {
    uint32_t pair = (uint32_t)chars[0] << 16 | chars[1];
    return (uint32_t)((pair * UINT64_C(0x9e3779b97f4a7c15)) >> 40) & gazetteer->pair_mask;
}

#endif
