/* door.h - who calls, and how often
 *
 * Use       door_open() at start; door_address_wait_us() for each call; door_who() with the token's hash, and door_ask() when it
 *           did not know; door_principal_wait_us() then.
 * Promise   a session is taken from memory for FRESH_S seconds at most; an end made by this gateway counts at once, one made by
 *           another after that time.
 * Memory    fixed, made at start; untouched pages cost nothing.
 * Threads   loop. */
#ifndef GATEWAY_SHELL_DOOR_H
#define GATEWAY_SHELL_DOOR_H

#include "gateway/core/caller.h"
#include "gateway/shell/gateway.h"

enum pd_fate door_open(struct gateway *gateway, struct pd_err *err) __attribute__((warn_unused_result));
void door_close(struct gateway *gateway);

/* Key of a rate bucket. */
uint64_t door_key(const struct gateway *gateway, const void *bytes, size_t length);

/* 0, or microseconds until the next call may come. */
int64_t door_address_wait_us(struct gateway *gateway, const char *peer);
int64_t door_principal_wait_us(struct gateway *gateway, const struct principal *who);

/* SHA-256 of a well-formed token. */
void door_token_hash(const char *token, uint8_t ret_hash[SESSION_HASH_SIZE]);

/* A new token and its hash. */
void door_new_token(char ret_token[CALLER_TOKEN_LENGTH + 1], uint8_t ret_hash[SESSION_HASH_SIZE]);

/* From memory; NULL: not known here. */
const struct principal *door_who(const struct gateway *gateway, const uint8_t token_hash[SESSION_HASH_SIZE]);

/* From the database; the request is held. answer() gets the request while it is still to be answered: PD_OK and who (NULL: no such
 * session), or PD_RETRY. */
void door_ask(struct gateway *gateway, struct http_request *req, const uint8_t token_hash[SESSION_HASH_SIZE],
              void (*answer)(struct gateway *gateway, struct http_request *req, enum pd_fate fate,
                             const struct principal *who));

/* The session has ended: forgets it and closes its streams. */
void door_ended(struct gateway *gateway, const uint8_t token_hash[SESSION_HASH_SIZE]);

#endif
