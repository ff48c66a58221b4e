/* place_finder.h - a thread that looks for the place of orders that came with an address only
 *
 * Use       place_finder_start() with the process' bus and gazetteer; place_finder_stop() before either ends.
 * Happy path  - orders that are due (order_address.due_at) are read, 100 at a time
 *           - intake is asked for their addresses (pd.qry.intake.get_addresses), as role SYSTEM
 *           - each is matched, and what was found is sent to the writer (pd.cmd.assign.place_order), which decides and commits
 * Failure modes  - intake, the bus or PostgreSQL away: asked again, after 1 s, 2 s, ... 10 s
 *           - one order fails: the others are placed, it is tried again
 *           - killed anywhere: what is not committed is still due
 * Promise   an address lives in this thread's memory only, and is wiped after its round.
 * Fails     as pthread_create().
 * Limits    100 orders a round.
 * Threads   start and stop from one thread. */
#ifndef ASSIGN_SHELL_PLACE_FINDER_H
#define ASSIGN_SHELL_PLACE_FINDER_H

#include "assign/shell/gazetteer_live.h"

struct bus;
struct place_finder;

enum pd_fate place_finder_start(const char *conninfo, struct bus *bus, struct gazetteer_live *live,
                                struct place_finder **ret_finder, struct pd_err *reterr);
/* Waits for the round that runs. NULL is fine. */
void place_finder_stop(struct place_finder *finder);

#endif
