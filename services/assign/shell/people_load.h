/* people_load.h - the people as they are in PostgreSQL now: what is newer than what is in memory
 *
 * Use       people_load() with zeroed knowledge reads everything, later what changed since.
 * Promise   one worker's change costs the reading of that worker, however many there are.
 * Fails     as pg_query(); PD_RETRY "PEOPLE" when there is no memory. The people are then to be thrown away.
 * Memory    as people.h.
 * Threads   of the connection. */
#ifndef ASSIGN_SHELL_PEOPLE_LOAD_H
#define ASSIGN_SHELL_PEOPLE_LOAD_H

#include "assign/shell/people.h"
#include "common/io/pg.h"

/* How far the people in memory are known. */
struct people_known {
    int64_t version;    /* of city_version.people */
    int64_t walked_us;  /* shifts before it are of no interest */
    int64_t horizon_us; /* shifts that begin before it are in memory; 0: nothing is */
};

/* Is there nothing to read? */
bool people_fresh(const struct people_known *known, int64_t version, int64_t now_us);

/* *known is moved on. version: read in this transaction. */
enum pd_fate people_load(struct people *people, struct people_known *known, int64_t version, int64_t now_us,
                         struct pg *pg, struct pd_arena *scratch, struct pd_err *reterr);

#endif
