// SPDX-License-Identifier: Apache-2.0
/* Folders of the system under root; see root_file.h. */
#ifndef PLATFORM_LINUX_ROOT_DIR_H
#define PLATFORM_LINUX_ROOT_DIR_H

#include <stdbool.h>
#include <stddef.h>

enum { ROOT_DIR_MAX = 128, ROOT_DIR_NAME_MAX = 255 };

/* Names of what is in a folder, sorted as strcmp(3) does. A zeroed struct is an empty one. */
struct root_dir {
    char (*names)[ROOT_DIR_NAME_MAX + 1];
    size_t count;
};

/*
 * Takes the names in path that end with suffix and do not begin with a dot; the caller frees them. Those
 * beyond ROOT_DIR_MAX are passed over. False with errno; out is then a zeroed struct.
 */
bool root_dir_read(const char *root, const char *path, const char *suffix, struct root_dir *out);

void root_dir_free(struct root_dir *dir);

#endif
