/* recipient_rule.h - who may do what with the mark of a key service recipient
 *
 * Use       recipient_admit() for what a mark says by itself, recipient_check() for who asks what of whom.
 * Promise   pure, and one table: roles are those of the event's rule in wo_fsm.def. A grid worker meets the recipients of the
 *           grids in which he has a post and no others; of those he does not even learn that they are there (NOT_FOUND). Who
 *           reads for the whole city says why.
 * Fails     a verdict, or a static sentence that names the field.
 * Memory    borrows. Threads any. */
#ifndef ASSIGN_CORE_RECIPIENT_RULE_H
#define ASSIGN_CORE_RECIPIENT_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/domain/wo_fsm.h"

enum recipient_act {
    RECIPIENT_MARK,
    RECIPIENT_READ,
    RECIPIENT_LIST,
    RECIPIENT_UNMARK,
    RECIPIENT_ERASE,
    RECIPIENT_COUNT,
    RECIPIENT_TRACE,
    RECIPIENT_ACT_COUNT
};

enum recipient_verdict {
    RECIPIENT_OK,
    RECIPIENT_FORBIDDEN,    /* not with this role; for a mark also: not in this grid */
    RECIPIENT_NOT_FOUND,    /* not there, or not the asker's to know of */
    RECIPIENT_OVER,         /* unmarked or erased */
    RECIPIENT_NEEDS_PURPOSE /* words that say why */
};

/* What is known of the object: the recipient, or for lists and counts the grid. */
struct recipient_facts {
    bool there;
    bool unmarked, erased;
    bool has_post; /* the asker has a post in its grid now */
    bool has_purpose;
};

/* role: one enum wo_role, or 0. */
enum recipient_verdict recipient_check(enum recipient_act act, uint32_t role, const struct recipient_facts *facts);

/* The event that the act leaves; WO_EV_NONE for counts and traces. */
enum wo_event recipient_event(enum recipient_act act);

enum {
    RECIPIENT_CATEGORY_LAST = 8, /* of paidan.assign.v1.RecipientCategory */
    RECIPIENT_NAME_MAX = 64,     /* characters */
    RECIPIENT_PHONE_MAX = 32,
    RECIPIENT_ADDRESS_MAX = 200,
    RECIPIENT_NOTE_MAX = 500,
    RECIPIENT_PURPOSE_MAX = 500
};

/* What a mark says. Texts are never NULL. */
struct recipient_words {
    int category;
    const char *name, *phone, *address, *note;
    bool has_lat, has_lng, has_original;
    int system; /* enum geo_system */
    double lat, lng;
};

/* NULL: fine. */
const char *recipient_admit(const struct recipient_words *words);

/* Is it at most so many characters of UTF-8? */
bool recipient_text_fits(const char *text, long max);

/* Nothing but white space? */
bool recipient_text_is_blank(const char *text);

enum { RECIPIENT_COUNT_TEXT = 24, RECIPIENT_COUNT_MIN = 3 };

/* The number, or "<3" when it is so small that it points at somebody. Returns ret. */
char *recipient_count_text(int64_t count, char ret[RECIPIENT_COUNT_TEXT]);

#endif
