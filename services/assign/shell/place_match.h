/* place_match.h - an address text asked of the gazetteer: candidates and the words that are remembered
 *
 * Fails     false: broken UTF-8, or no name of a place in it.
 * Memory    the caller's.
 * Threads   that of the scratch. */
#ifndef ASSIGN_SHELL_PLACE_MATCH_H
#define ASSIGN_SHELL_PLACE_MATCH_H

#include "assign/shell/gazetteer_live.h"

struct place_match {
    struct gazetteer_candidate candidates[GAZETTEER_CANDIDATES];
    size_t count;
    char words[3 * ADDRESS_NAME_MAX + 1]; /* the place part in normal form, without unit and room */
};

/* false: there is no name of a place in the text. */
bool place_match(const struct gazetteer_view *view, struct gazetteer_scratch *scratch, const char *text,
                 const struct address_near *near, struct place_match *ret_match);

#endif
