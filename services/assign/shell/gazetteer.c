#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "assign/shell/gazetteer_inner.h"

enum { TEXTS_FIRST = 16 * 1024, TEXTS_MAX = 64 * 1024 * 1024 };

struct gazetteer *gazetteer_new(void) {
    struct gazetteer *gazetteer = calloc(1, sizeof *gazetteer);
    if (gazetteer != NULL) {
        pd_arena_init(&gazetteer->texts, TEXTS_FIRST, TEXTS_MAX);
    }
    return gazetteer;
}

void gazetteer_free(struct gazetteer *gazetteer) {
    if (gazetteer != NULL) {
        free(gazetteer->places);
        free(gazetteer->codes);
        free(gazetteer->words);
        free(gazetteer->mentions);
        free(gazetteer->chars);
        free(gazetteer->names);
        free(gazetteer->hashes);
        free(gazetteer->entries);
        free(gazetteer->starts);
        free(gazetteer->postings);
        pd_arena_fini(&gazetteer->texts);
        free(gazetteer);
    }
}

/* Room for `more` behind `count` elements; the array may move. */
static bool grow(void **array, size_t count, size_t more, size_t *room, size_t size) {
    if (count + more <= *room) {
        return true;
    }
    size_t wanted = *room * 2 > count + more ? *room * 2 : count + more + 64;
    void *grown = reallocarray(*array, wanted, size);
    if (grown != NULL) {
        *array = grown;
        *room = wanted;
    }
    return grown != NULL;
}

#define GROW(array, count, more, room) grow((void **)&(array), (count), (more), &(room), sizeof *(array))

/* ---- divisions */

bool gazetteer_add_division(struct gazetteer *g, const char *code, const char *name) {
    if ((g->code_count > 0 && strcmp(code, g->codes[g->code_count - 1]) <= 0) ||
        !GROW(g->codes, g->code_count, 1, g->code_room) || !GROW(g->words, g->word_count, 2, g->word_room)) {
        return false;
    }
    const char *kept = pd_strdup(&g->texts, code);
    if (kept != NULL) {
        g->codes[g->code_count++] = kept;
        g->word_count += address_words(name, kept, &g->words[g->word_count]);
    }
    return kept != NULL;
}

void gazetteer_sort_divisions(struct gazetteer *g) {
    if (g->word_count > 0) {
        qsort(g->words, g->word_count, sizeof *g->words, address_word_compare);
    }
    g->lexicon = (struct address_lexicon){g->words, g->word_count};
}

/* The gazetteer's own copy of a code; an unknown one is kept all the same. */
static const char *own_code(struct gazetteer *g, const char *code) {
    size_t low = 0, high = g->code_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(g->codes[middle], code) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < g->code_count && strcmp(g->codes[low], code) == 0 ? g->codes[low] : pd_strdup(&g->texts, code);
}

/* ---- places and their names */

uint64_t gaz_hash(const uint16_t *chars, size_t count) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ chars[i]) * UINT64_C(0x100000001b3);
    }
    return (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
}

static bool mention(struct gazetteer *g, const struct address_name *name, uint32_t entry) {
    if (name->length < ADDRESS_NAME_MIN) {
        return true;
    }
    if (g->char_count + name->length > UINT32_MAX || !GROW(g->mentions, g->mention_count, 1, g->mention_room) ||
        !GROW(g->chars, g->char_count, name->length, g->char_room)) {
        return false;
    }
    g->mentions[g->mention_count++] = (struct gaz_mention){.hash = gaz_hash(name->chars, name->length),
                                                           .chars = (uint32_t)g->char_count,
                                                           .entry = entry,
                                                           .length = name->length};
    memcpy(g->chars + g->char_count, name->chars, name->length * sizeof *g->chars);
    g->char_count += name->length;
    return true;
}

/* A name as it is written, and without the city or town that it begins with. */
static bool mention_text(struct gazetteer *g, const char *text, uint32_t entry) {
    uint16_t chars[ADDRESS_CHARS_MAX];
    struct address_name name;
    struct address address;
    int count = address_fold(text, chars);
    address_name(chars, count < 0 ? 0 : (size_t)count, &name);
    if (!mention(g, &name, entry)) {
        return false;
    }
    if (!address_parse(&g->lexicon, text, &address)) {
        return true;
    }
    const struct address_name *whole = &address.readings[address.firm].whole;
    return whole->length <= ADDRESS_NAME_MIN || address_same(whole, &name) || mention(g, whole, entry);
}

bool gazetteer_add_place(struct gazetteer *g, const struct gazetteer_row *row) {
    if ((g->place_count > 0 && memcmp(row->id, g->places[g->place_count - 1].id, sizeof row->id) <= 0) ||
        g->place_count == GAZETTEER_ENTRIES_MAX || !GROW(g->places, g->place_count, 1, g->place_room)) {
        return false;
    }
    uint32_t index = (uint32_t)g->place_count, road = row->place.kind == PLACE_ROAD ? GAZ_ROAD : 0;
    struct gaz_place *place = &g->places[g->place_count];
    *place = (struct gaz_place){.place = row->place, .gone = row->gone};
    memcpy(place->id, row->id, sizeof place->id);
    place->place.division = own_code(g, row->place.division);
    if (place->place.division == NULL) {
        return false;
    }
    g->place_count++;
    if (row->gone) {
        return true;
    }
    return mention_text(g, row->name, index | road) &&
           (road != 0 || row->road[0] == '\0' || mention_text(g, row->road, index | GAZ_ROAD));
}

size_t gaz_find_place(const struct gazetteer *g, const uint8_t id[16]) {
    size_t low = 0, high = g->place_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(g->places[middle].id, id, 16) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < g->place_count && memcmp(g->places[low].id, id, 16) == 0 ? low : g->place_count;
}

bool gazetteer_add_alias(struct gazetteer *g, const uint8_t place_id[16], const char *alias, bool learnt) {
    size_t index = gaz_find_place(g, place_id);
    if (index == g->place_count || g->places[index].gone) {
        return true;
    }
    uint32_t road = g->places[index].place.kind == PLACE_ROAD && !learnt ? GAZ_ROAD : 0;
    return mention_text(g, alias, (uint32_t)index | road | (learnt ? GAZ_LEARNT : 0));
}

size_t gazetteer_count(const struct gazetteer *g) {
    return g->place_count;
}

const struct address_lexicon *gazetteer_lexicon(const struct gazetteer *g) {
    return &g->lexicon;
}
