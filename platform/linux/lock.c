// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "platform/host.h"
#include "platform/linux/open_file.h"
#include "platform/linux/os_error.h"

enum { INTERVAL_MS = 50 };

/*
 * Linux before 3.15 has no locks of open file descriptions. The older kind ends when this process closes any
 * descriptor of that file: here is only one.
 */
static int set_lock(int fd, struct flock *lock)
{
    const int result = fcntl(fd, F_OFD_SETLK, lock);

    return result != 0 && errno == EINVAL ? fcntl(fd, F_SETLK, lock) : result;
}

static enum status wait_for_lock(int fd, const char *name, int64_t end_ms)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    while (set_lock(fd, &whole) != 0) {
        if (errno != EAGAIN && errno != EACCES)
            return os_error_log("locking", name);
        if (host_now_ms() >= end_ms)
            return STATUS_LOCK_TIMEOUT;
        if (host_wait(INTERVAL_MS, false) == HOST_STOP)
            return STATUS_STOPPED;
    }
    return STATUS_OK;
}

enum status lock_take(int dir_fd, const char *name, int64_t end_ms, int *fd)
{
    int opened = -1;
    enum status status = open_file(dir_fd, name, O_WRONLY | O_CREAT, &opened);

    if (status == STATUS_OK)
        status = wait_for_lock(opened, name, end_ms);
    if (status == STATUS_OK)
        *fd = opened;
    else if (opened >= 0)
        (void)close(opened);
    return status;
}
