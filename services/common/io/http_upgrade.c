#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

#include "common/base/sha1.h"
#include "common/io/http_ws_inner.h"

enum { KEY_BYTES = 16, KEY_TEXT = 24, ACCEPT_TEXT = 28 };

/* Is token one of the comma-separated words of the header? */
static bool header_has_token(const struct http_request *req, const char *name, const char *token) {
    const char *p = http_header(req, name);
    size_t n = strlen(token);
    while (p && *p) {
        p += strspn(p, " \t,");
        size_t word = strcspn(p, " \t,");
        if (word == n && strncasecmp(p, token, n) == 0)
            return true;
        p += word;
    }
    return false;
}

bool http_is_upgrade(const struct http_request *req) {
    assert(req);
    return strcmp(req->method, "GET") == 0 && strcmp(req->version, "HTTP/1.1") == 0 &&
           header_has_token(req, MHD_HTTP_HEADER_UPGRADE, "websocket") &&
           header_has_token(req, MHD_HTTP_HEADER_CONNECTION, "upgrade");
}

static bool key_is_sound(const char *key) {
    unsigned char bytes[KEY_BYTES + 2];
    size_t n;
    return key && strlen(key) == KEY_TEXT &&
           sodium_base642bin(bytes, sizeof bytes, key, KEY_TEXT, NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
           n == KEY_BYTES;
}

/* RFC 6455 section 4.2.2, step 5.4. */
static void accept_of(const char *key, char ret_accept[ACCEPT_TEXT + 1]) {
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char text[KEY_TEXT + sizeof magic];
    uint8_t digest[SHA1_SIZE];
    memcpy(text, key, KEY_TEXT);
    memcpy(text + KEY_TEXT, magic, sizeof magic);
    sha1(text, sizeof text - 1, digest);
    (void)sodium_bin2base64(ret_accept, ACCEPT_TEXT + 1, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL);
}

/* libmicrohttpd hands the socket over. It is duplicated and given back at once: closing libmicrohttpd's end closes its
 * descriptor without shutting the connection down, and frees its buffers. */
static void on_upgraded(void *cls, struct MHD_Connection *connection, void *request, const char *early,
                        size_t early_len, MHD_socket socket, struct MHD_UpgradeResponseHandle *handle) {
    (void)cls;
    (void)connection;
    struct http_request *req = request;
    assert(req->ws_ops);
    int fd = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (fd >= 0)
        http__ws_open(req, fd, early, early_len);
    (void)MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
    req->server->run_wanted = true;
}

static const char *refusal(struct http_request *req, unsigned *ret_status, const char **ret_code) {
    const struct http_server *server = req->server;
    const char *version = http_header(req, "Sec-WebSocket-Version");
    *ret_status = 400;
    *ret_code = "malformed";
    if (!http_is_upgrade(req))
        return "This path wants a WebSocket handshake (RFC 6455).";
    if (!version || strcmp(version, "13") != 0) {
        (void)http_reply_header(req, "Sec-WebSocket-Version", "13");
        *ret_status = 426;
        return "Only version 13 of the WebSocket protocol is spoken here.";
    }
    if (!key_is_sound(http_header(req, "Sec-WebSocket-Key")))
        return "Sec-WebSocket-Key must be 16 bytes in base64.";
    *ret_status = 503;
    *ret_code = "busy";
    if (server->draining)
        return "The service is stopping. Try again.";
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(req->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct ws_address peer = http__address(info ? info->client_addr : NULL);
    bool full = server->socket_count >= server->limits.ws_max || http__ip_is_full(req->server, &peer);
    return full ? "Too many connections. Try again." : NULL;
}

bool http_upgrade(struct http_request *req, const struct ws_ops *ops, void *ctx) {
    assert(req && ops);
    assert(req->state == REQUEST_HANDLING || req->state == REQUEST_HELD);
    unsigned status;
    const char *code, *why = refusal(req, &status, &code);
    struct MHD_Response *response = why ? NULL : MHD_create_response_for_upgrade(on_upgraded, NULL);
    if (!response) {
        http_reply_problem(req, status, code, why ? why : "No memory. Try again.");
        return false;
    }
    char accept[ACCEPT_TEXT + 1];
    accept_of(http_header(req, "Sec-WebSocket-Key"), accept);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_UPGRADE, "websocket");
    (void)MHD_add_response_header(response, "Sec-WebSocket-Accept", accept);
    http__add_headers(req, response);
    req->ws_ops = ops;
    req->ws_ctx = ctx;
    http__answer(req, MHD_HTTP_SWITCHING_PROTOCOLS, response);
    return true;
}
