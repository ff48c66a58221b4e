/* gazetteer_load.h - the known places as they are in PostgreSQL
 *
 * Use       gazetteer_load_all() for a base, gazetteer_load_changes() for an overlay of what changed after the base's version.
 * Promise   read in portions outside any transaction: what changes meanwhile has a higher version and comes with the next overlay,
 *           as long as the base's version was read before.
 * Fails     as pg_query(); PD_RETRY "PLACES" when there is no memory.
 * Memory    the gazetteer belongs to the caller; scratch is used up and reset.
 * Threads   of the connection. */
#ifndef ASSIGN_SHELL_GAZETTEER_LOAD_H
#define ASSIGN_SHELL_GAZETTEER_LOAD_H

#include <stdatomic.h>

#include "assign/shell/gazetteer.h"
#include "common/io/pg.h"

struct gazetteer_state {
    int64_t version, changed, divisions;
};

/* changed: places since version `known`, counted up to `most`. */
enum pd_fate gazetteer_look(struct pg *pg, struct pd_arena *scratch, int64_t known, int64_t most,
                            struct gazetteer_state *ret_state, struct pd_err *reterr);
/* Gives up with PD_RETRY "STOP" between two portions when *stopping says so. */
enum pd_fate gazetteer_load_all(struct pg *pg, struct pd_arena *scratch, const _Atomic bool *stopping,
                                struct gazetteer **ret_gazetteer, struct pd_err *reterr);
/* At most `most` of them. */
enum pd_fate gazetteer_load_changes(struct pg *pg, struct pd_arena *scratch, int64_t version, int32_t most,
                                    struct gazetteer **ret_gazetteer, struct pd_err *reterr);

#endif
