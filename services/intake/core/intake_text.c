#include "intake/core/intake_text.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* Bytes of the UTF-8 character at p, or 0 when there is none (RFC 3629). A terminator in the middle fails the test of the
 * continuation byte, so nothing behind it is read. */
static size_t character(const unsigned char *p) {
    if (p[0] < 0x80) {
        return 1;
    }
    if (p[0] < 0xc2 || p[0] > 0xf4) {
        return 0;
    }
    size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    uint32_t code = p[0] & (0xffU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
        code = (code << 6) | (p[i] & 0x3fU);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < least[length] || code > 0x10ffff || surrogate ? 0 : length;
}

long intake_text_length(const char *text) {
    assert(text != NULL);
    long count = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p != 0; count++) {
        size_t length = character(p);
        if (length == 0) {
            return -1;
        }
        p += length;
    }
    return count;
}

bool intake_text_is(const char *text, long max) {
    long length = intake_text_length(text);
    if (length < 1 || length > max) {
        return false;
    }
    const unsigned char *p = (const unsigned char *)text;
    while (*p != 0 && *p <= ' ') {
        p++;
    }
    return *p != 0;
}

bool intake_is_service_code(const char *code) {
    assert(code != NULL);
    size_t length = strlen(code);
    return length >= 1 && length <= 64 &&
           strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:+-") == length;
}

static size_t digits_of(const char *phone, char *ret_digits, size_t max) {
    size_t count = 0;
    for (const char *p = phone; *p != '\0'; p++) {
        if (*p >= '0' && *p <= '9' && count < max) {
            ret_digits[count++] = *p;
        }
    }
    return count;
}

bool intake_is_phone(const char *phone) {
    assert(phone != NULL);
    char digits[32];
    size_t length = strlen(phone);
    return length >= 3 && length <= 32 && strspn(phone, "0123456789 +-()*#") == length &&
           digits_of(phone, digits, sizeof digits) >= 3;
}

char *intake_mask_name(const char *name, char ret[INTAKE_MASKED_NAME]) {
    assert(name != NULL && ret != NULL);
    size_t length = *name == '\0' ? 0 : character((const unsigned char *)name);
    memcpy(ret, name, length);
    if (*name != '\0') {
        ret[length++] = '*';
    }
    ret[length] = '\0';
    return ret;
}

char *intake_mask_phone(const char *phone, char ret[INTAKE_MASKED_PHONE]) {
    assert(phone != NULL && ret != NULL);
    char digits[32];
    size_t count = digits_of(phone, digits, sizeof digits);
    if (*phone == '\0') {
        ret[0] = '\0';
    } else if (count < 8) {
        memcpy(ret, "****", 5);
    } else {
        memcpy(ret, digits, 3);
        memcpy(ret + 3, "****", 4);
        memcpy(ret + 7, digits + count - 4, 4);
        ret[11] = '\0';
    }
    return ret;
}
