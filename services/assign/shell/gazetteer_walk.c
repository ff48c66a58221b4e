/* Which names are worth comparing with one that is asked for: those that share most pairs of characters. */
#include <stdlib.h>

#include "assign/shell/gazetteer_inner.h"

enum { PAIRS_MAX = ADDRESS_NAME_MAX };

/* How many pairs each name shares with the question, and the names that share most. All zero between questions. */
struct gazetteer_scratch {
    uint8_t *shared;
    size_t room;
    uint32_t chosen[2 * GAZETTEER_COMPARED_MAX];
    size_t chosen_count;
};

struct gazetteer_scratch *gazetteer_scratch_new(void) {
    return calloc(1, sizeof(struct gazetteer_scratch));
}

void gazetteer_scratch_free(struct gazetteer_scratch *scratch) {
    if (scratch != NULL) {
        free(scratch->shared);
        free(scratch);
    }
}

static bool make_room(struct gazetteer_scratch *scratch, size_t names) {
    if (scratch->room < names) {
        free(scratch->shared);
        scratch->shared = calloc(names, sizeof *scratch->shared);
        scratch->room = scratch->shared == NULL ? 0 : names;
    }
    return scratch->room >= names;
}

/* Stretches of postings that are gone along. */
struct walk {
    struct stretch {
        uint32_t from, to;
    } list[PAIRS_MAX];
    size_t count;
};

/* The pairs of the name, rarest first, as far as the bound allows; at least a part of the rarest. */
static struct walk plan_walk(const struct gazetteer *g, const struct address_name *name) {
    struct walk walk = {.count = 0};
    for (size_t k = 0; k + 1 < name->length; k++) {
        uint32_t pair = gaz_pair(g, name->chars + k);
        struct stretch stretch = {g->starts[pair], g->starts[pair + 1]};
        bool again = false; /* a pair that the name has twice counts once */
        for (size_t i = 0; i < walk.count; i++) {
            again = again || walk.list[i].from == stretch.from;
        }
        if (again || stretch.from == stretch.to) {
            continue;
        }
        size_t at = walk.count++;
        while (at > 0 && walk.list[at - 1].to - walk.list[at - 1].from > stretch.to - stretch.from) {
            walk.list[at] = walk.list[at - 1];
            at--;
        }
        walk.list[at] = stretch;
    }
    size_t left = GAZETTEER_WALK_MAX, kept = 0;
    while (kept < walk.count && walk.list[kept].to - walk.list[kept].from <= left) {
        left -= walk.list[kept].to - walk.list[kept].from;
        kept++;
    }
    if (kept == 0 && walk.count > 0) {
        walk.list[0].to = walk.list[0].from + GAZETTEER_WALK_MAX;
        kept = 1;
    }
    walk.count = kept;
    return walk;
}

/* More than so many shared pairs have at most GAZETTEER_COMPARED_MAX names. */
static uint8_t enough_shared(const struct gazetteer *g, const struct gazetteer_scratch *scratch,
                             const struct walk *walk) {
    size_t with[PAIRS_MAX + 1] = {0}; /* postings, not names: a name with n of them counts n times */
    for (size_t i = 0; i < walk->count; i++) {
        for (uint32_t p = walk->list[i].from; p < walk->list[i].to; p++) {
            uint8_t shared = scratch->shared[g->postings[p]];
            with[shared > PAIRS_MAX ? PAIRS_MAX : shared]++;
        }
    }
    size_t names = 0;
    uint8_t least = PAIRS_MAX;
    while (least > 1 && names + with[least] / least <= GAZETTEER_COMPARED_MAX) {
        names += with[least] / least;
        least--;
    }
    return least;
}

/* Chooses the names that share more than `above` pairs, and forgets their counts. */
static void take(struct gazetteer_scratch *scratch, const struct gazetteer *g, const struct walk *walk, uint8_t above) {
    for (size_t i = 0; i < walk->count; i++) {
        for (uint32_t p = walk->list[i].from; p < walk->list[i].to; p++) {
            uint32_t index = g->postings[p];
            if (scratch->shared[index] > above) {
                scratch->shared[index] = 0;
                if (scratch->chosen_count < sizeof scratch->chosen / sizeof scratch->chosen[0]) {
                    scratch->chosen[scratch->chosen_count++] = index;
                }
            }
        }
    }
}

/* Counts, chooses those that share most, and leaves the counts zero. */
size_t gaz_choose(struct gazetteer_scratch *scratch, const struct gazetteer *g, const struct address_name *name,
                  const uint32_t **ret_names) {
    if (!make_room(scratch, g->name_count)) {
        return 0; /* what has the same name was found all the same */
    }
    struct walk walk = plan_walk(g, name);
    for (size_t i = 0; i < walk.count; i++) {
        for (uint32_t p = walk.list[i].from; p < walk.list[i].to; p++) {
            scratch->shared[g->postings[p]]++;
        }
    }
    uint8_t enough = enough_shared(g, scratch, &walk);
    scratch->chosen_count = 0;
    take(scratch, g, &walk, enough);
    take(scratch, g, &walk, (uint8_t)(enough - 1)); /* of these as many as there is room for */
    for (size_t i = 0; i < walk.count; i++) {
        for (uint32_t p = walk.list[i].from; p < walk.list[i].to; p++) {
            scratch->shared[g->postings[p]] = 0;
        }
    }
    *ret_names = scratch->chosen;
    return scratch->chosen_count;
}
