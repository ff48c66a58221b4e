/* json_text.h - a C string as a JSON string, for logs and problem documents
 *
 * Use       json_text(buffer, size, text, len): writes the quotes too.
 * Promise   pure; valid JSON and valid UTF-8 whatever comes in: control characters are escaped, broken UTF-8 becomes
 *           U+FFFD, and when the buffer is too small the text is cut between characters and still closed by a quote.
 * Fails     never; returns 0 when not even "" fits (size < 2).
 * Threads   any. */
#ifndef COMMON_BASE_JSON_TEXT_H
#define COMMON_BASE_JSON_TEXT_H

#include <stddef.h>

/* Returns the bytes written; no terminator is added. At most 6 * len + 2. */
size_t json_text(char *to, size_t size, const char *text, size_t len);

/* The length of the UTF-8 character at text (1..4), or 0 when the bytes are none. */
size_t utf8_length(const char *text, size_t len);

#endif
