/* code_map.h - texts to what is known about them, within one batch
 *
 * Use       code_map_put() for what is in the database; code_map_claim() for what a command brings, known only under its
 *           claim until code_map_settle().
 * Promise   pure; a text is remembered once. A claim that is never settled counts for nobody else.
 * Fails     code_map_put() NULL, code_map_claim() false when the capacity is used up.
 * Memory    the caller's zeroed entries, code_map_size(count) of them; borrows the texts.
 * Threads   one at a time. */
#ifndef ASSIGN_CORE_CODE_MAP_H
#define ASSIGN_CORE_CODE_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct code_entry {
    const char *code;
    void *known;    /* the caller's */
    unsigned claim; /* 0: settled */
};

struct code_map {
    struct code_entry *entries;
    size_t size, count;
};

/* Entries that a map of so many texts needs; a power of two. */
size_t code_map_size(size_t count);
void code_map_init(struct code_map *map, struct code_entry *entries, size_t size);

/* The entry of the text, made settled when it is new. */
struct code_entry *code_map_put(struct code_map *map, const char *code);
/* NULL: never mentioned. */
struct code_entry *code_map_find(const struct code_map *map, const char *code);

bool code_map_claim(struct code_map *map, const char *code, unsigned claim);
void code_map_settle(struct code_map *map, const char *code);
/* Settled, or under this claim? */
bool code_map_has(const struct code_map *map, const char *code, unsigned claim);

#endif
