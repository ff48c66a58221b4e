#include "common/wire/buf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A first piece that holds most single objects, so that they grow at most once or twice. */
enum { FIRST_SIZE = 512 };

void wire_buf_init(struct wire_buf *buf, ProtobufCAllocator *alloc, size_t max) {
    assert(max < SIZE_MAX / 4);
    *buf = (struct wire_buf){.alloc = alloc, .max = max};
}

void wire_buf_reset(struct wire_buf *buf) {
    buf->len = 0;
    buf->failed = false;
    if (buf->text != NULL)
        buf->text[0] = '\0';
}

static void give_back(struct wire_buf *buf) {
    if (buf->text == NULL)
        return;
    if (buf->alloc != NULL)
        buf->alloc->free(buf->alloc->allocator_data, buf->text);
    else
        free(buf->text);
}

void wire_buf_fini(struct wire_buf *buf) {
    give_back(buf);
    buf->text = NULL;
    buf->len = 0;
    buf->size = 0;
}

static bool grow(struct wire_buf *buf, size_t need) {
    size_t size = buf->size == 0 ? FIRST_SIZE : buf->size;
    char *text;

    while (size < need)
        size *= 2;
    text = buf->alloc != NULL ? buf->alloc->alloc(buf->alloc->allocator_data, size) : malloc(size);
    if (text == NULL)
        return false;
    if (buf->len > 0)
        memcpy(text, buf->text, buf->len);
    text[buf->len] = '\0';
    give_back(buf);
    buf->text = text;
    buf->size = size;
    return true;
}

char *wire_reserve(struct wire_buf *buf, size_t n) {
    assert(buf->len <= buf->max);
    if (buf->failed)
        return NULL;
    if (n > buf->max - buf->len || (buf->size - buf->len <= n && !grow(buf, buf->len + n + 1))) {
        buf->failed = true;
        return NULL;
    }
    return buf->text + buf->len;
}

void wire_put(struct wire_buf *buf, const char *bytes, size_t n) {
    char *to = wire_reserve(buf, n);

    if (to == NULL)
        return;
    if (n > 0)
        memcpy(to, bytes, n);
    to[n] = '\0';
    buf->len += n;
}

void wire_put_text(struct wire_buf *buf, const char *text) {
    wire_put(buf, text, strlen(text));
}

void wire_put_char(struct wire_buf *buf, char c) {
    wire_put(buf, &c, 1);
}

void wire_put_uint(struct wire_buf *buf, uint64_t value) {
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    wire_put(buf, digits + at, sizeof digits - at);
}

void wire_put_int(struct wire_buf *buf, int64_t value) {
    if (value < 0) {
        wire_put_char(buf, '-');
        wire_put_uint(buf, 0 - (uint64_t)value);
    } else {
        wire_put_uint(buf, (uint64_t)value);
    }
}
