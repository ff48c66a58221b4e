#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assign/shell/map_raster_inner.h"

enum {
    PAIRS_MAX = 1 << 23, /* candidates of all squares together */
    EDGE = 1,            /* of a square while one outline is drawn: an edge comes near */
    FLIP = 2             /* inside and outside change here */
};
#define NEAR (1.0 / 64)

static int bounded(double value, int last) {
    return value <= 0 ? 0 : value >= last ? last : (int)value;
}

bool raster_begin(struct raster *raster, const struct raster_box *box) {
    int right = bounded(raster_column(raster, box->east) + NEAR, raster->columns - 1);
    int top = bounded(raster_row(raster, box->north) + NEAR, raster->rows - 1);
    raster->left = bounded(raster_column(raster, box->west) - NEAR, raster->columns - 1);
    raster->bottom = bounded(raster_row(raster, box->south) - NEAR, raster->rows - 1);
    raster->box = *box;
    raster->odd = false;
    raster->width = right - raster->left + 1;
    raster->height = top - raster->bottom + 1;
    size_t room = (size_t)raster->width * (size_t)raster->height;
    if (room > raster->window_room) {
        free(raster->window);
        raster->window = malloc(room);
        raster->window_room = raster->window == NULL ? 0 : room;
    }
    if (raster->window != NULL) {
        memset(raster->window, 0, room);
    }
    return raster->window != NULL;
}

/* The part of an edge within one row of squares; columns and rows count from the window's corner, from the lower end. */
static void mark_row(struct raster *raster, const double low[2], const double high[2], int row) {
    double slope = high[1] > low[1] ? (high[0] - low[0]) / (high[1] - low[1]) : 0;
    double from = low[0], to = high[0];
    if (low[1] < row - NEAR) {
        from = low[0] + (row - NEAR - low[1]) * slope;
    }
    if (high[1] > row + 1 + NEAR) {
        to = low[0] + (row + 1 + NEAR - low[1]) * slope;
    }
    uint8_t *cells = raster->window + (size_t)row * (size_t)raster->width;
    int last = bounded(fmax(from, to) + NEAR, raster->width - 1);
    for (int column = bounded(fmin(from, to) - NEAR, raster->width - 1); column <= last; column++) {
        cells[column] |= EDGE;
    }
    /* Where the edge crosses the line through the middles, what lies right of it changes sides. */
    double middle = row + 0.5;
    if (low[1] <= middle && high[1] > middle) {
        double first = floor(low[0] + (middle - low[1]) * slope + 0.5);
        if (first < raster->width) {
            cells[first > 0 ? (int)first : 0] ^= FLIP;
        }
    }
}

void raster_edge(struct raster *raster, const double from[2], const double to[2]) {
    const struct raster_box *box = &raster->box;
    /* Outlines are closed, so each position comes once as `from`. */
    raster->odd |= from[0] < box->west || from[0] > box->east || from[1] < box->south || from[1] > box->north;
    double a[2] = {raster_column(raster, from[0]) - raster->left, raster_row(raster, from[1]) - raster->bottom};
    double b[2] = {raster_column(raster, to[0]) - raster->left, raster_row(raster, to[1]) - raster->bottom};
    const double *low = a[1] <= b[1] ? a : b, *high = a[1] <= b[1] ? b : a;
    int last = bounded(high[1] + NEAR, raster->height - 1);
    for (int row = bounded(low[1] - NEAR, raster->height - 1); row <= last; row++) {
        mark_row(raster, low, high, row);
    }
}

static bool more_pairs(struct raster *raster) {
    size_t room = raster->pair_room == 0 ? 4096 : raster->pair_room * 2;
    struct raster_pair *pairs = realloc(raster->pairs, room * sizeof *pairs);
    if (pairs != NULL) {
        raster->pairs = pairs;
        raster->pair_room = room;
    }
    return pairs != NULL;
}

static bool add_candidate(struct raster *raster, size_t cell, uint32_t rank) {
    if (raster->words[cell] != 0 || raster->heads[cell] == RASTER_WORD_ALL) {
        return true; /* a lower rank covers the square whole */
    }
    if (raster->pair_count == PAIRS_MAX) {
        raster->heads[cell] = RASTER_WORD_ALL;
        return true;
    }
    if (raster->pair_count == raster->pair_room && !more_pairs(raster)) {
        return false;
    }
    raster->pairs[raster->pair_count++] = (struct raster_pair){.rank = rank, .next = raster->heads[cell]};
    raster->heads[cell] = (uint32_t)raster->pair_count;
    return true;
}

bool raster_end(struct raster *raster, uint32_t rank) {
    assert(rank < RASTER_RANK_MAX);
    const uint8_t *mark = raster->window;
    for (int row = 0; row < raster->height; row++) {
        size_t cell = (size_t)(raster->bottom + row) * (size_t)raster->columns + (size_t)raster->left;
        unsigned inside = 0;
        for (int column = 0; column < raster->width; column++, cell++, mark++) {
            inside ^= *mark & FLIP;
            if ((*mark & EDGE) != 0 || raster->odd) {
                if (!add_candidate(raster, cell, rank)) {
                    return false;
                }
            } else if (inside != 0 && raster->words[cell] == 0) {
                raster->words[cell] = rank + 1;
            }
        }
    }
    return true;
}
