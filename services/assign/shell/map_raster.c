#include "assign/shell/map_raster.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "assign/shell/map_raster_inner.h"

enum {
    PARTS = 16,          /* squares along the side of a mean outline, when there is room for them */
    CELLS_MIN = 1 << 16, /* few outlines get more squares each */
    SIDE_MAX = 1 << 16
};
#define LIST                                                                                                           \
    0x80000000u /* bit of the square's word: the rest is the place of its list. Without it: rank + 1, 0 nobody */

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
    assert(whole->west <= whole->east && whole->south <= whole->north && count < RASTER_RANK_MAX);
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
        if (raster->heads[cell] != 0 && raster->heads[cell] != RASTER_WORD_ALL) {
            size_t count = count_pairs(raster, cell);
            room += count > RASTER_LIST_MAX ? 0 : count + 2;
            raster->heads[cell] = count > RASTER_LIST_MAX ? RASTER_WORD_ALL : raster->heads[cell];
        }
    }
    raster->lists = malloc((room + 1) * sizeof *raster->lists);
    if (raster->lists == NULL) {
        return false;
    }
    for (size_t cell = 0; cell < cells; cell++) {
        if (raster->heads[cell] == RASTER_WORD_ALL) {
            raster->words[cell] = RASTER_WORD_ALL;
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
    double column = raster_column(raster, lng), row = raster_row(raster, lat);
    struct raster_answer answer = {.kind = RASTER_ONE, .sure = RASTER_NOBODY};
    if (!(column >= 0 && column < raster->columns && row >= 0 && row < raster->rows)) {
        return answer;
    }
    uint32_t word = raster->words[(size_t)row * (size_t)raster->columns + (size_t)column];
    if (word == RASTER_WORD_ALL) {
        answer.kind = RASTER_ALL;
    } else if ((word & LIST) != 0) {
        const uint32_t *list = raster->lists + (word & ~LIST);
        answer = (struct raster_answer){RASTER_SOME, list + 1, list[0], list[list[0] + 1] - 1};
    } else {
        answer.sure = word - 1;
    }
    return answer;
}
