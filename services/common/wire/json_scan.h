/* json_scan.h - the tokens of JSON text, RFC 8259 (inside this room only)
 *
 * Use       the reader says what it wants at this place and takes it; wire__scan_peek() says what is there.
 * Promise   strict: no comments, no leading zeros, no lone surrogates, no control characters, no broken UTF-8, no NUL
 *           even when escaped. Never reads beyond the end, allocates nothing.
 * Fails     a take that fails sets `error` to static words and leaves `at` where the trouble is; nothing is repeated
 *           of the text.
 * Limits    a number has at most WIRE__NUMBER_MAX characters.
 * Threads   any. */
#ifndef COMMON_WIRE_JSON_SCAN_H
#define COMMON_WIRE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest double in full, -1.7976931348623157e+308, has 24; what is longer is a trick or a mistake. */
enum { WIRE__NUMBER_MAX = 100 };

struct wire__scan {
    const char *at;
    const char *end;
    const char *error;
};

enum wire__token {
    WIRE__OBJECT = '{',
    WIRE__LIST = '[',
    WIRE__STRING = '"',
    WIRE__NUMBER = '0',
    WIRE__TRUE = 't',
    WIRE__FALSE = 'f',
    WIRE__NULL = 'n',
    WIRE__NOTHING = 0 /* no JSON value begins here */
};

/* Between its quotes, checked but not yet decoded. */
struct wire__string {
    const char *raw;
    size_t raw_len; /* the decoded text is never longer */
    bool escaped;   /* if not, raw is the text */
};

struct wire__number {
    bool is_real; /* has a fraction or an exponent, or is beyond 64 bits: only `real` holds */
    bool is_negative;
    uint64_t magnitude;
    double real; /* always; infinite when too large */
};

/* Skips white space and says what begins there. */
enum wire__token wire__scan_peek(struct wire__scan *s);

/* Takes one of , : { } [ ] after white space if it is there; no error if not. */
bool wire__scan_if(struct wire__scan *s, char mark);

/* The same, but it must be there. */
bool wire__scan_mark(struct wire__scan *s, char mark);

bool wire__scan_string(struct wire__scan *s, struct wire__string *ret);
bool wire__scan_number(struct wire__scan *s, struct wire__number *ret);

/* true, false or null, as peek said. */
bool wire__scan_word(struct wire__scan *s);

/* Nothing but white space is left. */
bool wire__scan_end(struct wire__scan *s);

/* Decodes into to (not terminated) at most max bytes; returns how many. */
size_t wire__string_decode(const struct wire__string *string, char *to, size_t max);

#endif
