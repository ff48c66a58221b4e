/* change_difference.h - what a grid change makes of the map, as GeoJSON to look at
 *
 * Use       difference_cursor_read(), the rows of read_change_difference.sql, difference_write().
 * Promise   a FeatureCollection; each feature's property `difference` says added, changed, removed, overlap, gap or overhang. When there
 *           is more, the foreign member next_cursor says where to go on.
 * Fails     difference_write() false: no memory.
 * Limits    DIFFERENCE_ROWS features, about DIFFERENCE_BYTES.
 * Memory    in the arena.
 * Threads   any, one at a time per GEOS handle. */
#ifndef ASSIGN_SHELL_CHANGE_DIFFERENCE_H
#define ASSIGN_SHELL_CHANGE_DIFFERENCE_H

#include <geos_c.h>
#include <protobuf-c/protobuf-c.h>

#include "common/io/pg.h"

enum { DIFFERENCE_ROWS = 2000, DIFFERENCE_BYTES = 1500 * 1000 };

/* "": from the beginning. kind 0: features, 1: findings. */
bool difference_cursor_read(const char *text, int32_t *ret_kind, int32_t *ret_after);

bool difference_write(GEOSContextHandle_t geos, struct pd_arena *arena, const struct pg_result *rows,
                      ProtobufCBinaryData *ret_text);

#endif
