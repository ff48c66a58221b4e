#include "common/base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ALIGN = 16,
    BLOCK_MIN = 64,
    BLOCK_GROWTH_MAX = 1 << 20 /* blocks double up to here: growth stays cheap and waste bounded */
};

struct pd_arena_block {
    struct pd_arena_block *next;
    size_t size; /* of bytes[] */
    size_t used;
    size_t pad; /* keeps bytes[] aligned to 16 */
    unsigned char bytes[];
};

_Static_assert(sizeof(struct pd_arena_block) % ALIGN == 0, "bytes[] must be aligned");

void pd_arena_init(struct pd_arena *a, size_t first_block, size_t limit) {
    assert(a);
    assert(limit > 0);
    if (first_block < BLOCK_MIN)
        first_block = BLOCK_MIN;
    if (first_block > limit)
        first_block = limit;
    *a = (struct pd_arena){.first_size = first_block, .limit = limit};
}

/* A block with room for n more bytes, or NULL. */
static struct pd_arena_block *add_block(struct pd_arena *a, size_t n) {
    size_t room = a->limit - a->held;
    if (n > room)
        return NULL;
    size_t size = a->first_size;
    if (a->last)
        size = a->last->size < BLOCK_GROWTH_MAX ? a->last->size * 2 : BLOCK_GROWTH_MAX;
    if (size < n)
        size = n;
    if (size > room)
        size = room;
    struct pd_arena_block *b = malloc(sizeof *b + size);
    if (!b)
        return NULL;
    b->next = NULL;
    b->size = size;
    b->used = 0;
    if (a->last)
        a->last->next = b;
    else
        a->first = b;
    a->last = b;
    a->held += size;
    if (a->held > a->peak)
        a->peak = a->held;
    return b;
}

void *pd_alloc(struct pd_arena *a, size_t n) {
    assert(a);
    assert(a->limit > 0);
    struct pd_arena_block *b = a->last;
    if (n > a->limit) {
        a->full = true;
        return NULL;
    }
    if (!b || n > b->size - b->used)
        b = add_block(a, n);
    if (!b) {
        a->full = true;
        return NULL;
    }
    void *p = b->bytes + b->used;
    size_t taken = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    b->used = taken < b->size - b->used ? b->used + taken : b->size;
    assert(((uintptr_t)p & (ALIGN - 1)) == 0);
    return memset(p, 0, n);
}

void *pd_alloc_array(struct pd_arena *a, size_t count, size_t size) {
    size_t n;
    if (__builtin_mul_overflow(count, size, &n)) {
        a->full = true;
        return NULL;
    }
    return pd_alloc(a, n);
}

void *pd_memdup(struct pd_arena *a, const void *bytes, size_t n) {
    assert(bytes || n == 0);
    unsigned char *p = n < SIZE_MAX ? pd_alloc(a, n + 1) : NULL;
    if (p && n > 0)
        memcpy(p, bytes, n);
    return p;
}

char *pd_strdup(struct pd_arena *a, const char *text) {
    assert(text);
    return pd_memdup(a, text, strlen(text));
}

char *pd_format(struct pd_arena *a, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = n >= 0 ? pd_alloc(a, (size_t)n + 1) : NULL;
    if (text)
        (void)vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

static void free_chain(struct pd_arena_block *b) {
    while (b) {
        struct pd_arena_block *next = b->next;
        free(b);
        b = next;
    }
}

void pd_arena_reset(struct pd_arena *a) {
    assert(a);
    a->full = false;
    if (!a->first)
        return;
    free_chain(a->first->next);
    a->first->next = NULL;
    a->first->used = 0;
    a->last = a->first;
    a->held = a->first->size;
}

void pd_arena_fini(struct pd_arena *a) {
    assert(a);
    free_chain(a->first);
    a->first = a->last = NULL;
    a->held = 0;
}
