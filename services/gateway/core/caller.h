/* caller.h - what a caller's headers may look like: token, idempotency key, trace context, content type, account words
 *
 * Promise   pure; every text comes from outside and may hold anything.
 * Threads   any. */
#ifndef GATEWAY_CORE_CALLER_H
#define GATEWAY_CORE_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CALLER_KEY_LENGTH_MAX = 255,
    CALLER_TOKEN_LENGTH = 43, /* 32 bytes in base64url without padding */
    CALLER_TRACE_LENGTH = 55, /* 00-<32 hex>-<16 hex>-<2 hex> */
    CALLER_USERNAME_MAX = 64,
    CALLER_PASSWORD_MAX = 256
};

/* The token of "Bearer TOKEN" (the scheme in any case), or NULL. */
const char *caller_bearer(const char *authorization);

/* 43 characters of the base64url alphabet: what a token of ours looks like. */
bool caller_token_ok(const char *token);

/* 1..255 visible ASCII characters. */
bool caller_key_ok(const char *key);

/* A trace context (W3C, any version but ff) whose first 55 characters are a valid version 00 context. */
bool caller_trace_ok(const char *traceparent);

/* "application/json", with or without parameters. */
bool caller_is_json(const char *content_type);

/* 1..64 of A-Z a-z 0-9 . _ @ - */
bool caller_username_ok(const char *username);

/* 1..31 of A-Z a-z 0-9 . _ - */
bool caller_worker_id_ok(const char *worker_id);

#endif
