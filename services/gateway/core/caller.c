#include "gateway/core/caller.h"

#include <string.h>
#include <strings.h>

#include "gateway/core/session.h"

static const char lower_hex[] = "0123456789abcdef";
static const char username_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-";
static const char worker_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static bool all_of(const char *text, const char *letters, size_t least, size_t most) {
    size_t length = strnlen(text, most + 1);
    return length >= least && length <= most && strspn(text, letters) == length;
}

const char *caller_bearer(const char *authorization) {
    static const char scheme[] = "bearer ";
    if (authorization == NULL || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0) {
        return NULL;
    }
    return authorization + sizeof scheme - 1;
}

bool caller_token_ok(const char *token) {
    return all_of(token, base64url, CALLER_TOKEN_LENGTH, CALLER_TOKEN_LENGTH);
}

bool caller_key_ok(const char *key) {
    size_t length = 0;
    for (; key[length] != '\0'; length++) {
        if (length >= CALLER_KEY_LENGTH_MAX || key[length] < 0x21 || key[length] > 0x7e) {
            return false;
        }
    }
    return length > 0;
}

static bool hex_group(const char *text, size_t length, bool may_be_zero) {
    bool any = may_be_zero;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\0' || strchr(lower_hex, text[i]) == NULL) {
            return false;
        }
        any = any || text[i] != '0';
    }
    return any;
}

bool caller_trace_ok(const char *traceparent) {
    size_t length = strnlen(traceparent, CALLER_TRACE_LENGTH + 1);
    if (length < CALLER_TRACE_LENGTH) {
        return false;
    }
    bool version_00 = strncmp(traceparent, "00-", 3) == 0;
    if (length > CALLER_TRACE_LENGTH && (version_00 || traceparent[CALLER_TRACE_LENGTH] != '-')) {
        return false;
    }
    return hex_group(traceparent, 2, true) && strncmp(traceparent, "ff", 2) != 0 && traceparent[2] == '-' &&
           hex_group(traceparent + 3, 32, false) && traceparent[35] == '-' && hex_group(traceparent + 36, 16, false) &&
           traceparent[52] == '-' && hex_group(traceparent + 53, 2, true);
}

bool caller_is_json(const char *content_type) {
    static const char json[] = "application/json";
    if (content_type == NULL || strncasecmp(content_type, json, sizeof json - 1) != 0) {
        return false;
    }
    char next = content_type[sizeof json - 1];
    return next == '\0' || next == ';' || next == ' ' || next == '\t';
}

bool caller_username_ok(const char *username) {
    return all_of(username, username_letters, 1, CALLER_USERNAME_MAX);
}

bool caller_worker_id_ok(const char *worker_id) {
    return all_of(worker_id, worker_letters, 1, SESSION_WORKER_MAX - 1);
}
