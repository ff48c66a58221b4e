#include "common/wire/alloc.h"

#include "common/base/arena.h"

static void *take(void *arena, size_t size) {
    return pd_alloc(arena, size);
}

static void leave(void *arena, void *memory) {
    (void)arena;
    (void)memory;
}

ProtobufCAllocator wire_alloc(struct pd_arena *arena) {
    return (ProtobufCAllocator){.alloc = take, .free = leave, .allocator_data = arena};
}
