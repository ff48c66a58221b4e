/* map_raster.h - squares over a layer of outlines, so that most points are answered without geometry
 *
 * Use       raster_new() with what is known of the outlines; raster_begin(), raster_edge() for each edge, raster_end() for each
 *           outline in the order of its rank; raster_finish(); then raster_look().
 * Promise   never an answer that geometry would not give: a square answers alone only when no edge comes near it, where "near"
 *           is 1/64 of a square, hundreds of times what rounding can be off in the smallest squares. What a square does not
 *           know it leaves to the caller: its few candidates, or "ask everything".
 *           A shape that leaves its own box (a hole outside its shell) is left to the caller everywhere.
 * Fails     false: no memory.
 * Memory    raster_new() to raster_free(): at most 16 MB of squares and 64 MB of candidates, whatever the outlines are; about as
 *           much again until raster_finish().
 * Threads   one until raster_finish(); raster_look() any. */
#ifndef ASSIGN_SHELL_MAP_RASTER_H
#define ASSIGN_SHELL_MAP_RASTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct raster;

enum { RASTER_CELLS_MAX = 1 << 22, RASTER_LIST_MAX = 12 };

/* Degrees. */
struct raster_box {
    double west, south, east, north;
};

struct raster_answer {
    enum { RASTER_ONE, RASTER_SOME, RASTER_ALL } kind;
    /* RASTER_SOME: these may hold the point, lowest rank first; test them */
    const uint32_t *candidates;
    size_t count;
    /* RASTER_ONE, and RASTER_SOME when none of those does: this one holds it. RASTER_NOBODY: none does. */
    uint32_t sure;
};

#define RASTER_NOBODY UINT32_MAX
/* Ranks are below it. */
#define RASTER_RANK_MAX 0x7ffffffeu

/* whole: the box of all; width, height: of an outline in the mean; count: how many outlines. */
struct raster *raster_new(const struct raster_box *whole, double width, double height, size_t count);
void raster_free(struct raster *raster);

/* Ranks ascend from one outline to the next. */
bool raster_begin(struct raster *raster, const struct raster_box *box);
void raster_edge(struct raster *raster, const double from[2], const double to[2]);
bool raster_end(struct raster *raster, uint32_t rank);
bool raster_finish(struct raster *raster);

struct raster_answer raster_look(const struct raster *raster, double lat, double lng);

#endif
