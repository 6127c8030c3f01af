// SPDX-License-Identifier: Apache-2.0
/* Connections to a service, made by the process that may. */
#ifndef PLATFORM_LINUX_CONNECTION_H
#define PLATFORM_LINUX_CONNECTION_H

#include <stdint.h>

#include "agent/status.h"
#include "platform/linux/resolve.h"

/*
 * Connects to the host and port of an http URL: at most HTTP_CONNECT_TIMEOUT_MS, until end_ms of
 * host_now_ms(). OK: *out is a non-blocking socket, which the caller closes. UNREACHABLE, TIMED_OUT, STOPPED,
 * NO_MEMORY; INTERNAL when the URL is none of http.
 */
enum status connection_open(const char *url, int64_t end_ms, int *out);

/* Where a URL leads. */
struct connection_addresses {
    struct resolve_query query;
    struct sockaddr_storage list[RESOLVE_ADDRESSES_MAX];
    size_t count; /* at least 1 */
};

/* How a connection was made, or why the address that is to be preferred did not take it. */
struct connection_attempt {
    const struct sockaddr_storage *address;
    int error; /* errno; 0 when there is a connection; ECANCELED when a stop was asked for */
    int fd;    /* the connection, which the caller closes */
};

/* The two halves of connection_open(): as there. On failure only *out's query has a meaning. */
enum status connection_find(const char *url, int64_t end_ms, struct connection_addresses *out);
struct connection_attempt connection_make(const struct connection_addresses *addresses, int64_t end_ms);

#endif
