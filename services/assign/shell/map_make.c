#include <assert.h>
#include <math.h>
#include <string.h>

#include "assign/shell/map_inner.h"
#include "assign/shell/ring.h"

bool map_division(struct map *map, const char *code, const char *name) {
    struct division *division = pd_alloc(&map->texts, sizeof *division);
    if (division == NULL) {
        return false;
    }
    division->code = pd_strdup(&map->texts, code);
    division->name = pd_strdup(&map->texts, name);
    assert(map->last_division == NULL || strcmp(map->last_division->code, code) < 0);
    *(map->last_division == NULL ? &map->divisions : &map->last_division->next) = division;
    map->last_division = division;
    map->division_count++;
    return !map->texts.full;
}

static bool measure(struct map *map, struct outline *outline) {
    struct raster_box *box = &outline->box;
    struct layer *layer = &map->layers[outline->grid.layer];
    if (GEOSGeom_getXMin_r(map->geos, outline->shape, &box->west) != 1 ||
        GEOSGeom_getYMin_r(map->geos, outline->shape, &box->south) != 1 ||
        GEOSGeom_getXMax_r(map->geos, outline->shape, &box->east) != 1 ||
        GEOSGeom_getYMax_r(map->geos, outline->shape, &box->north) != 1) {
        return false;
    }
    struct raster_box *whole = &layer->whole;
    if (layer->count++ == 0) {
        *whole = *box;
    }
    *whole = (struct raster_box){fmin(whole->west, box->west), fmin(whole->south, box->south),
                                 fmax(whole->east, box->east), fmax(whole->north, box->north)};
    layer->width += box->east - box->west;
    layer->height += box->north - box->south;
    return true;
}

bool map_add(struct map *map, const struct map_grid *grid, const uint8_t *wkb, size_t length) {
    assert(map->count < map->max);
    assert(grid->layer >= MAP_UNIT && grid->layer < MAP_LAYER_COUNT);
    struct outline *outline = &map->outlines[map->count];
    assert(map->count == 0 || strcmp(outline[-1].grid.code, grid->code) < 0);
    outline->grid = *grid;
    outline->grid.code = pd_strdup(&map->texts, grid->code);
    outline->grid.name = pd_strdup(&map->texts, grid->name);
    outline->grid.community = pd_strdup(&map->texts, grid->community);
    outline->shape = map->texts.full ? NULL : ring_geometry(map->geos, wkb, length);
    outline->prepared = outline->shape == NULL ? NULL : GEOSPrepare_r(map->geos, outline->shape);
    if (outline->prepared == NULL || !measure(map, outline)) {
        GEOSPreparedGeom_destroy_r(map->geos, outline->prepared);
        GEOSGeom_destroy_r(map->geos, outline->shape);
        return false;
    }
    map->count++;
    GEOSSTRtree_insert_r(map->geos, map->layers[grid->layer].tree, outline->shape, outline);
    return true;
}

static bool draw_edge(const double from[2], const double to[2], void *context) {
    raster_edge(context, from, to);
    return true;
}

static bool draw(struct map *map, struct layer *layer, enum map_layer number) {
    double count = (double)layer->count;
    layer->raster = raster_new(&layer->whole, layer->width / count, layer->height / count, layer->count);
    bool good = layer->raster != NULL;
    for (size_t i = 0; good && i < map->count; i++) {
        const struct outline *outline = &map->outlines[i];
        good = outline->grid.layer != number || (raster_begin(layer->raster, &outline->box) &&
                                                 ring_each_edge(map->geos, outline->shape, draw_edge, layer->raster) &&
                                                 raster_end(layer->raster, (uint32_t)i));
    }
    return good && raster_finish(layer->raster);
}

/* The list of divisions becomes an array that can be searched. */
static bool lay_out_divisions(struct map *map) {
    struct division *array = pd_alloc_array(&map->texts, map->division_count, sizeof *array), *from = map->divisions;
    for (size_t i = 0; array != NULL && i < map->division_count; i++, from = from->next) {
        array[i] = *from;
    }
    map->divisions = array;
    return array != NULL;
}

static void ignore_item(void *item, void *context) {
    (void)item;
    (void)context;
}

bool map_finish(struct map *map) {
    /* The first query builds the tree: better now than under the first order. */
    GEOSGeometry *nowhere = GEOSGeom_createPointFromXY_r(map->geos, 0, 0);
    bool good = nowhere != NULL && !map->texts.full && lay_out_divisions(map);
    for (int number = MAP_UNIT; good && number < MAP_LAYER_COUNT; number++) {
        struct layer *layer = &map->layers[number];
        GEOSSTRtree_query_r(map->geos, layer->tree, nowhere, ignore_item, NULL);
        good = layer->count == 0 || draw(map, layer, (enum map_layer)number);
    }
    GEOSGeom_destroy_r(map->geos, nowhere);
    return good;
}
