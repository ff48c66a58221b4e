/* map_keeper.h - the one map of the process, and the thread that reads it anew while everybody goes on
 *
 * Use       map_keeper_start() before the service's threads; each asks with map_keeper_take_any() for the map of the version that it
 *           has read from PostgreSQL, and gives the reference back with map_unref().
 * Happy path
 *   - the thread looks at the version once a second, and when an outline in memory begins or ends; a new map is read and built
 *     beside the old one, and swapped in
 *   - a batch that sees a newer version before the thread does wakes it and goes on without a map
 * Promise   what is handed out is of the version asked for and right for the instant asked for, or nothing. Nobody ever waits.
 * Fails     map_keeper_start() PD_RETRY: no memory. Later failures are logged and tried again.
 * Memory    one map; two while the new one is made, or while a batch still holds the old one.
 * Threads   start and stop from one; take from any. */
#ifndef ASSIGN_SHELL_MAP_KEEPER_H
#define ASSIGN_SHELL_MAP_KEEPER_H

#include "assign/shell/map.h"
#include "common/base/err.h"

struct map_keeper;

enum pd_fate map_keeper_start(const char *conninfo, struct map_keeper **ret_keeper, struct pd_err *reterr);
/* NULL is fine. */
void map_keeper_stop(struct map_keeper *keeper);

/* NULL: not in memory; the thread has been woken to read it. */
struct map *map_keeper_take_any(struct map_keeper *keeper, int64_t version, int64_t now_us);

#endif
