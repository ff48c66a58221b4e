/* fuzz_geojson - any bytes as a part of the features of a grid change
 *
 * Holds      every feature is looked at or a fault says why not; what is kept is finite; a shape that is made is valid, has an area, and
 *            its bytes read back as the same outline.
 * Build      make fuzz-one FUZZ=geojson; the corpus is replayed by tests/unit/assign/test_fuzz_geojson.c. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assign/shell/shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what)                                                                                                     \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);                            \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { ARENA_FIRST = 1 << 16, ARENA_MAX = 1 << 24 };

static void check_numbers(const struct geojson_feature *feature) {
    MUST(feature->count > 0 && feature->code != NULL && feature->name != NULL && feature->parent != NULL);
    MUST(feature->households >= 0 && feature->level >= 0 && feature->level <= 3);
    for (size_t p = 0; p < feature->count; p++) {
        MUST(feature->polygons[p].count > 0);
        for (size_t r = 0; r < feature->polygons[p].count; r++) {
            const struct geojson_ring *ring = &feature->polygons[p].rings[r];
            MUST(ring->points > 0);
            for (size_t i = 0; i < 2 * ring->points; i++) {
                MUST(isfinite(ring->xy[i]));
            }
        }
    }
}

static void check_shape(GEOSContextHandle_t geos, struct pd_arena *arena, const struct geojson_feature *feature,
                        struct change_faults *faults) {
    static const struct shape_box nowhere = {0};
    struct shape shape, again = {0};
    size_t told = faults->count;
    if (!shape_make(geos, arena, feature, &nowhere, faults, &shape)) {
        MUST(faults->count > told || arena->full);
        return;
    }
    MUST(GEOSisValid_r(geos, shape.geometry) == 1);
    MUST(shape.box.west <= shape.box.east && fabs(shape.box.west) <= 180 && fabs(shape.box.north) <= 90);
    if (shape_load(geos, arena, shape.wkb, shape.length, &again)) {
        MUST(GEOSEqualsExact_r(geos, shape.geometry, again.geometry, 0) == 1);
    } else {
        MUST(arena->full);
    }
    shape_free(geos, &again);
    shape_free(geos, &shape);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    GEOSContextHandle_t geos = GEOS_init_r();
    struct pd_arena arena;
    struct change_faults faults;
    struct geojson geojson;
    size_t kept = 0;
    MUST(geos != NULL);
    pd_arena_init(&arena, ARENA_FIRST, ARENA_MAX);
    change_faults_init(&faults, &arena);
    geojson_init(&geojson, &arena, &faults);
    bool good = geojson_read(&geojson, 1, data, size);
    MUST(good || arena.full);
    for (struct geojson_feature *f = geojson.first; f != NULL; f = f->next) {
        check_numbers(f);
        check_shape(geos, &arena, f, &faults);
        kept++;
    }
    MUST(kept == geojson.kept && kept <= geojson.seen);
    MUST(!good || kept == geojson.seen || faults.count > 0);
    pd_arena_fini(&arena);
    GEOS_finish_r(geos);
    return 0;
}
