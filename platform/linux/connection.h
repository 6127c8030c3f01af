// SPDX-License-Identifier: Apache-2.0
/* Connections to a service, made by the process that may. */
#ifndef PLATFORM_LINUX_CONNECTION_H
#define PLATFORM_LINUX_CONNECTION_H

#include <stdint.h>

#include "agent/status.h"

/*
 * Connects to the host and port of an http URL: at most HTTP_CONNECT_TIMEOUT_MS, until end_ms of
 * host_now_ms(). OK: *out is a non-blocking socket, which the caller closes. UNREACHABLE, TIMED_OUT, STOPPED,
 * NO_MEMORY; INTERNAL when the URL is none of http.
 */
enum status connection_open(const char *url, int64_t end_ms, int *out);

#endif
