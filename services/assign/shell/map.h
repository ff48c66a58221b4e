/* map.h - the outlines of grids, communities and towns in memory: whose outline of a layer holds a point, and which is nearest
 *
 * Use       map_new(), map_division() and map_add() for each outline, map_finish(); then look things up. Whoever keeps it longer
 *           than the call takes a reference.
 * Promise   a point has at most one outline in each layer: of all that hold or touch it, the one with the lowest code in bytes.
 *           The answer is that of exact geometry, edges included; map_raster.h in front of it only makes it fast. Once
 *           finished a map never changes.
 * Fails     map_add() false: the outline is neither polygon nor multipolygon and was left out, or there is no memory. map_finish()
 *           false: there was no memory.
 * Memory    about 3 kB an outline of few corners. Everything handed out lives as long as the map.
 * Threads   one until map_finish(); then any: GEOS is asked under the map's own lock, the raster without one. */
#ifndef ASSIGN_SHELL_MAP_H
#define ASSIGN_SHELL_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map;

/* The numbers of paidan.assign.v1.GridLayer. Up to MAP_SPECIAL they are grids, which people answer for. */
enum map_layer {
    MAP_UNIT = 1,
    MAP_RESPONSIBILITY,
    MAP_GOVERNANCE,
    MAP_SPECIAL,
    MAP_COMMUNITY,
    MAP_TOWN,
    MAP_LAYER_COUNT
};

/* An outline of any layer; divisions among them have their own code as community, or none (towns). */
struct map_grid {
    const char *code, *name, *community;
    int64_t version;
    enum map_layer layer;
    int64_t valid_from_us, valid_to_us; /* valid_to_us 0: no end is known */
    int64_t recorded_at_us;
};

/* Nearest help looks so far at most. */
#define MAP_TOLERANCE_MAX_M 5000.0

/* Room for so many outlines; one reference. NULL: no memory. */
struct map *map_new(size_t outlines);
struct map *map_ref(struct map *map);
/* NULL is fine. */
void map_unref(struct map *map);

/* A division's name; codes in ascending order of bytes. */
bool map_division(struct map *map, const char *code, const char *name);
/* Copies the texts; codes in ascending order of bytes. wkb: a polygon or multipolygon. */
bool map_add(struct map *map, const struct map_grid *grid, const uint8_t *wkb, size_t length);
bool map_finish(struct map *map);

/* NULL: outside every outline of the layer. */
const struct map_grid *map_locate(struct map *map, enum map_layer layer, double lat, double lng);
/* The nearest outline within tolerance_m, of equally near ones the lowest code; NULL: none. 0 m: it holds the point. */
const struct map_grid *map_nearest(struct map *map, enum map_layer layer, double lat, double lng, double tolerance_m,
                                   double *ret_distance_m);
/* NULL: no such outline now. */
const struct map_grid *map_grid(const struct map *map, const char *code);
/* "" when the division is unknown; length: of the code's beginning that counts. */
const char *map_division_name(const struct map *map, const char *code, size_t length);
size_t map_count(const struct map *map);

#endif
