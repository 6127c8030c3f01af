// SPDX-License-Identifier: Apache-2.0
/* Small files of this program: the configuration and the record. */
#ifndef PLATFORM_FILE_H
#define PLATFORM_FILE_H

#include "agent/secret.h"
#include "agent/status.h"

/*
 * Reads a whole regular file of at most limit bytes into out, which the caller frees. NOT_FOUND;
 * FILE_TOO_LARGE over limit bytes; else why it cannot be read, logged. On failure out is a zeroed struct.
 */
enum status file_read(const char *path, size_t limit, struct secret *out);

/*
 * Makes dir/name hold these bytes, readable by the administrator alone: whole or not at all, and on the disk
 * when OK is returned. The folder is made, private, when it is missing. A failure is logged, and leaves the
 * old file as it was, except NOT_DURABLE: replaced, but perhaps not yet on the disk.
 */
enum status file_replace(const char *dir, const char *name, const void *bytes, size_t len);

#endif
