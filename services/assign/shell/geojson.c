#include "assign/shell/geojson.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

/* What a feature is read into; done is cleared at its first fault of form. */
struct reading {
    struct geojson *geojson;
    struct geojson_feature *feature;
    const char *code; /* for messages */
    size_t points;
    bool good, memory;
};

void geojson_init(struct geojson *geojson, struct pd_arena *arena, struct change_faults *faults) {
    *geojson = (struct geojson){.arena = arena, .faults = faults};
    geojson->end = &geojson->first;
}

#define WRONG(reading, kind, ...)                                                                                      \
    ((reading)->good = false,                                                                                          \
     (void)change_fault((reading)->geojson->faults, (kind), (reading)->feature->index, (reading)->code, __VA_ARGS__))

/* ---- geometry */

static bool read_position(struct reading *reading, json_t *position, double xy[2]) {
    size_t size = json_array_size(position);
    for (size_t i = 0; i < 2; i++) {
        const json_t *number = json_array_get(position, i);
        if (size < 2 || size > 4 || !json_is_number(number)) {
            WRONG(reading, FAULT_GEOJSON, "a position must be [long, lat] in numbers");
            return false;
        }
        xy[i] = json_number_value(number);
        if (!isfinite(xy[i])) {
            WRONG(reading, FAULT_GEOJSON, "a position must be finite");
            return false;
        }
    }
    return true;
}

static bool read_ring(struct reading *reading, json_t *list, struct geojson_ring *ret_ring) {
    size_t points = json_array_size(list);
    if (!json_is_array(list) || points == 0) {
        WRONG(reading, FAULT_GEOJSON, "a ring must be a list of positions");
        return false;
    }
    reading->points += points;
    if (reading->points > GEOJSON_POINTS_MAX) {
        WRONG(reading, FAULT_TOO_MANY, "more than %d positions in one feature", GEOJSON_POINTS_MAX);
        return false;
    }
    double *xy = pd_alloc_array(reading->geojson->arena, 2 * points, sizeof *xy);
    if (xy == NULL) {
        reading->memory = false;
        return false;
    }
    for (size_t i = 0; i < points; i++) {
        if (!read_position(reading, json_array_get(list, i), &xy[2 * i])) {
            return false;
        }
    }
    *ret_ring = (struct geojson_ring){xy, points};
    return true;
}

static bool read_polygon(struct reading *reading, json_t *list, struct geojson_polygon *ret_polygon) {
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count == 0) {
        WRONG(reading, FAULT_GEOJSON, "a polygon must be a list of rings");
        return false;
    }
    struct geojson_ring *rings = pd_alloc_array(reading->geojson->arena, count, sizeof *rings);
    if (rings == NULL) {
        reading->memory = false;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!read_ring(reading, json_array_get(list, i), &rings[i])) {
            return false;
        }
    }
    *ret_polygon = (struct geojson_polygon){rings, count};
    return true;
}

static void read_geometry(struct reading *reading, json_t *geometry) {
    const char *type = json_string_value(json_object_get(geometry, "type"));
    json_t *coordinates = json_object_get(geometry, "coordinates");
    bool multi = type != NULL && strcmp(type, "MultiPolygon") == 0;
    if (type == NULL || (!multi && strcmp(type, "Polygon") != 0) || !json_is_array(coordinates)) {
        WRONG(reading, FAULT_GEOJSON, "geometry must be a Polygon or MultiPolygon with coordinates");
        return;
    }
    size_t count = multi ? json_array_size(coordinates) : 1;
    if (count == 0) {
        WRONG(reading, FAULT_GEOMETRY, "the geometry has no polygon");
        return;
    }
    struct geojson_polygon *polygons = pd_alloc_array(reading->geojson->arena, count, sizeof *polygons);
    reading->memory = polygons != NULL;
    for (size_t i = 0; reading->memory && i < count; i++) {
        if (!read_polygon(reading, multi ? json_array_get(coordinates, i) : coordinates, &polygons[i])) {
            return;
        }
    }
    reading->feature->polygons = polygons;
    reading->feature->count = count;
}

/* ---- properties */

/* A text or, for codes that a tool wrote as numbers, what the number says. */
static const char *read_text(struct reading *reading, json_t *properties, const char *key) {
    json_t *value = json_object_get(properties, key);
    char *text = NULL;
    if (value == NULL || json_is_null(value)) {
        return "";
    }
    if (json_is_string(value)) {
        text = pd_strdup(reading->geojson->arena, json_string_value(value));
    } else if (json_is_integer(value)) {
        text = pd_format(reading->geojson->arena, "%lld", (long long)json_integer_value(value));
    } else {
        WRONG(reading, FAULT_GEOJSON, "properties.%s must be a text", key);
        return "";
    }
    reading->memory = reading->memory && text != NULL;
    return text == NULL ? "" : text;
}

static void read_level(struct reading *reading, json_t *properties) {
    static const char *const levels[] = {"city", "town", "community"};
    const char *text = read_text(reading, properties, "level");
    for (int32_t i = 0; i < 3; i++) {
        if (strcmp(text, levels[i]) == 0) {
            reading->feature->level = i + 1;
            return;
        }
    }
    if (text[0] != '\0' && strcmp(text, "grid") != 0) {
        WRONG(reading, FAULT_GEOJSON, "properties.level must be city, town, community or grid");
    }
}

