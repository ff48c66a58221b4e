#include "common/wire/utf8.h"

#include <stdint.h>
#include <string.h>

static bool is_tail(uint8_t byte, uint8_t min, uint8_t max) {
    return byte >= min && byte <= max;
}

size_t wire__utf8_next(const char *at, const char *end) {
    const uint8_t *b = (const uint8_t *)at;
    size_t left = (size_t)(end - at);

    if (left == 0)
        return 0;
    if (b[0] < 0x80)
        return 1;
    if (b[0] < 0xc2 || b[0] > 0xf4)
        return 0;
    if (b[0] < 0xe0)
        return left >= 2 && is_tail(b[1], 0x80, 0xbf) ? 2 : 0;
    if (b[0] < 0xf0) {
        uint8_t min = b[0] == 0xe0 ? 0xa0 : 0x80;
        uint8_t max = b[0] == 0xed ? 0x9f : 0xbf;
        return left >= 3 && is_tail(b[1], min, max) && is_tail(b[2], 0x80, 0xbf) ? 3 : 0;
    }
    uint8_t min = b[0] == 0xf0 ? 0x90 : 0x80;
    uint8_t max = b[0] == 0xf4 ? 0x8f : 0xbf;
    return left >= 4 && is_tail(b[1], min, max) && is_tail(b[2], 0x80, 0xbf) && is_tail(b[3], 0x80, 0xbf) ? 4 : 0;
}

bool wire__utf8_is_text(const char *text, size_t len) {
    const char *end = text + len;

    while (text < end) {
        size_t n = *text == '\0' ? 0 : wire__utf8_next(text, end);
        if (n == 0)
            return false;
        text += n;
    }
    return true;
}

void wire__utf8_trim(char *text) {
    size_t len = strlen(text);
    size_t start = len;

    while (start > 0 && len - start < 3 && ((uint8_t)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0 && ((uint8_t)text[start - 1] & 0x80) != 0 && wire__utf8_next(text + start - 1, text + len) == 0)
        text[start - 1] = '\0';
}
