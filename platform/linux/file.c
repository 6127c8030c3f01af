// SPDX-License-Identifier: Apache-2.0
#include "platform/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/host.h"
#include "platform/linux/os_error.h"
#include "platform/linux/read_file.h"
#include "platform/linux/replace.h"

enum status file_read(const char *path, size_t limit, struct secret *out)
{
    return read_file(AT_FDCWD, path, limit, out);
}

/* Makes the folder, private, and what leads to it, as a system has it. */
static enum status make_dir(const char *dir)
{
    char path[HOST_PATH_MAX];
    size_t len = strlen(dir);

    if (len >= sizeof path)
        return STATUS_INTERNAL;
    memcpy(path, dir, len + 1);
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0755) != 0 && errno != EEXIST)
            return os_error_log("making", path);
        *slash = '/';
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return os_error_log("making", path);
    return STATUS_OK;
}

enum status file_replace(const char *dir, const char *name, const void *bytes, size_t len)
{
    enum status status;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT) {
        status = make_dir(dir);
        if (status != STATUS_OK)
            return status;
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (fd < 0)
        return os_error_log("opening", dir);
    status = replace_file(fd, name, -1, bytes, len);
    if (status == STATUS_OK)
        status = replace_sync(fd, dir);
    (void)close(fd);
    return status;
}
