#include "common/base/json_text.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

static bool continues(unsigned char c) {
    return (c & 0xc0) == 0x80;
}

size_t utf8_length(const char *text, size_t len) {
    assert(text || len == 0);
    if (len == 0)
        return 0;
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xc2)
        return 0; /* a continuation, or an overlong two-byte form */
    if (s[0] < 0xe0)
        return len >= 2 && continues(s[1]) ? 2 : 0;
    if (s[0] < 0xf0) {
        if (len < 3 || !continues(s[1]) || !continues(s[2]))
            return 0;
        if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0))
            return 0; /* overlong, or a surrogate */
        return 3;
    }
    if (s[0] > 0xf4 || len < 4 || !continues(s[1]) || !continues(s[2]) || !continues(s[3]))
        return 0;
    if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
        return 0; /* overlong, or past U+10FFFF */
    return 4;
}

/* The escaped form of one ASCII character in form[]; returns its length. */
static size_t escape(char c, char form[6]) {
    static const char digit[] = "0123456789abcdef";
    const char *from = "\"\\\b\f\n\r\t", *to = "\"\\bfnrt";
    const char *found = c ? strchr(from, c) : NULL;
    if (found) {
        form[0] = '\\';
        form[1] = to[found - from];
        return 2;
    }
    if ((unsigned char)c < 0x20 || c == 0x7f) {
        memcpy(form, "\\u00", 4);
        form[4] = digit[(unsigned char)c >> 4];
        form[5] = digit[(unsigned char)c & 15];
        return 6;
    }
    form[0] = c;
    return 1;
}

size_t json_text(char *to, size_t size, const char *text, size_t len) {
    assert(to || size == 0);
    assert(text || len == 0);
    if (size < 2)
        return 0;
    size_t out = 0;
    to[out++] = '"';
    for (size_t i = 0; i < len;) {
        char form[6];
        const char *piece = form;
        size_t n = utf8_length(text + i, len - i), taken = n ? n : 1;
        if (n == 0) {
            piece = "\xef\xbf\xbd";
            n = 3;
        } else if (n == 1) {
            n = escape(text[i], form);
        } else {
            piece = text + i;
        }
        if (out + n + 1 > size)
            break;
        memcpy(to + out, piece, n);
        out += n;
        i += taken;
    }
    to[out++] = '"';
    assert(out <= size);
    return out;
}
