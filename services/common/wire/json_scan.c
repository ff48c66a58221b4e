#include "common/wire/json_scan.h"

#include "common/wire/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool fail(struct wire__scan *s, const char *words) {
    s->error = words;
    return false;
}

static void skip_space(struct wire__scan *s) {
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
        s->at++;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

enum wire__token wire__scan_peek(struct wire__scan *s) {
    skip_space(s);
    if (s->at == s->end) {
        (void)fail(s, "the JSON text ends too early");
        return WIRE__NOTHING;
    }
    switch (*s->at) {
    case '{':
        return WIRE__OBJECT;
    case '[':
        return WIRE__LIST;
    case '"':
        return WIRE__STRING;
    case 't':
        return WIRE__TRUE;
    case 'f':
        return WIRE__FALSE;
    case 'n':
        return WIRE__NULL;
    default:
        if (*s->at == '-' || is_digit(*s->at))
            return WIRE__NUMBER;
        (void)fail(s, "not valid JSON");
        return WIRE__NOTHING;
    }
}

bool wire__scan_if(struct wire__scan *s, char mark) {
    skip_space(s);
    if (s->at == s->end || *s->at != mark)
        return false;
    s->at++;
    return true;
}

bool wire__scan_mark(struct wire__scan *s, char mark) {
    if (wire__scan_if(s, mark))
        return true;
    return fail(s, s->at == s->end ? "the JSON text ends too early" : "not valid JSON");
}

bool wire__scan_end(struct wire__scan *s) {
    skip_space(s);
    return s->at == s->end || fail(s, "something follows after the JSON text");
}

bool wire__scan_word(struct wire__scan *s) {
    const char *word = *s->at == 't' ? "true" : *s->at == 'f' ? "false" : "null";
    size_t len = strlen(word);

    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
        return fail(s, "not valid JSON");
    s->at += len;
    return true;
}

/* Four hexadecimal digits, or -1. */
static int32_t hex4(const char *at, const char *end) {
    int32_t value = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int32_t digit = is_digit(c)            ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* The character of the escape whose backslash is at `at`, and its length; -1 when it is none. */
static int32_t escape_at(const char *at, const char *end, size_t *ret_len) {
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    const char *found = end - at >= 2 && at[1] != '\0' ? strchr(from, at[1]) : NULL;
    int32_t high;
    int32_t low;

    *ret_len = 2;
    if (found != NULL)
        return to[found - from];
    if (end - at < 2 || at[1] != 'u')
        return -1;
    *ret_len = 6;
    high = hex4(at + 2, end);
    if (high < 0xd800 || high > 0xdfff)
        return high;
    low = high < 0xdc00 && end - at >= 12 && at[6] == '\\' && at[7] == 'u' ? hex4(at + 8, end) : -1;
    *ret_len = 12;
    return low >= 0xdc00 && low <= 0xdfff ? 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00) : -1;
}

bool wire__scan_string(struct wire__scan *s, struct wire__string *ret) {
    const char *begin = s->at + 1;
    const char *at = begin;
    bool escaped = false;
    size_t n;

    if (s->at == s->end || *s->at != '"')
        return fail(s, s->at == s->end ? "the JSON text ends too early" : "not valid JSON");
    for (; at < s->end && *at != '"'; at += n) {
        uint8_t byte = (uint8_t)*at;

        n = 1;
        if (byte >= 0x20 && byte < 0x80 && byte != '\\')
            continue;
        s->at = at;
        if (byte >= 0x80) {
            n = wire__utf8_next(at, s->end);
            if (n == 0)
                return fail(s, "not valid UTF-8");
        } else if (byte == '\\') {
            int32_t c = escape_at(at, s->end, &n);
            if (c < 0)
                return fail(s, "not a valid escape in a string");
            if (c == 0)
                return fail(s, "a NUL character is not allowed");
            escaped = true;
        } else {
            return fail(s, "a control character in a string");
        }
    }
    if (at == s->end) {
        s->at = at;
        return fail(s, "the JSON text ends too early");
    }
    *ret = (struct wire__string){.raw = begin, .raw_len = (size_t)(at - begin), .escaped = escaped};
    s->at = at + 1;
    return true;
}

static size_t put_utf8(char *to, uint32_t c) {
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 63));
        to[2] = (char)(0x80 | (c & 63));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 63));
    to[2] = (char)(0x80 | (c >> 6 & 63));
    to[3] = (char)(0x80 | (c & 63));
    return 4;
}

