/* buf.h - text that grows up to a limit
 *
 * Use       wire_buf_init(); wire_put_*() without looking at each result; wire_buf_ok() once at the end;
 *           wire_buf_reset() to use the memory again; wire_buf_fini().
 * Promise   text is always terminated by a zero byte that len does not count. After the first failure every further
 *           put does nothing, so a text is whole or refused, never cut in its middle.
 * Fails     `failed` is set when `max` bytes are reached or the allocator gives nothing.
 * Memory    from the allocator given (NULL: malloc). Over an arena the old text stays behind on each growth (at most
 *           the final size again).
 * Threads   one at a time. */
#ifndef COMMON_WIRE_BUF_H
#define COMMON_WIRE_BUF_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_buf {
    char *text; /* NULL until the first put */
    size_t len;
    size_t size; /* bytes allocated */
    size_t max;  /* len never exceeds this */
    bool failed;
    ProtobufCAllocator *alloc;
};

/* Sets *buf; allocates nothing yet. */
void wire_buf_init(struct wire_buf *buf, ProtobufCAllocator *alloc, size_t max);

/* Empties the text and forgets the failure; the memory stays. */
void wire_buf_reset(struct wire_buf *buf);

/* Gives the memory back. A zeroed or finished one is fine. */
void wire_buf_fini(struct wire_buf *buf);

static inline bool wire_buf_ok(const struct wire_buf *buf) {
    return !buf->failed;
}

/* Room for n more bytes and the zero byte, to be filled and counted (len) by the caller; NULL on failure. */
char *wire_reserve(struct wire_buf *buf, size_t n);

void wire_put(struct wire_buf *buf, const char *bytes, size_t n);
void wire_put_text(struct wire_buf *buf, const char *text);
void wire_put_char(struct wire_buf *buf, char c);
void wire_put_int(struct wire_buf *buf, int64_t value);
void wire_put_uint(struct wire_buf *buf, uint64_t value);

#endif
