/* staff.h - the accounts and tokens that simulated people work with
 *
 * Use       staff_log_in() with the administrator of accounts.json; staff_accounts() makes accounts; staff_tokens() fetches a
 *           token for each name.
 * Promise   each call runs the loop until it is done; nothing else may be going on in the HTTP client.
 * Fails     PD_RETRY (no answer, 429, 503: tried again for 30 s before) or PD_REFUSED, with words.
 * Memory    tokens are the caller's.
 * Threads   loop thread, outside of callbacks. */
#ifndef BENCH_CLIENT_STAFF_H
#define BENCH_CLIENT_STAFF_H

#include <jansson.h>

#include "common/base/err.h"
#include "http_client.h"

/* One call, waiting for its answer; ret_json may be NULL, else it is the caller's to decref (NULL when the body is no JSON). */
enum pd_fate staff_call(uv_loop_t *loop, struct http_client *http, const char *token, const char *path,
                        const char *body, json_t **ret_json, struct pd_err *reterr);

enum pd_fate staff_log_in(uv_loop_t *loop, struct http_client *http, const char *accounts_file, const char *role,
                          char ret_token[HTTP_CLIENT_TOKEN_MAX], struct pd_err *reterr);

/* Accounts without password, named prefix1..prefixN. */
enum pd_fate staff_accounts(uv_loop_t *loop, struct http_client *http, const char *admin_token, const char *role,
                            const char *prefix, int count, struct pd_err *reterr);

/* tokens[i] is for the account names[i]; up to 32 at once. */
enum pd_fate staff_tokens(uv_loop_t *loop, struct http_client *http, const char *admin_token, const char *const *names,
                          int count, char (*tokens)[HTTP_CLIENT_TOKEN_MAX], struct pd_err *reterr);

#endif
