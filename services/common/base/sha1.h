/* sha1.h - SHA-1 (FIPS 180-4), for the WebSocket handshake alone
 *
 * Use       sha1(bytes, len, digest).
 * Promise   pure. RFC 6455 demands SHA-1 as a checksum against accidents; it protects nothing here, and no library that
 *           we link offers it. Never use it for anything else.
 * Threads   any. */
#ifndef COMMON_BASE_SHA1_H
#define COMMON_BASE_SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { SHA1_SIZE = 20 };

void sha1(const void *bytes, size_t len, uint8_t ret_digest[SHA1_SIZE]);

#endif
