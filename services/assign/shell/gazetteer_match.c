#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "assign/shell/gazetteer_inner.h"

enum { BEST_MAX = 32 };

static const double certain = 0.95, alike_from = 0.5;

/* The best places so far, best first. */
struct best {
    struct found {
        const struct gaz_place *place;
        double confidence;
        bool house; /* exactly this number of the road */
    } list[BEST_MAX];
    size_t count;
};

struct search {
    const struct gazetteer *g;
    const struct gazetteer *hidden_by; /* NULL: nothing is hidden */
    const struct address_near *near;
    struct gazetteer_scratch *scratch;
    struct best *best;
};

static void keep(struct best *best, struct found found) {
    size_t i = 0;
    while (i < best->count && best->list[i].place != found.place) {
        i++;
    }
    if (i < best->count && best->list[i].confidence >= found.confidence) {
        return;
    }
    if (i == BEST_MAX) {
        if (best->list[--i].confidence >= found.confidence) {
            return;
        }
    } else {
        best->count += i == best->count ? 1 : 0;
    }
    while (i > 0 && best->list[i - 1].confidence < found.confidence) {
        best->list[i] = best->list[i - 1];
        i--;
    }
    best->list[i] = found;
}

static bool is_hidden(const struct search *search, const struct gaz_place *place) {
    return search->hidden_by != NULL && gaz_find_place(search->hidden_by, place->id) < search->hidden_by->place_count;
}

/* whole: the name stands for the whole address, so its numbers are spoken for. */
static void score_name(const struct search *search, size_t index, const struct address_reading *reading,
                       const struct address_part *part, double similarity, bool whole) {
    const struct gazetteer *g = search->g;
    const struct gaz_name *name = &g->names[index];
    size_t end = name[1].first, limit = (size_t)name->first + GAZETTEER_PLACES_OF_NAME;
    static const struct address_part no_number = {.number = 0};
    for (size_t e = name->first; e < end && e < limit; e++) {
        uint32_t entry = g->entries[e];
        const struct gaz_place *place = &g->places[entry & GAZ_INDEX];
        bool road = (entry & GAZ_ROAD) != 0 && !whole;
        if (((entry & GAZ_LEARNT) != 0 && !whole) || is_hidden(search, place)) {
            continue;
        }
        struct found found = {.place = place,
                              .confidence = address_confidence(similarity, reading, whole ? &no_number : part,
                                                               &place->place, road, search->near)};
        found.house = road && similarity >= 1 && part->number > 0 && place->place.number_from == part->number &&
                      place->place.number_to == part->number;
        keep(search->best, found);
    }
}

/* ---- the same words */

/* The part's name, else what is left of it without 停车场 and the like. */
static size_t find_part(const struct gazetteer *g, const struct address_part *part) {
    size_t name = gaz_find_name(g, &part->name);
    if (name == g->name_count && part->bare < part->name.length) {
        struct address_name bare = part->name;
        bare.length = part->bare;
        name = gaz_find_name(g, &bare);
    }
    return name;
}

/* A whole that is known goes before its parts. */
static void search_same(const struct search *search, const struct address_reading *reading) {
    size_t whole = gaz_find_name(search->g, &reading->whole), before = search->best->count;
    bool known = whole < search->g->name_count;
    bool more = reading->part_count > 1 || !address_same(&reading->whole, &reading->parts[0].name);
    if (known && more) {
        score_name(search, whole, reading, &reading->parts[0], 1, true);
    }
    bool found = search->best->count > before;
    for (size_t i = 0; !found && i < reading->part_count; i++) {
        size_t name = find_part(search->g, &reading->parts[i]);
        if (name < search->g->name_count) {
            score_name(search, name, reading, &reading->parts[i], 1, false);
        }
    }
    if (!known || more) {
        return;
    }
    /* Just a name: known already as a part, but for what dispatchers said. */
    const struct gaz_name *name = &search->g->names[whole];
    for (size_t e = name->first; e < name[1].first; e++) {
        if ((search->g->entries[e] & GAZ_LEARNT) != 0) {
            const struct gaz_place *place = &search->g->places[search->g->entries[e] & GAZ_INDEX];
            if (!is_hidden(search, place)) {
                keep(search->best,
                     (struct found){.place = place,
                                    .confidence = address_confidence(1, reading, &reading->parts[0], &place->place,
                                                                     false, search->near)});
            }
        }
    }
}

/* ---- alike words */

static void search_alike(const struct search *search, const struct address_reading *reading,
                         const struct address_part *part) {
    const struct gazetteer *g = search->g;
    const uint32_t *chosen;
    size_t count = gaz_choose(search->scratch, g, &part->name, &chosen);
    for (size_t i = 0; i < count; i++) {
        const struct gaz_name *known = &g->names[chosen[i]];
        struct address_name name = {.length = known->length};
        memcpy(name.chars, g->chars + known->chars, known->length * sizeof *g->chars);
        double similarity = address_similarity(&part->name, &name);
        if (similarity >= alike_from && similarity < 1) {
            score_name(search, chosen[i], reading, part, similarity, false);
        }
    }
}

/* ---- */

/* Where a house with exactly this number is known, the road as a whole says less. */
static void prefer_houses(struct best *best) {
    bool house = false;
    for (size_t i = 0; i < best->count; i++) {
        house = house || (best->list[i].house && best->list[i].place->place.kind != PLACE_ROAD);
    }
    struct best again = {.count = 0};
    for (size_t i = 0; house && i < best->count; i++) {
        struct found found = best->list[i];
        found.confidence *= found.place->place.kind == PLACE_ROAD ? 0.9 : 1;
        keep(&again, found);
    }
    *best = house ? again : *best;
}

size_t gazetteer_match(const struct gazetteer *base, const struct gazetteer *overlay, struct gazetteer_scratch *scratch,
                       const struct address *address, const struct address_near *near,
                       struct gazetteer_candidate ret[GAZETTEER_CANDIDATES]) {
    struct best best = {.count = 0};
    struct search searches[] = {{base, overlay, near, scratch, &best}, {overlay, NULL, near, scratch, &best}};
    assert(address->count <= ADDRESS_READINGS_MAX && address->firm < ADDRESS_READINGS_MAX);
    for (size_t s = 0; s < 2; s++) {
        for (size_t r = 0; searches[s].g != NULL && r < address->count; r++) {
            search_same(&searches[s], &address->readings[r]);
        }
    }
    bool done = best.count > 0 && best.list[0].confidence >= certain;
    for (size_t s = 0; !done && s < 2; s++) {
        /* A name that begins with the city's or a town's is known without it too: fewer were taken away than need be. */
        for (size_t r = 0; searches[s].g != NULL && r <= address->firm; r++) {
            const struct address_reading *reading = &address->readings[r];
            for (size_t p = 0; p < reading->part_count; p++) {
                search_alike(&searches[s], reading, &reading->parts[p]);
            }
        }
    }
    prefer_houses(&best);
    size_t count = best.count < GAZETTEER_CANDIDATES ? best.count : GAZETTEER_CANDIDATES;
    for (size_t i = 0; i < count; i++) {
        ret[i] =
            (struct gazetteer_candidate){.confidence = best.list[i].confidence, .place = &best.list[i].place->place};
        memcpy(ret[i].id, best.list[i].place->id, sizeof ret[i].id);
    }
    return count;
}
