#include "common/io/http_client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 64 * 1024 * 1024 };

struct http_client {
    CURL *curl;
    struct curl_slist *headers;
    char *body;
    size_t length, capacity;
};

static size_t keep(char *bytes, size_t size, size_t count, void *context) {
    struct http_client *client = context;
    size_t more = size * count;
    if (client->length + more + 1 > client->capacity) {
        size_t capacity = (client->length + more + 1) * 2;
        char *body = capacity > ANSWER_MAX ? NULL : realloc(client->body, capacity);
        if (body == NULL) {
            return 0;
        }
        client->body = body;
        client->capacity = capacity;
    }
    memcpy(client->body + client->length, bytes, more);
    client->length += more;
    client->body[client->length] = '\0';
    return more;
}

struct http_client *http_client_new(const char *token, long timeout_ms) {
    struct http_client *client = calloc(1, sizeof *client);
    if (client == NULL || (client->curl = curl_easy_init()) == NULL) {
        free(client);
        return NULL;
    }
    client->headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (token != NULL) {
        char header[256];
        snprintf(header, sizeof header, "Authorization: Bearer %s", token);
        client->headers = curl_slist_append(client->headers, header);
    }
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, client->headers);
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, client);
    curl_easy_setopt(client->curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
    return client;
}

void http_client_free(struct http_client *client) {
    if (client == NULL) {
        return;
    }
    curl_slist_free_all(client->headers);
    curl_easy_cleanup(client->curl);
    free(client->body);
    free(client);
}

enum pd_fate http_call(struct http_client *client, const char *method, const char *url, const char *json,
                       struct http_answer *ret_answer, struct pd_err *reterr) {
    client->length = 0;
    bool post = strcmp(method, "POST") == 0;
    curl_easy_setopt(client->curl, CURLOPT_URL, url);
    if (post) {
        curl_easy_setopt(client->curl, CURLOPT_POST, 1L);
        curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(json));
        curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, json);
    } else {
        curl_easy_setopt(client->curl, CURLOPT_HTTPGET, 1L);
    }
    CURLcode code = curl_easy_perform(client->curl);
    if (code != CURLE_OK) {
        return pd_fail(reterr, PD_RETRY, "HTTP", "%s %s: %s", method, url, curl_easy_strerror(code));
    }
    long status = 0;
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    *ret_answer = (struct http_answer){
        .status = (int)status, .body = client->length == 0 ? "" : client->body, .length = client->length};
    return PD_OK;
}
