/* intake_text.h - counting, checking and masking what residents say
 *
 * Use       intake_text_length() before anything is accepted; intake_mask_name() and intake_mask_phone() before it is shown.
 * Promise   pure; a length counts Unicode characters, not bytes. A masked name shows its first character, a masked phone
 *           at most its first three and last four digits.
 * Fails     intake_text_length() answers -1 for what is not UTF-8 (over-long forms, surrogates, truncated ends included).
 * Memory    the caller's buffers; a mask never needs more bytes than its constant.
 * Threads   any. */
#ifndef INTAKE_CORE_INTAKE_TEXT_H
#define INTAKE_CORE_INTAKE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum {
    INTAKE_MASKED_NAME = 4 + 1 + 1,     /* one character of at most four bytes, '*', end */
    INTAKE_MASKED_PHONE = 3 + 4 + 4 + 1 /* three digits, four '*', four digits, end */
};

/* Unicode characters in text, or -1. */
long intake_text_length(const char *text);

/* Something besides white space and control characters, at most max characters of UTF-8. */
bool intake_text_is(const char *text, long max);

/* 1 to 64 characters of A-Z a-z 0-9 _ . : + - */
bool intake_is_service_code(const char *code);

/* Digits, spaces and + - ( ) * # only, 3 to 32 of them, at least three digits. */
bool intake_is_phone(const char *phone);

/* "王小明" -> "王*", "" -> "". Returns ret. */
char *intake_mask_name(const char *name, char ret[INTAKE_MASKED_NAME]);

/* "13812341234" -> "138****1234"; fewer than eight digits: "****"; "" -> "". Returns ret. */
char *intake_mask_phone(const char *phone, char ret[INTAKE_MASKED_PHONE]);

#endif
