// SPDX-License-Identifier: Apache-2.0
#ifndef PLATFORM_LINUX_WORKER_SOCKET_H
#define PLATFORM_LINUX_WORKER_SOCKET_H

#include "agent/status.h"

/*
 * In a worker: a new connection to the service, made by the process that it works for. OK: *out is a
 * non-blocking socket, which the caller closes. UNREACHABLE, TIMED_OUT; INTERNAL where there is no worker.
 */
enum status worker_socket(int *out);

#endif
