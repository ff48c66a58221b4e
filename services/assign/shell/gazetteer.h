/* gazetteer.h - the known places in memory, found by what an address calls them
 *
 * Use       gazetteer_new(); divisions, then places by ascending id, then names; gazetteer_finish(); then gazetteer_match(), which
 *           looks into a base and into an overlay of what changed since: a place of the overlay hides that of the base.
 * Promise   once finished it never changes. The same name, alias or road first; only when that gives nothing certain, names that share
 *           pairs of characters: the rarest pairs first, at most GAZETTEER_WALK_MAX mentions of them; the names that share most are
 *           compared.
 * Fails     gazetteer_add_*(), gazetteer_finish() false: no memory, or an order that is not kept.
 * Memory    about 110 bytes a place with one name; a scratch 1 byte a name. Candidates borrow texts of the gazetteer.
 * Threads   a finished one any; a scratch belongs to one thread. */
#ifndef ASSIGN_SHELL_GAZETTEER_H
#define ASSIGN_SHELL_GAZETTEER_H

#include "assign/core/address_score.h"

enum {
    GAZETTEER_CANDIDATES = 5,
    GAZETTEER_WALK_MAX = 1 << 18,    /* mentions of pairs of characters; a millisecond or so */
    GAZETTEER_COMPARED_MAX = 128,    /* names that are compared; twice as many when they share equally much */
    GAZETTEER_PLACES_OF_NAME = 4096, /* that are looked at */
    GAZETTEER_ENTRIES_MAX = 1 << 29
};

struct gazetteer;
struct gazetteer_scratch;

struct gazetteer_row {
    uint8_t id[16];
    const char *name; /* as people write it */
    const char *road; /* it stands at, "" unknown; the number range is of this road */
    bool gone;        /* no longer valid: only hides */
    struct address_place place;
};

struct gazetteer_candidate {
    uint8_t id[16];
    double confidence;
    const struct address_place *place;
};

struct gazetteer *gazetteer_new(void);
void gazetteer_free(struct gazetteer *gazetteer);

/* By ascending code. */
bool gazetteer_add_division(struct gazetteer *gazetteer, const char *code, const char *name);
/* Call it between divisions and places. */
void gazetteer_sort_divisions(struct gazetteer *gazetteer);
bool gazetteer_add_place(struct gazetteer *gazetteer, const struct gazetteer_row *row);
/* learnt: a dispatcher's word for a whole address, true of exactly that. A place that is not there is passed over. */
bool gazetteer_add_alias(struct gazetteer *gazetteer, const uint8_t place_id[16], const char *alias, bool learnt);
bool gazetteer_finish(struct gazetteer *gazetteer);

size_t gazetteer_count(const struct gazetteer *gazetteer);
/* Of its own arrays. */
size_t gazetteer_bytes(const struct gazetteer *gazetteer);
const struct address_lexicon *gazetteer_lexicon(const struct gazetteer *gazetteer);

struct gazetteer_scratch *gazetteer_scratch_new(void);
void gazetteer_scratch_free(struct gazetteer_scratch *scratch);

/* Best first; returns how many. overlay may be NULL. */
size_t gazetteer_match(const struct gazetteer *base, const struct gazetteer *overlay, struct gazetteer_scratch *scratch,
                       const struct address *address, const struct address_near *near,
                       struct gazetteer_candidate ret[GAZETTEER_CANDIDATES]);

#endif
