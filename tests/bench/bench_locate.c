/* bench_locate.c - how fast the map in memory answers "whose is this?", and what loading it costs
 *
 * bench_locate chess SIDE          SIDE x SIDE unit grids with shared edges
 * bench_locate geojson FILE LEVEL  the features of that level (town, community) as they are drawn
 *
 * Prints one line: outlines, load time, locates a second of one core over random points of the layer's box, share of points that
 * lie in an outline, resident memory of the map after loading and after the points (geometry prepares itself on first use). */
#include <geos_c.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "assign/shell/map.h"

enum { LOOKS = 4000000, WKB_MAX = 1 << 22 };

struct wkb {
    unsigned char *bytes;
    size_t length;
    char code[48];
};

static struct wkb *all;
static size_t count;
static double box[4] = {180, 90, -180, -90};
static GEOSContextHandle_t geos;

/* Of this one thread's core: what else the machine does must not count. */
static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double resident_mb(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1) {
        pages = 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static void die(const char *why) {
    fprintf(stderr, "bench_locate: %s\n", why);
    exit(1);
}

static void keep(GEOSGeometry *geometry) {
    static GEOSWKBWriter *writer;
    double side[4];
    writer = writer == NULL ? GEOSWKBWriter_create_r(geos) : writer;
    struct wkb *one = &all[count];
    if (geometry == NULL || (one->bytes = GEOSWKBWriter_write_r(geos, writer, geometry, &one->length)) == NULL) {
        die("no geometry");
    }
    GEOSGeom_getXMin_r(geos, geometry, &side[0]);
    GEOSGeom_getYMin_r(geos, geometry, &side[1]);
    GEOSGeom_getXMax_r(geos, geometry, &side[2]);
    GEOSGeom_getYMax_r(geos, geometry, &side[3]);
    for (int i = 0; i < 4; i++) {
        box[i] = (i < 2 ? side[i] < box[i] : side[i] > box[i]) ? side[i] : box[i];
    }
    count++;
    snprintf(one->code, sizeof one->code, "250250%06zu%03zu", count / 900 + 1, count % 900 + 1);
    GEOSGeom_destroy_r(geos, geometry);
}

static void make_chess(int side) {
    all = calloc((size_t)side * (size_t)side, sizeof *all);
    for (int n = 0; all != NULL && n < side * side; n++) {
        double w = -71.2 + n % side * 0.001, s = 42.2 + n / side * 0.001;
        keep(GEOSGeom_createRectangle_r(geos, w, s, -71.2 + (n % side + 1) * 0.001, 42.2 + (n / side + 1) * 0.001));
    }
}

static void read_geojson(const char *path, const char *level) {
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error), *feature;
    GEOSGeoJSONReader *reader = GEOSGeoJSONReader_create_r(geos);
    size_t i;
    if (root == NULL || reader == NULL) {
        die(root == NULL ? error.text : "no reader");
    }
    all = calloc(json_array_size(json_object_get(root, "features")), sizeof *all);
    json_array_foreach(json_object_get(root, "features"), i, feature) {
        const char *its = json_string_value(json_object_get(json_object_get(feature, "properties"), "level"));
        char *text = json_dumps(json_object_get(feature, "geometry"), JSON_REAL_PRECISION(17));
        if (all != NULL && its != NULL && strcmp(its, level) == 0) {
            keep(GEOSGeoJSONReader_readGeometry_r(geos, reader, text));
        }
        free(text);
    }
    GEOSGeoJSONReader_destroy_r(geos, reader);
    json_decref(root);
}

static struct map *load(double *ret_seconds) {
    double began = seconds();
    struct map *map = map_new(count);
    for (size_t i = 0; map != NULL && i < count; i++) {
        struct map_grid grid = {
            .code = all[i].code, .name = "网格", .community = "250250000001", .version = 1, .layer = MAP_UNIT};
        if (!map_add(map, &grid, all[i].bytes, all[i].length)) {
            die("an outline is none");
        }
    }
    if (map == NULL || !map_finish(map)) {
        die("no memory");
    }
    *ret_seconds = seconds() - began;
    return map;
}

static uint64_t next_random(void) {
    static uint64_t random = 88172645463325252u;
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random;
}

int main(int argc, char **argv) {
    double loaded = 0, before, after_load;
    long found = 0;
    geos = GEOS_init_r();
    if (argc == 3 && strcmp(argv[1], "chess") == 0) {
        make_chess(atoi(argv[2]));
    } else if (argc == 4 && strcmp(argv[1], "geojson") == 0) {
        read_geojson(argv[2], argv[3]);
    } else {
        die("chess SIDE | geojson FILE LEVEL");
    }
    before = resident_mb();
    struct map *map = load(&loaded);
    after_load = resident_mb() - before;
    double *points = malloc(LOOKS * 2 * sizeof *points);
    for (int i = 0; points != NULL && i < 2 * LOOKS; i += 2) {
        points[i] = box[1] + (double)(next_random() >> 11) / 9007199254740992.0 * (box[3] - box[1]);
        points[i + 1] = box[0] + (double)(next_random() >> 11) / 9007199254740992.0 * (box[2] - box[0]);
    }
    double began = seconds();
    for (int i = 0; points != NULL && i < 2 * LOOKS; i += 2) {
        found += map_locate(map, MAP_UNIT, points[i], points[i + 1]) != NULL;
    }
    double took = seconds() - began;
    free(points);
    printf("locate: %s %s: %zu outlines loaded in %.2f s of CPU; %.0f locates/s of one core (%.2f us each, %.1f %% "
           "inside); "
           "map %.0f MB, %.0f MB after %d locates\n",
           argv[1], argv[argc - 1], count, loaded, LOOKS / took, took / LOOKS * 1e6, 100.0 * (double)found / LOOKS,
           after_load, resident_mb() - before, LOOKS);
    map_unref(map);
    return 0;
}
