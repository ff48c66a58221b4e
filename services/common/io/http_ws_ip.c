/* Counts WebSockets by address: libmicrohttpd's own limit ends when a connection leaves it. */
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/http_ws_inner.h"

enum { BUCKETS = 1024 };

struct ws_ip {
    struct ws_ip *next;
    unsigned count;
    struct ws_address address;
};

struct ws_address http__address(const struct sockaddr *peer) {
    struct ws_address a = {{0}};
    if (peer && peer->sa_family == AF_INET6)
        memcpy(a.bytes, &((const struct sockaddr_in6 *)peer)->sin6_addr, 16);
    else if (peer && peer->sa_family == AF_INET)
        memcpy(a.bytes, &((const struct sockaddr_in *)peer)->sin_addr, 4);
    return a;
}

/* The place that points to the address' entry, or where it would be put. */
static struct ws_ip **find(struct http_server *server, const struct ws_address *address) {
    uint32_t hash = 2166136261U; /* FNV-1a; who collides addresses on purpose only makes his own chain longer */
    for (int i = 0; i < 16; i++)
        hash = (hash ^ address->bytes[i]) * 16777619U;
    struct ws_ip **at = &server->ips[hash % BUCKETS];
    while (*at && memcmp(&(*at)->address, address, sizeof *address) != 0)
        at = &(*at)->next;
    return at;
}

bool http__ip_is_full(struct http_server *server, const struct ws_address *address) {
    if (server->limits.connections_per_ip == 0 || !server->ips)
        return false;
    struct ws_ip *ip = *find(server, address);
    return ip && ip->count >= server->limits.connections_per_ip;
}

bool http__ip_take(struct http_server *server, const struct ws_address *address) {
    if (server->limits.connections_per_ip == 0)
        return true;
    if (!server->ips && !(server->ips = calloc(BUCKETS, sizeof(struct ws_ip *))))
        return false;
    struct ws_ip **at = find(server, address);
    if (!*at && !(*at = calloc(1, sizeof **at)))
        return false;
    (*at)->address = *address;
    (*at)->count++;
    return true;
}

void http__ip_give(struct http_server *server, const struct ws_address *address) {
    if (server->limits.connections_per_ip == 0)
        return;
    struct ws_ip **at = find(server, address);
    assert(*at && (*at)->count > 0);
    if (--(*at)->count == 0) {
        struct ws_ip *gone = *at;
        *at = gone->next;
        free(gone);
    }
}
