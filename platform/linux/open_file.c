// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/open_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/linux/os_error.h"

enum status open_file(int dir_fd, const char *name, int flags, int *fd)
{
    /* O_NONBLOCK: opening a named pipe would wait for its other end. */
    int opened = openat(dir_fd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    enum status status = STATUS_OK;
    struct stat is;

    if (opened < 0 && errno == ENOENT)
        return STATUS_NOT_FOUND;
    if (opened < 0 && (errno == ELOOP || errno == ENXIO || errno == EISDIR))
        return STATUS_NOT_REGULAR;
    if (opened < 0)
        return os_error_log("opening", name);
    if (fstat(opened, &is) != 0)
        status = os_error_log("looking at", name);
    else if (!S_ISREG(is.st_mode))
        status = STATUS_NOT_REGULAR;
    if (status == STATUS_OK)
        *fd = opened;
    else
        (void)close(opened);
    return status;
}
