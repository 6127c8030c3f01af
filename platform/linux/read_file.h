// SPDX-License-Identifier: Apache-2.0
#ifndef PLATFORM_LINUX_READ_FILE_H
#define PLATFORM_LINUX_READ_FILE_H

#include <stddef.h>

#include "agent/secret.h"
#include "agent/status.h"

/*
 * Reads the whole file fd into out, which the caller frees. FILE_TOO_LARGE over limit bytes; else logged, and
 * out is a zeroed struct. name is for the log.
 */
enum status read_file_all(int fd, const char *name, size_t limit, struct secret *out);

/*
 * The same for the regular file name in dir_fd (openat(2)). NOT_REGULAR; NOT_FOUND.
 */
enum status read_file(int dir_fd, const char *name, size_t limit, struct secret *out);

/* Reads the first of two such files that can be read. Returns its name; NULL, and a zeroed struct, for none.
 */
const char *read_file_either(int dir_fd, const char *first, const char *second, size_t limit,
                             struct secret *out);

#endif
