/* address_fold.h - address text in one spelling: what is written in many ways becomes equal characters
 *
 * Use       address_fold() on whatever people wrote and on the names of known places alike.
 * Promise   pure; the same for the same text, and folding what was folded changes nothing. Full width becomes half width,
 *           traditional characters of the usual address words simplified ones, Chinese numerals digits (一百二十 -> 120),
 *           # and 號 -> 号, 幢 and 座 -> 栋, dashes of all kinds '-'; spaces, punctuation and remarks in brackets go.
 * Fails     -1: broken UTF-8.
 * Limits    ADDRESS_CHARS_MAX characters, the rest is cut off. A character beyond the BMP keeps a stand-in.
 * Threads   any. */
#ifndef ASSIGN_CORE_ADDRESS_FOLD_H
#define ASSIGN_CORE_ADDRESS_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDRESS_CHARS_MAX = 128, ADDRESS_UTF8_MAX = 3 * ADDRESS_CHARS_MAX + 1 };

/* How many characters. */
int address_fold(const char *text, uint16_t ret_chars[ADDRESS_CHARS_MAX]);

/* Terminated UTF-8 of folded characters; ret needs 3 * count + 1 bytes. Returns its length. */
size_t address_utf8(const uint16_t *chars, size_t count, char *ret);

static inline bool address_is_digit(uint16_t c) {
    return c >= '0' && c <= '9';
}

#endif
