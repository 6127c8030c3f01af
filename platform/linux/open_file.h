// SPDX-License-Identifier: Apache-2.0
#ifndef PLATFORM_LINUX_OPEN_FILE_H
#define PLATFORM_LINUX_OPEN_FILE_H

#include "agent/status.h"

/*
 * Opens the regular file name in dir_fd with these flags of openat(2): no link, no device, nothing that
 * blocks. A file that O_CREAT makes is 0600. Returns OK with *fd, which the caller closes; NOT_REGULAR for
 * anything but a regular file; NOT_FOUND; else logged.
 */
enum status open_file(int dir_fd, const char *name, int flags, int *fd);

#endif
