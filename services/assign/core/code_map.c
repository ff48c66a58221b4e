#include "assign/core/code_map.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

size_t code_map_size(size_t count) {
    size_t size = 16;
    while (size < count + count / 2 + 1) {
        size *= 2;
    }
    return size;
}

void code_map_init(struct code_map *map, struct code_entry *entries, size_t size) {
    assert((size & (size - 1)) == 0);
    *map = (struct code_map){.entries = entries, .size = size};
}

/* FNV-1a. The codes come from an administrator, not from strangers. */
static uint64_t hash(const char *code) {
    uint64_t h = 0xcbf29ce484222325u;
    for (; *code != '\0'; code++) {
        h = (h ^ (uint8_t)*code) * 0x100000001b3u;
    }
    return h;
}

static struct code_entry *place_of(const struct code_map *map, const char *code) {
    size_t i = (size_t)hash(code) & (map->size - 1);
    while (map->entries[i].code != NULL && strcmp(map->entries[i].code, code) != 0) {
        i = (i + 1) & (map->size - 1);
    }
    return &map->entries[i];
}

struct code_entry *code_map_find(const struct code_map *map, const char *code) {
    struct code_entry *entry = map->size == 0 ? NULL : place_of(map, code);
    return entry == NULL || entry->code == NULL ? NULL : entry;
}

struct code_entry *code_map_put(struct code_map *map, const char *code) {
    struct code_entry *entry = map->size == 0 ? NULL : place_of(map, code);
    if (entry == NULL || entry->code != NULL) {
        return entry;
    }
    if (map->count + 1 >= map->size) {
        return NULL;
    }
    entry->code = code;
    map->count++;
    return entry;
}

bool code_map_claim(struct code_map *map, const char *code, unsigned claim) {
    size_t before = map->count;
    struct code_entry *entry = code_map_put(map, code);
    if (entry != NULL && (map->count > before || entry->claim != 0)) {
        entry->claim = claim;
    }
    return entry != NULL;
}

void code_map_settle(struct code_map *map, const char *code) {
    struct code_entry *entry = code_map_find(map, code);
    if (entry != NULL) {
        entry->claim = 0;
    }
}

bool code_map_has(const struct code_map *map, const char *code, unsigned claim) {
    const struct code_entry *entry = code_map_find(map, code);
    return entry != NULL && (entry->claim == 0 || entry->claim == claim);
}
