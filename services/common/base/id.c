#include "common/base/id.h"

#include <assert.h>
#include <string.h>

struct pd_id pd_id_v7(int64_t time_ms, const uint8_t random[PD_ID_RANDOM]) {
    assert(random);
    assert(time_ms >= 0 && time_ms < (INT64_C(1) << 48));
    struct pd_id id;
    for (int i = 0; i < 6; i++)
        id.b[i] = (uint8_t)((uint64_t)time_ms >> (40 - 8 * i));
    memcpy(id.b + 6, random, PD_ID_RANDOM);
    id.b[6] = (uint8_t)(0x70 | (id.b[6] & 0x0f));
    id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3f));
    return id;
}

int64_t pd_id_time_ms(const struct pd_id *id) {
    assert(id);
    uint64_t ms = 0;
    for (int i = 0; i < 6; i++)
        ms = ms << 8 | id->b[i];
    return (int64_t)ms;
}

static bool dash_before(int byte) {
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

char *pd_id_text(const struct pd_id *id, char ret_text[PD_ID_TEXT]) {
    assert(id && ret_text);
    static const char digit[] = "0123456789abcdef";
    char *p = ret_text;
    for (int i = 0; i < PD_ID_SIZE; i++) {
        if (dash_before(i))
            *p++ = '-';
        *p++ = digit[id->b[i] >> 4];
        *p++ = digit[id->b[i] & 15];
    }
    *p = '\0';
    assert(p - ret_text == PD_ID_TEXT - 1);
    return ret_text;
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool pd_id_parse(const char *text, size_t len, struct pd_id *ret_id) {
    assert(text && ret_id);
    if (len != PD_ID_TEXT - 1)
        return false;
    struct pd_id id;
    const char *p = text;
    for (int i = 0; i < PD_ID_SIZE; i++) {
        if (dash_before(i) && *p++ != '-')
            return false;
        int high = hex_value(p[0]), low = hex_value(p[1]);
        if (high < 0 || low < 0)
            return false;
        id.b[i] = (uint8_t)(high << 4 | low);
        p += 2;
    }
    *ret_id = id;
    return true;
}

bool pd_id_from_bytes(const void *bytes, size_t len, struct pd_id *ret_id) {
    assert(ret_id);
    assert(bytes || len == 0);
    if (len != PD_ID_SIZE)
        return false;
    memcpy(ret_id->b, bytes, PD_ID_SIZE);
    return true;
}

bool pd_id_equal(const struct pd_id *a, const struct pd_id *b) {
    return pd_id_compare(a, b) == 0;
}

int pd_id_compare(const struct pd_id *a, const struct pd_id *b) {
    assert(a && b);
    return memcmp(a->b, b->b, PD_ID_SIZE);
}

bool pd_id_is_zero(const struct pd_id *id) {
    static const struct pd_id zero;
    return pd_id_equal(id, &zero);
}