static void read_households(struct reading *reading, json_t *properties) {
    json_t *value = json_object_get(properties, "households");
    if (value == NULL || json_is_null(value)) {
        return;
    }
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || number > 10000000) {
        WRONG(reading, FAULT_GEOJSON, "properties.households must be a whole number from 0 to 10000000");
        return;
    }
    reading->feature->households = (int32_t)number;
}

static void read_replaces(struct reading *reading, json_t *properties) {
    json_t *list = json_object_get(properties, "replaces");
    size_t count = json_array_size(list);
    if (list == NULL || json_is_null(list)) {
        return;
    }
    if (!json_is_array(list) || count > GEOJSON_REPLACES_MAX) {
        WRONG(reading, FAULT_GEOJSON, "properties.replaces must be a list of at most %d codes", GEOJSON_REPLACES_MAX);
        return;
    }
    const char **codes = pd_alloc_array(reading->geojson->arena, count, sizeof *codes);
    reading->memory = reading->memory && codes != NULL;
    for (size_t i = 0; reading->memory && i < count; i++) {
        const char *code = json_string_value(json_array_get(list, i));
        codes[i] = code == NULL ? NULL : pd_strdup(reading->geojson->arena, code);
        if (codes[i] == NULL) {
            WRONG(reading, FAULT_GEOJSON, "properties.replaces must be a list of codes in quotes");
            return;
        }
    }
    reading->feature->replaces = codes;
    reading->feature->replaces_count = count;
}

static void read_properties(struct reading *reading, json_t *properties) {
    struct geojson_feature *feature = reading->feature;
    feature->code = reading->code = read_text(reading, properties, "code");
    feature->name = read_text(reading, properties, "name");
    const char *community = read_text(reading, properties, "community");
    const char *parent = read_text(reading, properties, "parent");
    feature->parent = community[0] != '\0' ? community : parent;
    if (!json_is_object(properties)) {
        WRONG(reading, FAULT_GEOJSON, "a feature needs properties: code and name at least");
    }
    read_level(reading, properties);
    read_households(reading, properties);
    read_replaces(reading, properties);
}

/* ---- collection */

static bool read_feature(struct geojson *geojson, json_t *object) {
    struct geojson_feature *feature = pd_alloc(geojson->arena, sizeof *feature);
    struct reading reading = {.geojson = geojson, .feature = feature, .code = "", .good = true, .memory = true};
    if (feature == NULL) {
        return false;
    }
    feature->index = (int32_t)geojson->seen++;
    const char *type = json_string_value(json_object_get(object, "type"));
    if (type == NULL || strcmp(type, "Feature") != 0) {
        WRONG(&reading, FAULT_GEOJSON, "a member of features must be an object of type Feature");
        return true;
    }
    read_properties(&reading, json_object_get(object, "properties"));
    read_geometry(&reading, json_object_get(object, "geometry"));
    if (reading.good && reading.memory) {
        *geojson->end = feature;
        geojson->end = &feature->next;
        geojson->kept++;
    }
    return reading.memory;
}

/* RFC 7946 has no crs any more; files of before it have, and what they name must be WGS84. */
static void check_crs(struct geojson *geojson, int32_t part, json_t *root) {
    static const char *const wgs84[] = {"urn:ogc:def:crs:OGC:1.3:CRS84",
                                        "urn:ogc:def:crs:OGC::CRS84",
                                        "EPSG:4326",
                                        "urn:ogc:def:crs:EPSG::4326",
                                        "CRS84",
                                        "WGS84"};
    json_t *crs = json_object_get(root, "crs");
    const char *name = json_string_value(json_object_get(json_object_get(crs, "properties"), "name"));
    bool known = crs == NULL || json_is_null(crs);
    for (size_t i = 0; !known && name != NULL && i < sizeof wgs84 / sizeof wgs84[0]; i++) {
        known = strcmp(name, wgs84[i]) == 0;
    }
    if (!known) {
        change_fault(geojson->faults, FAULT_CRS, -1, NULL,
                     "part %d: its crs is \"%.80s\"; convert it to WGS84 (EPSG:4326) and leave crs out", part,
                     name == NULL ? "(no name)" : name);
    }
}

bool geojson_read(struct geojson *geojson, int32_t part, const void *text, size_t length) {
    json_error_t error;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        change_fault(geojson->faults, FAULT_GEOJSON, -1, NULL, "part %d, line %d, column %d: %s", part, error.line,
                     error.column, error.text);
        return true;
    }
    const char *type = json_string_value(json_object_get(root, "type"));
    json_t *features = json_object_get(root, "features");
    bool good = true;
    if (type == NULL || strcmp(type, "FeatureCollection") != 0 || !json_is_array(features)) {
        change_fault(geojson->faults, FAULT_GEOJSON, -1, NULL,
                     "part %d: must be an object of type FeatureCollection with a list of features", part);
    } else {
        check_crs(geojson, part, root);
        for (size_t i = 0; good && i < json_array_size(features); i++) {
            if (geojson->seen >= GEOJSON_FEATURES_MAX) {
                change_fault(geojson->faults, FAULT_TOO_MANY, -1, NULL,
                             "more than %d features: draw the rest in another change", GEOJSON_FEATURES_MAX);
                break;
            }
            good = read_feature(geojson, json_array_get(features, i));
        }
    }
    json_decref(root);
    return good;
}
