/* arena.h - memory of one unit of work: a request, a batch, a tick
 *
 * Use       pd_arena_init() once; pd_alloc() as often as needed; pd_arena_reset() after each unit of work;
 *           pd_arena_fini() at the end.
 * Promise   memory is zeroed and aligned to 16; nothing is freed one by one; never holds more than `limit` bytes.
 * Fails     NULL when the limit is reached or the system has no memory: answer "busy" and count it.
 * Memory    the caller owns the struct. Blocks come from malloc, the first one lazily; reset keeps the first one, so a
 *           unit of work that fits into it allocates nothing.
 * Threads   one at a time. */
#ifndef COMMON_BASE_ARENA_H
#define COMMON_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pd_arena_block;

struct pd_arena {
    struct pd_arena_block *first; /* oldest, kept by reset */
    struct pd_arena_block *last;  /* the one that is filled */
    size_t first_size;
    size_t limit; /* of `held` */
    size_t held;  /* bytes in blocks now */
    size_t peak;  /* most bytes ever held: the figure to set first_size by */
    bool full;    /* an allocation was refused since init or reset */
};

/* Sets *a; allocates nothing yet. first_block is raised to 64 and cut to limit. */
void pd_arena_init(struct pd_arena *a, size_t first_block, size_t limit);

/* n zeroed bytes (n = 0 gives a valid address), or NULL. */
void *pd_alloc(struct pd_arena *a, size_t n) __attribute__((malloc, alloc_size(2)));

/* count * size zeroed bytes, or NULL, also when the product overflows. */
void *pd_alloc_array(struct pd_arena *a, size_t count, size_t size) __attribute__((malloc, alloc_size(2, 3)));

/* A terminated copy of text, or NULL. */
char *pd_strdup(struct pd_arena *a, const char *text) __attribute__((malloc));

/* A copy of n bytes with a zero byte behind them, or NULL. */
void *pd_memdup(struct pd_arena *a, const void *bytes, size_t n) __attribute__((malloc));

/* printf into the arena, or NULL. */
char *pd_format(struct pd_arena *a, const char *format, ...) __attribute__((format(printf, 2, 3), malloc));

/* Everything allocated becomes invalid; the first block stays for the next unit of work. */
void pd_arena_reset(struct pd_arena *a);

/* Gives all back. A zeroed or finished arena is fine. */
void pd_arena_fini(struct pd_arena *a);

#endif
