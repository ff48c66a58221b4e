/* listen.h - a listening TCP socket from "host:port"
 *
 * Use       listen_open("127.0.0.1:8311", &fd, &port, &err).
 * Promise   non-blocking, close-on-exec, SO_REUSEADDR; "[::1]:80" for IPv6; port 0 takes a free one.
 * Fails     PD_REFUSED "address": not host:port, or no such host. PD_RETRY "errno-98": taken; other errno likewise.
 * Threads   any; a name (not a number) may block in the resolver, so call it at start. */
#ifndef COMMON_IO_LISTEN_H
#define COMMON_IO_LISTEN_H

#include "common/base/err.h"

enum pd_fate listen_open(const char *address, int *ret_fd, unsigned *ret_port, struct pd_err *err)
    __attribute__((warn_unused_result));

#endif
