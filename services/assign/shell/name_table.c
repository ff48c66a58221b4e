#include "assign/shell/name_table.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 64 };

static const char *name_of(const void *thing) {
    return *(const char *const *)thing;
}

/* FNV-1a; names are codes of the city, not chosen by an attacker. */
static size_t hash(const char *name) {
    uint64_t h = 14695981039346656037u;
    for (; *name != '\0'; name++) {
        h = (h ^ (unsigned char)*name) * 1099511628211u;
    }
    return (size_t)(h ^ (h >> 32));
}

void name_table_fini(struct name_table *table) {
    free(table->things);
    free(table->places);
    *table = (struct name_table){0};
}

/* Where the name is, or would be. */
static size_t place_of(const struct name_table *table, const char *name) {
    size_t place = hash(name) & (table->size - 1);
    while (table->places[place] != 0 && strcmp(name_of(table->things[table->places[place] - 1]), name) != 0) {
        place = (place + 1) & (table->size - 1);
    }
    return place;
}

void *name_table_find(const struct name_table *table, const char *name) {
    size_t index = table->size == 0 ? 0 : table->places[place_of(table, name)];
    return index == 0 ? NULL : table->things[index - 1];
}

static bool grow(struct name_table *table) {
    size_t size = table->size == 0 ? FIRST_SIZE : 2 * table->size;
    size_t *places = calloc(size, sizeof *places);
    void **things = places == NULL ? NULL : realloc(table->things, size / 2 * sizeof *things);
    if (things == NULL) {
        free(places);
        return false;
    }
    free(table->places);
    table->places = places;
    table->things = things;
    table->size = size;
    table->max = size / 2; /* at most half full */
    for (size_t i = 0; i < table->count; i++) {
        table->places[place_of(table, name_of(things[i]))] = i + 1;
    }
    return true;
}

bool name_table_put(struct name_table *table, void *thing) {
    if (table->count == table->max && !grow(table)) {
        return false;
    }
    size_t place = place_of(table, name_of(thing));
    assert(table->places[place] == 0);
    table->things[table->count] = thing;
    table->places[place] = ++table->count;
    return true;
}
