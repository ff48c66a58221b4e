/* alloc.h - protobuf-c's allocator over an arena
 *
 * Use       ProtobufCAllocator alloc = wire_alloc(&arena); give &alloc to every unpack, wire_json_read and wire_buf
 *           of the unit of work.
 * Promise   free does nothing, so *_free_unpacked() is never needed.
 * Fails     NULL when the arena is full: unpack then returns NULL, which means "busy" if arena.full and "malformed"
 *           if not.
 * Memory    borrows the arena; everything lives until its reset.
 * Threads   those of the arena. */
#ifndef COMMON_WIRE_ALLOC_H
#define COMMON_WIRE_ALLOC_H

#include <protobuf-c/protobuf-c.h>

struct pd_arena;

ProtobufCAllocator wire_alloc(struct pd_arena *arena);

#endif
