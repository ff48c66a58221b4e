#include "assign/core/code_rule.h"

#include <stdint.h>
#include <string.h>

static bool all_digits(const char *code, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (code[i] < '0' || code[i] > '9') {
            return false;
        }
    }
    return code[length] == '\0';
}

int division_level(const char *code) {
    size_t length = strnlen(code, DIVISION_CODE_MAX + 1);
    if (!all_digits(code, length > DIVISION_CODE_MAX ? 0 : length)) {
        return 0;
    }
    return length == 6 ? DIVISION_CITY : length == 9 ? DIVISION_TOWN : length == 12 ? DIVISION_COMMUNITY : 0;
}

bool grid_code_is_valid(const char *code) {
    return strnlen(code, GRID_CODE_LENGTH + 1) == GRID_CODE_LENGTH && all_digits(code, GRID_CODE_LENGTH) &&
           strcmp(code + DIVISION_CODE_MAX, "000") != 0;
}

bool worker_id_is_valid(const char *id) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strspn(id, allowed);
    return length > 0 && length <= WORKER_ID_MAX && id[length] == '\0';
}

bool skill_is_valid(const char *skill) {
    size_t length = strspn(skill, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return length > 0 && length <= SKILL_MAX && skill[length] == '\0';
}

/* Bytes of the character that begins here; 0: broken. RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
static size_t character(const uint8_t *s) {
    if (s[0] < 0x80) {
        return 1;
    }
    size_t more = s[0] >= 0xc2 && s[0] <= 0xdf   ? 1
                  : s[0] >= 0xe0 && s[0] <= 0xef ? 2
                  : s[0] >= 0xf0 && s[0] <= 0xf4 ? 3
                                                 : 0;
    if (more == 0) {
        return 0;
    }
    uint8_t low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    uint8_t high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
    if (s[1] < low || s[1] > high) {
        return 0;
    }
    for (size_t i = 2; i <= more; i++) {
        if (s[i] < 0x80 || s[i] > 0xbf) {
            return 0;
        }
    }
    return more + 1;
}

long text_length(const char *text) {
    long count = 0;
    const uint8_t *s = (const uint8_t *)text;
    while (*s != 0) {
        size_t step = character(s);
        if (step == 0) {
            return -1;
        }
        s += step;
        count++;
    }
    return count;
}
