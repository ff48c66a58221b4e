/* name_table.h - things found by their name, in the order in which they came
 *
 * Use       a thing begins with its name: const char *. name_table_put() once each.
 * Promise   an index once given stays; finding takes constant time.
 * Fails     name_table_put() false: no memory.
 * Memory    the table is its own, the things are the caller's.
 * Threads   one at a time. */
#ifndef ASSIGN_SHELL_NAME_TABLE_H
#define ASSIGN_SHELL_NAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct name_table {
    void **things;  /* count of them */
    size_t *places; /* open addressing: index + 1 of a thing, 0: free; `size` of them, a power of two */
    size_t count, max, size;
};

void name_table_fini(struct name_table *table);
void *name_table_find(const struct name_table *table, const char *name);
/* thing: named like none before. */
bool name_table_put(struct name_table *table, void *thing);

#endif
