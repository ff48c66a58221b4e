/* The second half of making a gazetteer: mentions become names with their places, and pairs of characters with their names. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "assign/shell/gazetteer_inner.h"

enum { PAIRS_LEAST = 1 << 8, PAIRS_MOST = 1 << 20 };

static int compare_mentions(const void *a, const void *b, void *chars) {
    const struct gaz_mention *x = a, *y = b;
    const uint16_t *text = chars;
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    if (x->length != y->length) {
        return x->length < y->length ? -1 : 1;
    }
    int order = memcmp(text + x->chars, text + y->chars, x->length * sizeof *text);
    return order != 0 ? order : x->entry < y->entry ? -1 : x->entry > y->entry;
}

static bool same_name(const struct gazetteer *g, const struct gaz_mention *a, const struct gaz_mention *b) {
    return a->hash == b->hash && a->length == b->length &&
           memcmp(g->chars + a->chars, g->chars + b->chars, a->length * sizeof *g->chars) == 0;
}

/* The mentions, sorted, become names and entries; a place that mentions a name twice has one entry. */
static bool gather_names(struct gazetteer *g) {
    size_t count = g->mention_count, entries = 0;
    g->names = calloc(count + 1, sizeof *g->names);
    g->hashes = calloc(count + 1, sizeof *g->hashes);
    g->entries = calloc(count + 1, sizeof *g->entries);
    if (g->names == NULL || g->hashes == NULL || g->entries == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct gaz_mention *m = &g->mentions[i], *before = i > 0 ? m - 1 : NULL;
        bool learnt = (m->entry & GAZ_LEARNT) != 0;
        if (before == NULL || !same_name(g, m, before)) {
            g->hashes[g->name_count] = m->hash;
            g->names[g->name_count++] = (struct gaz_name){
                .chars = m->chars, .first = (uint32_t)entries, .length = m->length, .learnt_only = true};
        } else if (m->entry == before->entry) {
            continue;
        }
        g->names[g->name_count - 1].learnt_only = g->names[g->name_count - 1].learnt_only && learnt;
        g->entries[entries++] = m->entry;
    }
    g->names[g->name_count].first = (uint32_t)entries;
    return true;
}

/* The same array in no more memory than it needs; as it was when that cannot be had. */
static void *fit(void *array, size_t count, size_t size) {
    void *fitted = reallocarray(array, count + 1, size);
    if (fitted != NULL) {
        return fitted;
    }
    return array;
}

static void trim(struct gazetteer *g) {
    free(g->mentions);
    g->mentions = NULL;
    g->mention_count = g->mention_room = 0;
    g->names = fit(g->names, g->name_count, sizeof *g->names);
    g->hashes = fit(g->hashes, g->name_count, sizeof *g->hashes);
    g->places = fit(g->places, g->place_count, sizeof *g->places);
    g->chars = fit(g->chars, g->char_count, sizeof *g->chars);
}

/* Counts, adds up, fills: the postings of a pair stand together, names ascending. */
static bool index_pairs(struct gazetteer *g) {
    size_t pairs = PAIRS_LEAST;
    while (pairs < g->name_count && pairs < PAIRS_MOST) {
        pairs *= 2;
    }
    g->pair_mask = (uint32_t)pairs - 1;
    g->starts = calloc(pairs + 2, sizeof *g->starts);
    if (g->starts == NULL) {
        return false;
    }
    for (size_t i = 0; i < g->name_count; i++) {
        const struct gaz_name *name = &g->names[i];
        for (size_t k = 0; !name->learnt_only && k + 1 < name->length; k++) {
            g->starts[gaz_pair(g, g->chars + name->chars + k) + 2]++;
        }
    }
    for (size_t i = 2; i < pairs + 2; i++) {
        g->starts[i] += g->starts[i - 1];
    }
    g->postings = calloc((size_t)g->starts[pairs + 1] + 1, sizeof *g->postings);
    if (g->postings == NULL) {
        return false;
    }
    for (size_t i = 0; i < g->name_count; i++) {
        const struct gaz_name *name = &g->names[i];
        for (size_t k = 0; !name->learnt_only && k + 1 < name->length; k++) {
            g->postings[g->starts[gaz_pair(g, g->chars + name->chars + k) + 1]++] = (uint32_t)i;
        }
    }
    return true;
}

bool gazetteer_finish(struct gazetteer *g) {
    if (g->mention_count > 0) {
        qsort_r(g->mentions, g->mention_count, sizeof *g->mentions, compare_mentions, g->chars);
    }
    if (!gather_names(g)) {
        return false;
    }
    trim(g);
    return index_pairs(g);
}

size_t gaz_find_name(const struct gazetteer *g, const struct address_name *name) {
    uint64_t hash = gaz_hash(name->chars, name->length);
    size_t low = 0, high = g->name_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (g->hashes[middle] < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < g->name_count && g->hashes[low] == hash; low++) {
        const struct gaz_name *found = &g->names[low];
        if (found->length == name->length &&
            memcmp(g->chars + found->chars, name->chars, name->length * sizeof *g->chars) == 0) {
            return low;
        }
    }
    return g->name_count;
}

size_t gazetteer_bytes(const struct gazetteer *g) {
    size_t pairs = (size_t)g->pair_mask + 3, postings = g->starts == NULL ? 0 : g->starts[g->pair_mask + 2];
    return g->place_count * sizeof *g->places + g->char_count * sizeof *g->chars +
           g->name_count * (sizeof *g->names + sizeof *g->hashes) +
           (g->name_count == 0 ? 0 : g->names[g->name_count].first) * sizeof *g->entries +
           (pairs + postings) * sizeof *g->postings;
}
