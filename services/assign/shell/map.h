/* map.h - the outlines of the grids in memory: which grid of a layer holds a point
 *
 * Use       map_new(), map_add() for each grid, map_finish(); then look things up.
 * Promise   a point has at most one grid in each layer: of all that hold or touch it, the one with the lowest code. Once
 *           finished a map never changes.
 * Fails     map_add(), map_finish() false: no memory, or an outline that is no polygon.
 * Memory    about 2 kB a grid. Everything handed out lives as long as the map.
 * Threads   one at a time. */
#ifndef ASSIGN_SHELL_MAP_H
#define ASSIGN_SHELL_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map;

/* The numbers of paidan.assign.v1.GridLayer. */
enum map_layer { MAP_UNIT = 1, MAP_RESPONSIBILITY, MAP_GOVERNANCE, MAP_SPECIAL, MAP_LAYER_COUNT };

struct map_grid {
    const char *code, *name, *community;
    int64_t version;
    enum map_layer layer;
};

/* Room for so many grids. NULL: no memory. */
struct map *map_new(size_t grids);
void map_free(struct map *map);

/* Copies the texts; codes in ascending order of bytes. wkb: a polygon. */
bool map_add(struct map *map, const struct map_grid *grid, const uint8_t *wkb, size_t length);
bool map_finish(struct map *map);

/* NULL: outside every grid of the layer. */
const struct map_grid *map_locate(struct map *map, enum map_layer layer, double lat, double lng);
/* NULL: no such grid now. */
const struct map_grid *map_grid(const struct map *map, const char *code);
size_t map_count(const struct map *map);

#endif
