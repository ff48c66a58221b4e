#include "assign/shell/map_raster.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PARTS = 16,           /* squares along the side of a mean outline, when there is room for them */
    CELLS_MIN = 1 << 16,  /* few outlines get more squares each */
    PAIRS_MAX = 1 << 23,  /* candidates of all squares together */
    EDGE = 1, FLIP = 2,   /* of a square while one outline is drawn: an edge comes near; inside and outside change here */
    SIDE_MAX = 1 << 16
};
#define NEAR (1.0 / 64)
#define ALL  UINT32_MAX /* the square's word: too many candidates */
#define LIST 0x80000000u /* bit of the square's word: the rest is the place of its list. Without it: rank + 1, 0 nobody */

struct pair {
    uint32_t rank, next;
};

struct raster {
    double west, south, columns_per_degree, rows_per_degree;
    int columns, rows;
    uint32_t *words; /* while drawing: rank + 1 of the first outline that covers the square, 0: none yet */
    uint32_t *lists; /* count, candidates, sure */

    /* while drawing */
    uint32_t *heads; /* the square's newest pair + 1; 0: none; ALL */
    struct pair *pairs;
    size_t pair_count, pair_room;
    uint8_t *window; /* the squares of the outline's box */
    size_t window_room;
    int left, bottom, width, height;
};

/* ---- size */

static int side_of(double whole, double part) {
    double side = ceil(whole / part) + 2; /* one free square around */
    return side > SIDE_MAX ? SIDE_MAX : side < 3 ? 3 : (int)side;
}

static void choose_size(struct raster *raster, const struct raster_box *whole, double width, double height,
                        size_t count) {
    double parts = fmax(PARTS, sqrt((double)CELLS_MIN / (double)(count + 1)));
    double w = fmax(width, 1e-6) / parts, h = fmax(height, 1e-6) / parts;
    double whole_w = whole->east - whole->west, whole_h = whole->north - whole->south;
    do {
        raster->columns = side_of(whole_w, w);
        raster->rows = side_of(whole_h, h);
        w = fmax(w * 1.1, whole_w / SIDE_MAX);
        h = fmax(h * 1.1, whole_h / SIDE_MAX);
    } while ((int64_t)raster->columns * raster->rows > RASTER_CELLS_MAX);
    /* Equal squares that leave one free on each side. */
    raster->columns_per_degree = (raster->columns - 2) / fmax(whole_w, 1e-7);
    raster->rows_per_degree = (raster->rows - 2) / fmax(whole_h, 1e-7);
    raster->west = whole->west - 1 / raster->columns_per_degree;
    raster->south = whole->south - 1 / raster->rows_per_degree;
}

static size_t cells_of(const struct raster *raster) {
    return (size_t)raster->columns * (size_t)raster->rows;
}

struct raster *raster_new(const struct raster_box *whole, double width, double height, size_t count) {
    assert(whole->west <= whole->east && whole->south <= whole->north && count < LIST);
    struct raster *raster = calloc(1, sizeof *raster);
    if (raster == NULL) {
        return NULL;
    }
    choose_size(raster, whole, width, height, count);
    raster->words = calloc(cells_of(raster), sizeof *raster->words);
    raster->heads = calloc(cells_of(raster), sizeof *raster->heads);
    if (raster->words == NULL || raster->heads == NULL) {
        raster_free(raster);
        return NULL;
    }
    return raster;
}

static void drop_drawing(struct raster *raster) {
    free(raster->heads);
    free(raster->pairs);
    free(raster->window);
    raster->heads = NULL;
    raster->pairs = NULL;
    raster->window = NULL;
}

void raster_free(struct raster *raster) {
    if (raster == NULL) {
        return;
    }
    drop_drawing(raster);
    free(raster->words);
    free(raster->lists);
    free(raster);
}

/* ---- drawing one outline */

static double column_of(const struct raster *raster, double lng) {
    return (lng - raster->west) * raster->columns_per_degree;
}

static double row_of(const struct raster *raster, double lat) {
    return (lat - raster->south) * raster->rows_per_degree;
}

static int bounded(double value, int last) {
    return value <= 0 ? 0 : value >= last ? last : (int)value;
}

bool raster_begin(struct raster *raster, const struct raster_box *box) {
    int right = bounded(column_of(raster, box->east) + NEAR, raster->columns - 1);
    int top = bounded(row_of(raster, box->north) + NEAR, raster->rows - 1);
    raster->left = bounded(column_of(raster, box->west) - NEAR, raster->columns - 1);
    raster->bottom = bounded(row_of(raster, box->south) - NEAR, raster->rows - 1);
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
    double a[2] = {column_of(raster, from[0]) - raster->left, row_of(raster, from[1]) - raster->bottom};
    double b[2] = {column_of(raster, to[0]) - raster->left, row_of(raster, to[1]) - raster->bottom};
    const double *low = a[1] <= b[1] ? a : b, *high = a[1] <= b[1] ? b : a;
    int last = bounded(high[1] + NEAR, raster->height - 1);
    for (int row = bounded(low[1] - NEAR, raster->height - 1); row <= last; row++) {
        mark_row(raster, low, high, row);
    }
}

