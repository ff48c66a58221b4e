/* map_raster_inner.h - what a raster is made of. Private to map_raster.c and map_draw.c. */
#ifndef ASSIGN_SHELL_MAP_RASTER_INNER_H
#define ASSIGN_SHELL_MAP_RASTER_INNER_H

#include "assign/shell/map_raster.h"

/* A square's word while drawing, in `heads`, and afterwards: too many candidates, ask everything. */
#define RASTER_WORD_ALL UINT32_MAX

struct raster_pair {
    uint32_t rank, next;
};

struct raster {
    double west, south, columns_per_degree, rows_per_degree;
    int columns, rows;
    uint32_t *words; /* while drawing: rank + 1 of the first outline that covers the square, 0: none yet */
    uint32_t *lists; /* count, candidates, sure */

    /* while drawing */
    uint32_t *heads; /* the square's newest pair + 1; 0: none; RASTER_WORD_ALL */
    struct raster_pair *pairs;
    size_t pair_count, pair_room;
    uint8_t *window; /* the squares of the outline's box */
    size_t window_room;
    int left, bottom, width, height;
    struct raster_box box;
    bool odd; /* the outline leaves its own box: a hole outside its shell */
};

static inline double raster_column(const struct raster *raster, double lng) {
    return (lng - raster->west) * raster->columns_per_degree;
}

static inline double raster_row(const struct raster *raster, double lat) {
    return (lat - raster->south) * raster->rows_per_degree;
}

#endif
