// SPDX-License-Identifier: Apache-2.0
/*
 * Files of the system under root ("" for the running one), to be looked at. A path is absolute in that
 * system, and so is each link on the way: none leads out of root. Nothing logs.
 */
#ifndef PLATFORM_LINUX_ROOT_FILE_H
#define PLATFORM_LINUX_ROOT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "agent/secret.h"

/*
 * Opens path with these flags of open(2); without O_NOFOLLOW its last link is followed, too. The descriptor,
 * which the caller closes; -1 with errno. Without O_PATH only regular files and folders are opened, since to
 * open a device may do something: EINVAL.
 */
int root_file_open(const char *root, const char *path, int flags);

/* What path leads to: stat(2). False with errno. */
bool root_file_stat(const char *root, const char *path, struct stat *out);

/* Does path lead to something? */
bool root_file_exists(const char *root, const char *path);

/*
 * Reads a regular file of at most limit bytes into out, which the caller frees. False with errno (EFBIG;
 * EINVAL for what is no regular file); out is then a zeroed struct.
 */
bool root_file_read(const char *root, const char *path, size_t limit, struct secret *out);

/* Reads the link path itself, as text of at most size - 1 bytes. False with errno, EINVAL for what is no
 * link. */
bool root_file_link(const char *root, const char *path, char *out, size_t size);

/* Is this a program, one that root may run? */
bool root_file_is_program(const char *root, const char *path);

/* Is there a program of this name for root to run, in /usr/sbin, /usr/bin, /sbin or /bin? */
bool root_file_program(const char *root, const char *name);

#endif
