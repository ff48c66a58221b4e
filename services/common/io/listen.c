#include "common/io/listen.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HOST_MAX = 256, BACKLOG = 1024 };

static enum pd_fate split(const char *address, char host[HOST_MAX], const char **ret_port, struct pd_err *err) {
    const char *colon = strrchr(address, ':');
    size_t n = colon ? (size_t)(colon - address) : 0;
    if (!colon || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1) || n >= HOST_MAX ||
        strtoul(colon + 1, NULL, 10) > 65535)
        return pd_fail(err, PD_REFUSED, "address", "\"%.100s\" is not host:port", address);
    const char *from = address;
    if (n >= 2 && from[0] == '[' && from[n - 1] == ']') {
        from++;
        n -= 2;
    }
    memcpy(host, from, n);
    host[n] = '\0';
    *ret_port = colon + 1;
    return PD_OK;
}

static unsigned bound_port(int fd) {
    struct sockaddr_storage bound = {0};
    socklen_t size = sizeof bound;
    if (getsockname(fd, (struct sockaddr *)&bound, &size) < 0)
        return 0;
    if (bound.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&bound)->sin_port);
    return bound.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&bound)->sin6_port) : 0;
}

/* A listening socket on one address, or -1 and errno. */
static int listen_on(const struct addrinfo *at) {
    int fd = socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol);
    if (fd < 0)
        return -1;
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int saved = errno;
    (void)close(fd);
    errno = saved;
    return -1;
}

enum pd_fate listen_open(const char *address, int *ret_fd, unsigned *ret_port, struct pd_err *err) {
    assert(address && ret_fd);
    char host[HOST_MAX] = "", code[24];
    const char *port = NULL;
    if (split(address, host, &port, err) != PD_OK)
        return err->fate;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *list = NULL;
    int rc = getaddrinfo(*host ? host : NULL, port, &hints, &list);
    if (rc != 0)
        return pd_fail(err, PD_REFUSED, "address", "%s: %s", address, gai_strerror(rc));
    int fd = -1;
    for (struct addrinfo *at = list; at && fd < 0; at = at->ai_next)
        fd = listen_on(at);
    int saved = errno;
    freeaddrinfo(list);
    if (fd < 0) {
        (void)snprintf(code, sizeof code, "errno-%d", saved);
        return pd_fail(err, PD_RETRY, code, "listen on %s: %s", address, strerror(saved));
    }
    *ret_fd = fd;
    if (ret_port)
        *ret_port = bound_port(fd);
    return PD_OK;
}
