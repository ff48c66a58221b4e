/* intake_list.h - what a list is asked for, as the bounds of an index walk
 *
 * Use       intake_page_of() before the statement; intake_cursor_write() for what follows a full page.
 * Promise   newest first. Ids are UUIDv7 of the registering time, so a range of time is a range of ids, and the id alone
 *           is the cursor; the exact times are compared as well.
 * Fails     a static sentence for the asker, or NULL.
 * Memory    texts borrow message and actor. Threads any. */
#ifndef INTAKE_SHELL_INTAKE_LIST_H
#define INTAKE_SHELL_INTAKE_LIST_H

#include "common/base/id.h"
#include "intake/core/intake_row.h"
#include "paidan/intake/v1/intake.pb-c.h"

enum { INTAKE_LIMIT_DEFAULT = 50, INTAKE_LIMIT_MAX = 200, INTAKE_CURSOR_TEXT = 24 };

struct intake_page {
    bool nobody;  /* the role may not list */
    bool nothing; /* a worker asked for another's: an empty list */
    enum wo_state state;
    const char *grid, *worker; /* "": any */
    struct pd_id before, from; /* from <= id < before */
    int64_t from_us, to_us;
    int limit;
};

const char *intake_page_of(const Paidan__Intake__V1__ListRequestsRequest *request, const struct intake_actor *actor,
                           struct intake_page *ret_page);

/* Base64url without padding. Returns ret. */
char *intake_cursor_write(const uint8_t id[16], char ret[INTAKE_CURSOR_TEXT]);

#endif