static bool more_pairs(struct raster *raster) {
    size_t room = raster->pair_room == 0 ? 4096 : raster->pair_room * 2;
    struct pair *pairs = realloc(raster->pairs, room * sizeof *pairs);
    if (pairs != NULL) {
        raster->pairs = pairs;
        raster->pair_room = room;
    }
    return pairs != NULL;
}

static bool add_candidate(struct raster *raster, size_t cell, uint32_t rank) {
    if (raster->words[cell] != 0 || raster->heads[cell] == ALL) {
        return true; /* a lower rank covers the square whole */
    }
    if (raster->pair_count == PAIRS_MAX) {
        raster->heads[cell] = ALL;
        return true;
    }
    if (raster->pair_count == raster->pair_room && !more_pairs(raster)) {
        return false;
    }
    raster->pairs[raster->pair_count++] = (struct pair){.rank = rank, .next = raster->heads[cell]};
    raster->heads[cell] = (uint32_t)raster->pair_count;
    return true;
}

bool raster_end(struct raster *raster, uint32_t rank) {
    assert(rank < LIST - 1);
    const uint8_t *mark = raster->window;
    for (int row = 0; row < raster->height; row++) {
        size_t cell = (size_t)(raster->bottom + row) * (size_t)raster->columns + (size_t)raster->left;
        unsigned inside = 0;
        for (int column = 0; column < raster->width; column++, cell++, mark++) {
            inside ^= *mark & FLIP;
            if ((*mark & EDGE) != 0) {
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

/* ---- the lists */

static size_t count_pairs(const struct raster *raster, size_t cell) {
    size_t count = 0;
    for (uint32_t at = raster->heads[cell]; at != 0 && count <= RASTER_LIST_MAX; at = raster->pairs[at - 1].next) {
        count++;
    }
    return count;
}

/* Writes the square's list and gives its end. Pairs are chained from the highest rank down. */
static size_t put_list(struct raster *raster, size_t cell, size_t place, size_t count) {
    uint32_t *list = raster->lists + place, at = raster->heads[cell];
    list[0] = (uint32_t)count;
    for (size_t i = count; i > 0; i--) {
        list[i] = raster->pairs[at - 1].rank;
        at = raster->pairs[at - 1].next;
    }
    list[count + 1] = raster->words[cell];
    return place + count + 2;
}

bool raster_finish(struct raster *raster) {
    size_t cells = cells_of(raster), room = 0, place = 0;
    for (size_t cell = 0; cell < cells; cell++) {
        if (raster->heads[cell] != 0 && raster->heads[cell] != ALL) {
            size_t count = count_pairs(raster, cell);
            room += count > RASTER_LIST_MAX ? 0 : count + 2;
            raster->heads[cell] = count > RASTER_LIST_MAX ? ALL : raster->heads[cell];
        }
    }
    raster->lists = malloc((room + 1) * sizeof *raster->lists);
    if (raster->lists == NULL) {
        return false;
    }
    for (size_t cell = 0; cell < cells; cell++) {
        if (raster->heads[cell] == ALL) {
            raster->words[cell] = ALL;
        } else if (raster->heads[cell] != 0) {
            size_t end = put_list(raster, cell, place, count_pairs(raster, cell));
            raster->words[cell] = LIST | (uint32_t)place;
            place = end;
        }
    }
    assert(place == room);
    drop_drawing(raster);
    return true;
}

/* ---- */

struct raster_answer raster_look(const struct raster *raster, double lat, double lng) {
    double column = column_of(raster, lng), row = row_of(raster, lat);
    struct raster_answer answer = {.kind = RASTER_ONE, .sure = RASTER_NOBODY};
    if (!(column >= 0 && column < raster->columns && row >= 0 && row < raster->rows)) {
        return answer;
    }
    uint32_t word = raster->words[(size_t)row * (size_t)raster->columns + (size_t)column];
    if (word == ALL) {
        answer.kind = RASTER_ALL;
    } else if ((word & LIST) != 0) {
        const uint32_t *list = raster->lists + (word & ~LIST);
        answer = (struct raster_answer){RASTER_SOME, list + 1, list[0], list[list[0] + 1] - 1};
    } else {
        answer.sure = word - 1;
    }
    return answer;
}
