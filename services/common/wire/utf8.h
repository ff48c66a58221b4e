/* utf8.h - well-formed UTF-8, Unicode's table 3-7 (inside this room only)
 *
 * Use       wire__utf8_next() to walk, wire__utf8_is_text() to check, wire__utf8_trim() after cutting.
 * Promise   no overlong forms, no surrogates, nothing above U+10FFFF; pure.
 * Threads   any. */
#ifndef COMMON_WIRE_UTF8_H
#define COMMON_WIRE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the well-formed sequence that begins at `at`, 0 when there is none before `end`. */
size_t wire__utf8_next(const char *at, const char *end);

/* Well-formed and without a zero byte. */
bool wire__utf8_is_text(const char *text, size_t len);

/* Cuts an unfinished sequence from the end of text, which snprintf may have left there. */
void wire__utf8_trim(char *text);

#endif
