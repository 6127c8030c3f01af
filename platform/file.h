// SPDX-License-Identifier: Apache-2.0
/*
 * Small files of this program, in the system under root ("" for the running one): its configuration and its
 * state. Under a root no link is followed: an image must not lead to files of the system that works on it.
 */
#ifndef PLATFORM_FILE_H
#define PLATFORM_FILE_H

#include <stdint.h>

#include "agent/secret.h"
#include "agent/status.h"

/*
 * Reads the regular file path of at most limit bytes into out, which the caller frees. NOT_FOUND;
 * FILE_TOO_LARGE; NOT_REGULAR; else why it cannot be read, logged. On failure out is a zeroed struct.
 */
enum status file_read(const char *root, const char *path, size_t limit, struct secret *out);

/*
 * Makes dir/name hold these bytes, readable by the administrator alone: whole or not at all, and on the disk
 * when OK is returned. The folder is made, private, when it is missing. A failure is logged, and leaves the
 * old file as it was, except NOT_DURABLE: replaced, but perhaps not yet on the disk.
 */
enum status file_replace(const char *root, const char *dir, const char *name, const void *bytes, size_t len);

/*
 * Waits until no other process holds the lock dir/name, and holds it until this process ends. The folder is
 * made, private, when it is missing. LOCK_TIMEOUT at end_ms of host_now_ms(); STOPPED; else why there is no
 * lock, logged.
 */
enum status file_lock(const char *root, const char *dir, const char *name, int64_t end_ms);

/*
 * Removes all files in the folder dir, holding the lock dir/lock while it does so, and removing that last.
 * OK, also without the folder; LOCK_TIMEOUT at once when another process holds the lock; else logged.
 */
enum status file_clear(const char *root, const char *dir, const char *lock);

#endif