size_t wire__string_decode(const struct wire__string *string, char *to, size_t max) {
    const char *at = string->raw;
    const char *end = at + string->raw_len;
    size_t len = 0;

    if (!string->escaped) {
        len = string->raw_len < max ? string->raw_len : max;
        memcpy(to, at, len);
        return len;
    }
    while (at < end) {
        char piece[4];
        size_t n = 1;
        size_t used = 1;

        piece[0] = *at;
        if (*at == '\\') {
            int32_t c = escape_at(at, end, &used);
            assert(c > 0); /* the scan has seen it */
            n = put_utf8(piece, (uint32_t)c);
        }
        if (n > max - len)
            break;
        memcpy(to + len, piece, n);
        len += n;
        at += used;
    }
    return len;
}

/* The double of a number's text. Up to 19 digits fit into 64 bits; below 2^53 and with a power of ten up to 22 both are
 * exact, so that one multiplication or division rounds right (Clinger). The rest is strtod's. */
static double real_of(const char *text, size_t len, uint64_t mantissa, int exponent, bool exact) {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    char copy[WIRE__NUMBER_MAX + 1];
    double value = (double)mantissa;

    if (exact && mantissa < UINT64_C(1) << 53 && exponent >= -22 && exponent <= 22) {
        value = exponent < 0 ? value / powers[-exponent] : value * powers[exponent];
        return text[0] == '-' ? -value : value;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    return strtod(copy, NULL);
}

struct digits {
    uint64_t value;
    int fraction; /* digits behind the point */
    bool exact;   /* value holds all digits */
};

static bool take_digits(struct wire__scan *s, struct digits *d, bool behind_point) {
    const char *begin = s->at;

    for (; s->at < s->end && is_digit(*s->at); s->at++) {
        uint64_t digit = (uint64_t)(*s->at - '0');

        if (d->value > (UINT64_MAX - digit) / 10)
            d->exact = false;
        else
            d->value = d->value * 10 + digit;
        d->fraction += behind_point;
    }
    return s->at > begin;
}

static bool take_exponent(struct wire__scan *s, int *ret) {
    bool negative;
    int value = 0;
    const char *begin;

    s->at++;
    negative = s->at < s->end && *s->at == '-';
    if (s->at < s->end && (*s->at == '-' || *s->at == '+'))
        s->at++;
    for (begin = s->at; s->at < s->end && is_digit(*s->at); s->at++)
        value = value > 9999 ? value : value * 10 + (*s->at - '0');
    *ret = negative ? -value : value;
    return s->at > begin;
}

bool wire__scan_number(struct wire__scan *s, struct wire__number *ret) {
    const char *begin = s->at;
    struct digits d = {.exact = true};
    bool plain = true;
    int exponent = 0;
    bool negative = s->at < s->end && *s->at == '-';

    s->at += negative;
    if (s->at < s->end && *s->at == '0' && s->end - s->at > 1 && is_digit(s->at[1]))
        return fail(s, "a number begins with a superfluous 0");
    if (!take_digits(s, &d, false))
        return fail(s, "not valid JSON");
    if (s->at < s->end && *s->at == '.') {
        plain = false;
        s->at++;
        if (!take_digits(s, &d, true))
            return fail(s, "not valid JSON");
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
        plain = false;
        if (!take_exponent(s, &exponent))
            return fail(s, "not valid JSON");
    }
    if (s->at - begin > WIRE__NUMBER_MAX)
        return fail(s, "a number has too many digits");
    *ret = (struct wire__number){
        .is_real = !plain || !d.exact,
        .is_negative = negative,
        .magnitude = d.value,
        .real = real_of(begin, (size_t)(s->at - begin), d.value, exponent - d.fraction, d.exact),
    };
    return true;
}
