// SPDX-License-Identifier: Apache-2.0
/* Names of hosts. Who asks for a name takes answers from strangers: a child does it. */
#ifndef PLATFORM_LINUX_RESOLVE_H
#define PLATFORM_LINUX_RESOLVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "agent/status.h"

enum { RESOLVE_ADDRESSES_MAX = 8, RESOLVE_HOST_MAX = 255, RESOLVE_PORT_MAX = 5 };

struct resolve_query {
    char host[RESOLVE_HOST_MAX + 1]; /* a name, or an address in digits, without brackets */
    char port[RESOLVE_PORT_MAX + 1];
};

/*
 * The addresses of IPv4 and IPv6 of a host, with the port, until end_ms of host_now_ms(). UNREACHABLE: there
 * is none; TIMED_OUT, STOPPED, NO_MEMORY. *count is at least 1 when OK; else it is untouched, and the
 * addresses mean nothing.
 */
enum status resolve(const struct resolve_query *query, int64_t end_ms,
                    struct sockaddr_storage addresses[RESOLVE_ADDRESSES_MAX], size_t *count);

/* How long an address of its family is. */
socklen_t resolve_address_len(const struct sockaddr_storage *address);

#endif
