/* gazetteer_live.h - the gazetteer of this process: kept fresh by a thread of its own, swapped under the feet of nobody
 *
 * Use       gazetteer_live_start() once; then around each use gazetteer_live_ref() and gazetteer_live_unref().
 * Promise   every second what changed is read anew into a small overlay; when too much did, everything into a new base. Who holds a
 *           reference keeps what he sees. A load is followed by a pause of twice its time, so that a long import does not make it go on
 *           for ever.
 * Fails     gazetteer_live_ref() false: nothing is loaded yet. While PostgreSQL is away, what is known stays.
 * Memory    as gazetteer.h, twice while a new base is made.
 * Threads   ref and unref any. */
#ifndef ASSIGN_SHELL_GAZETTEER_LIVE_H
#define ASSIGN_SHELL_GAZETTEER_LIVE_H

#include "assign/shell/gazetteer.h"
#include "common/base/err.h"

struct gazetteer_live;
struct gazetteer_shared;

struct gazetteer_view {
    const struct gazetteer *base, *overlay; /* overlay NULL: nothing changed since */
    struct gazetteer_shared *shared[2];
};

enum pd_fate gazetteer_live_start(const char *conninfo, struct gazetteer_live **ret_live, struct pd_err *reterr);
/* Waits for the thread. NULL is fine. */
void gazetteer_live_stop(struct gazetteer_live *live);

bool gazetteer_live_ref(struct gazetteer_live *live, struct gazetteer_view *ret_view);
void gazetteer_live_unref(struct gazetteer_live *live, struct gazetteer_view *view);

/* The divisions by name, the newest. */
const struct address_lexicon *gazetteer_view_lexicon(const struct gazetteer_view *view);

#endif
