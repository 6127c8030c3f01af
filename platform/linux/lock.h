// SPDX-License-Identifier: Apache-2.0
#ifndef PLATFORM_LINUX_LOCK_H
#define PLATFORM_LINUX_LOCK_H

#include <stdint.h>

#include "agent/status.h"

/*
 * Locks the whole file name in dir_fd for writing (fcntl(2), against other programs' F_SETLK, too), and makes
 * it, 0600, when it is missing. OK: *fd, which the caller closes, holds the lock. Waits until end_ms of
 * host_now_ms(): LOCK_TIMEOUT; STOPPED; NOT_REGULAR; else logged.
 */
enum status lock_take(int dir_fd, const char *name, int64_t end_ms, int *fd);

#endif
