// SPDX-License-Identifier: Apache-2.0
/* Files replaced as a whole: after a power cut at any instant a name leads to the old contents or to the new.
 */
#ifndef PLATFORM_LINUX_REPLACE_H
#define PLATFORM_LINUX_REPLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/status.h"

/*
 * Replaces name in the folder dir_fd: a new file is written beside it, given owner, mode and extended
 * attributes (SELinux label, ACL) of like_fd, or 0600 where that is -1, brought to the disk, and renamed. On
 * failure, which is logged, name is as before and no new file is left. One agent at a time for one name: what
 * an interrupted run left beside it is removed. The rename itself is on the disk only after replace_sync().
 */
enum status replace_file(int dir_fd, const char *name, int like_fd, const void *bytes, size_t len);

/* Is there something that an interrupted replacement of name left? */
bool replace_was_interrupted(int dir_fd, const char *name);

/* Removes it, and says so in the log; nothing else. OK, also where there is none; else logged. */
enum status replace_discard(int dir_fd, const char *name);

/* Brings the names in a folder to the disk; path is for the log. NOT_DURABLE, logged. */
enum status replace_sync(int dir_fd, const char *path);

#endif
