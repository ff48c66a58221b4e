/* map_probe.c - the map of assign by itself, for tests that compare it with another geometry engine
 *
 * Lines on stdin, numbers as C reads them (hexadecimal ones are exact):
 *     outline LAYER CODE WKB-IN-HEX      codes in ascending order
 *     point LAYER LONG LAT               after all outlines; answered with the code, "-" for none
 *     nearest LAYER LONG LAT METRES      answered with the code and the distance */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assign/shell/map.h"

enum { OUTLINES = 200000 };

static void die(const char *why, const char *what) {
    fprintf(stderr, "map_probe: %s: %.60s\n", why, what);
    exit(1);
}

static void add(struct map *map, char *words) {
    char *layer = strtok(words, " "), *code = strtok(NULL, " "), *hex = strtok(NULL, " ");
    if (hex == NULL) {
        die("outline LAYER CODE WKB", words);
    }
    size_t length = strlen(hex) / 2;
    uint8_t *wkb = malloc(length + 1);
    for (size_t i = 0; wkb != NULL && i < length; i++) {
        char byte[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        wkb[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
    struct map_grid grid = {
        .code = code, .name = "", .community = "", .version = 1, .layer = (enum map_layer)atoi(layer)};
    if (wkb == NULL || !map_add(map, &grid, wkb, length)) {
        die("no outline", code);
    }
    free(wkb);
}

static void look(struct map *map, char *words, bool near) {
    char *end = words;
    double numbers[4] = {0};
    for (int i = 0; i < (near ? 4 : 3); i++) {
        numbers[i] = strtod(end, &end);
    }
    double distance_m = 0;
    enum map_layer layer = (enum map_layer)numbers[0];
    const struct map_grid *grid = near ? map_nearest(map, layer, numbers[2], numbers[1], numbers[3], &distance_m)
                                       : map_locate(map, layer, numbers[2], numbers[1]);
    if (near && grid != NULL) {
        printf("%s %.3f\n", grid->code, distance_m);
    } else {
        puts(grid == NULL ? "-" : grid->code);
    }
}

int main(void) {
    struct map *map = map_new(OUTLINES);
    char *line = NULL;
    size_t room = 0;
    bool finished = false;
    while (map != NULL && getline(&line, &room, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        bool near = strncmp(line, "nearest ", 8) == 0, point = strncmp(line, "point ", 6) == 0;
        if (!finished && (near || point)) {
            finished = map_finish(map);
        }
        if (strncmp(line, "outline ", 8) == 0 && !finished) {
            add(map, line + 8);
        } else if (finished && (near || point)) {
            look(map, line + (near ? 8 : 6), near);
        } else {
            die("not understood", line);
        }
    }
    free(line);
    map_unref(map);
    return 0;
}
