#include "assign/shell/place_match.h"

bool place_match(const struct gazetteer_view *view, struct gazetteer_scratch *scratch, const char *text,
                 const struct address_near *near, struct place_match *ret_match) {
    struct address address;
    if (!address_parse(gazetteer_view_lexicon(view), text, &address)) {
        return false;
    }
    struct place_match match = {.count = 0};
    match.count = gazetteer_match(view->base, view->overlay, scratch, &address, near, match.candidates);
    const struct address_name *whole = &address.readings[address.firm].whole;
    address_utf8(whole->chars, whole->length, match.words);
    *ret_match = match;
    return true;
}
