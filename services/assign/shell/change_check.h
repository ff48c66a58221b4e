/* change_check.h - the check of a grid change: what was sent against the map, as a whole
 *
 * Use       change_check_run() on the clerk's own connection.
 * Happy path
 *   - the parts are read (geojson.h), each feature becomes a shape or a fault (shape.h), and is compared with the map: codes, names,
 *     divisions, what it replaces
 *   - each level is looked at as it will be (survey.h): overlaps, gaps, what reaches beyond its division
 *   - the preview counts what moves: households, workers, open orders, key service recipients
 *   - one transaction stages the features, writes what was found and the verdict
 * Promise   writes the change's own tables only. A result that came too late (something was changed meanwhile) is thrown away.
 * Fails     as pg_query(); when there is no memory the change is faulty, with that as its fault.
 * Memory    its own arena, at most CHECK_MEMORY_MAX.
 * Threads   the clerk's. */
#ifndef ASSIGN_SHELL_CHANGE_CHECK_H
#define ASSIGN_SHELL_CHANGE_CHECK_H

#include <geos_c.h>

#include "assign/core/grid_change.h"
#include "common/io/pg.h"

enum { CHECK_MEMORY_MAX = 1 << 30 };

enum pd_fate change_check_run(struct pg *pg, GEOSContextHandle_t geos, const struct grid_change *change, int64_t now_us,
                              struct pd_err *reterr);

#endif
