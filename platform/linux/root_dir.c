// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/root_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/linux/root_file.h"

/* A folder may be endless, as one of FUSE. */
enum { ENTRIES_MAX = 65536 };

static bool is_wanted(const char *name, const char *suffix)
{
    const size_t len = strlen(name);
    const size_t end = strlen(suffix);

    return name[0] != '.' && len >= end && strcmp(name + len - end, suffix) == 0;
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static bool take_names(DIR *dir, const char *suffix, struct root_dir *out)
{
    const struct dirent *entry;

    out->names = calloc(ROOT_DIR_MAX, sizeof *out->names);
    if (out->names == NULL)
        return false;
    for (size_t i = 0; i < ENTRIES_MAX && out->count < ROOT_DIR_MAX && (entry = readdir(dir)) != NULL; i++) {
        if (is_wanted(entry->d_name, suffix))
            (void)snprintf(out->names[out->count++], sizeof *out->names, "%s", entry->d_name);
    }
    qsort(out->names, out->count, sizeof *out->names, compare);
    return true;
}

bool root_dir_read(const char *root, const char *path, const char *suffix, struct root_dir *out)
{
    int fd = root_file_open(root, path, O_RDONLY | O_DIRECTORY);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    bool done;
    int error;

    *out = (struct root_dir){0};
    if (dir == NULL) {
        error = errno;
        if (fd >= 0)
            (void)close(fd);
        errno = error;
        return false;
    }
    done = take_names(dir, suffix, out);
    error = errno;
    if (!done)
        root_dir_free(out);
    (void)closedir(dir);
    errno = error;
    return done;
}

void root_dir_free(struct root_dir *dir)
{
    free(dir->names);
    *dir = (struct root_dir){0};
}
