// SPDX-License-Identifier: Apache-2.0
/* The shadow file of a system on its disk: locked, read, replaced. */
#ifndef PLATFORM_LINUX_SHADOW_FILE_H
#define PLATFORM_LINUX_SHADOW_FILE_H

#include <stdint.h>

#include "agent/secret.h"
#include "agent/status.h"

enum { SHADOW_FILE_MAX = 16 * 1024 * 1024 };

struct shadow_file {
    int etc_fd;         /* the folder /etc of the system */
    int lock_fd;        /* -1 while not locked */
    int fd;             /* the file that was read last; -1 before */
    struct secret text; /* its contents */
};

/* Opens the system under root ("" for the running one). To be closed, also after a failure, which is logged.
 */
enum status shadow_file_open(const char *root, struct shadow_file *file);

/*
 * Takes the lock of lckpwdf(3), by which passwd, chpasswd, useradd, PAM and systemd exclude each other; it is
 * let go by shadow_file_close(). Waits up to 15 s, not beyond deadline_ms of host_now_ms(): LOCK_TIMEOUT;
 * STOPPED. Other failures are logged:
 * READ_ONLY, SHADOW_IMMUTABLE...
 */
enum status shadow_file_lock(struct shadow_file *file, int64_t deadline_ms);

/* Reads, or reads again, the file. SHADOW_MISSING, NOT_REGULAR, or logged. */
enum status shadow_file_read(struct shadow_file *file);

/*
 * Replaces the file that was read by one with this text and the same owner, mode and extended attributes,
 * after a copy of the old one has been kept as shadow-, as shadow-utils does. The lock is held. NOT_DURABLE:
 * replaced, but not confirmed by the disk. Any other failure, logged: the old file stands, and nothing is
 * left beside it.
 */
enum status shadow_file_replace(struct shadow_file *file, const struct secret *text);

/* Removes what an interrupted shadow_file_replace() left beside the file, if there is something: with the
 * lock, for which it waits as shadow_file_lock() does, and takes here. OK; else why something stays, logged.
 */
enum status shadow_file_tidy(struct shadow_file *file, int64_t deadline_ms);

void shadow_file_close(struct shadow_file *file);

#endif
