/* fuzz_outline - any bytes as the stored outline (WKB) of a grid
 *
 * Holds      they are refused, or make a map in which each corner, each middle of an edge and points around are answered as
 *            exact geometry alone would, whatever shape it is; a distance is a number.
 * Build      make fuzz-one FUZZ=outline; the corpus is replayed by tests/unit/assign/test_fuzz_outline.c. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "assign/shell/map.h"
#include "assign/shell/ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what)                                                                                                     \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);                            \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

struct asked {
    GEOSContextHandle_t geos;
    const GEOSPreparedGeometry *prepared;
    struct map *map;
    int edges;
};

static void ask(const struct asked *asked, double lng, double lat) {
    GEOSGeometry *point = GEOSGeom_createPointFromXY_r(asked->geos, lng, lat);
    bool holds = GEOSPreparedIntersects_r(asked->geos, asked->prepared, point) == 1;
    MUST((map_locate(asked->map, MAP_UNIT, lat, lng) != NULL) == holds);
    GEOSGeom_destroy_r(asked->geos, point);
}

static bool ask_edge(const double from[2], const double to[2], void *context) {
    struct asked *asked = context;
    double lng = (from[0] + to[0]) / 2, lat = (from[1] + to[1]) / 2, distance_m = -1;
    ask(asked, from[0], from[1]);
    ask(asked, lng, lat);
    ask(asked, nextafter(from[0], to[0]), nextafter(from[1], to[1]));
    ask(asked, from[0], to[1]);
    ask(asked, lng + (to[1] - from[1]) / 9, lat - (to[0] - from[0]) / 9);
    if (map_nearest(asked->map, MAP_UNIT, lat, lng, 100, &distance_m) != NULL) {
        MUST(distance_m >= 0 && distance_m <= 100);
    }
    return ++asked->edges < 200;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static GEOSContextHandle_t geos;
    geos = geos == NULL ? GEOS_init_r() : geos;
    GEOSGeometry *outline = ring_geometry(geos, data, size);
    struct map *map = map_new(1);
    struct map_grid grid = {.code = "442000001001001", .name = "", .community = "", .version = 1, .layer = MAP_UNIT};
    bool taken = map_add(map, &grid, data, size);
    MUST(taken == (outline != NULL));
    MUST(map_finish(map));
    if (taken) {
        struct asked asked = {.geos = geos, .prepared = GEOSPrepare_r(geos, outline), .map = map};
        (void)ring_each_edge(geos, outline, ask_edge, &asked);
        GEOSPreparedGeom_destroy_r(geos, asked.prepared);
    }
    MUST(taken || map_locate(map, MAP_UNIT, 0, 0) == NULL);
    map_unref(map);
    GEOSGeom_destroy_r(geos, outline);
    return 0;
}
