/* id.h - UUIDv7 (RFC 9562): ids that sort by the time they were made
 *
 * Use       pd_id_v7() with the caller's clock and randomness; pd_id_text() and pd_id_parse() at the edges.
 * Promise   pure: time and randomness come in as arguments. Byte order is time order, so indexes stay in one place.
 * Fails     pd_id_parse() says false for anything but the 36-character form; both letter cases are read, lower is
 *           written.
 * Memory    none of its own.
 * Threads   any. */
#ifndef COMMON_BASE_ID_H
#define COMMON_BASE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PD_ID_SIZE = 16, PD_ID_RANDOM = 10, PD_ID_TEXT = 36 + 1 };

struct pd_id {
    uint8_t b[PD_ID_SIZE];
};

/* time_ms: Unix milliseconds, 0 <= time_ms < 2^48. 74 of the 80 random bits are used. */
struct pd_id pd_id_v7(int64_t time_ms, const uint8_t random[PD_ID_RANDOM]);

/* The Unix milliseconds inside a version 7 id. */
int64_t pd_id_time_ms(const struct pd_id *id);

/* Writes 36 characters and the terminator; returns ret_text. */
char *pd_id_text(const struct pd_id *id, char ret_text[PD_ID_TEXT]);

/* Any version is accepted; *ret_id is untouched on false. */
bool pd_id_parse(const char *text, size_t len, struct pd_id *ret_id);

/* Exactly 16 bytes (a protobuf bytes field), else false and *ret_id untouched. */
bool pd_id_from_bytes(const void *bytes, size_t len, struct pd_id *ret_id);

bool pd_id_equal(const struct pd_id *a, const struct pd_id *b);
int pd_id_compare(const struct pd_id *a, const struct pd_id *b); /* as memcmp */
bool pd_id_is_zero(const struct pd_id *id);

#endif
