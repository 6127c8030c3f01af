// SPDX-License-Identifier: Apache-2.0
/* Which mount a file is in, by proc(5). Nothing logs. */
#ifndef PLATFORM_LINUX_MOUNTS_H
#define PLATFORM_LINUX_MOUNTS_H

#include <stdbool.h>

enum { MOUNTS_POINT_MAX = 511, MOUNTS_TYPE_MAX = 31 };

struct mount {
    bool is_read_only;             /* through this mount */
    bool is_file_system_read_only; /* through all of them */
    char point[MOUNTS_POINT_MAX + 1];
    char type[MOUNTS_TYPE_MAX + 1]; /* "ext4" */
};

/* Finds the mount of this number in a text like /proc/self/mountinfo. Pure. */
bool mounts_find(const char *text, long id, struct mount *out);

/* The number of the mount that fd, which may be of O_PATH, is in; -1 when that cannot be told. */
long mounts_id(int fd);

/* That mount; false when that cannot be told. */
bool mounts_of(int fd, struct mount *out);

#endif
