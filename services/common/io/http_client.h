/* http_client.h - one HTTP call after the other, for tools
 *
 * Use       http_client_new(); http_call() as often as needed; http_client_free().
 * Promise   blocking, at most timeout_ms; one connection is kept and used again. Tools only: services never call out
 *           by HTTP.
 * Fails     PD_RETRY when the server cannot be reached or does not answer in time; any HTTP status is PD_OK.
 * Memory    the answer belongs to the client until the next call.
 * Threads   one at a time. */
#ifndef COMMON_IO_HTTP_CLIENT_H
#define COMMON_IO_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

struct http_client;

struct http_answer {
    int status;
    const char *body; /* terminated */
    size_t length;
};

/* token: sent as Authorization: Bearer; NULL: none. NULL when out of memory. */
struct http_client *http_client_new(const char *token, long timeout_ms);
void http_client_free(struct http_client *client);
/* method "GET" or "POST"; json: the body of a POST, may be "". */
enum pd_fate http_call(struct http_client *client, const char *method, const char *url, const char *json,
                       struct http_answer *ret_answer, struct pd_err *reterr);

#endif
