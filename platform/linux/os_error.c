// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/os_error.h"

#include <errno.h>
#include <string.h>

#include "agent/log.h"

enum status os_error_status(int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
        return STATUS_DENIED;
    case EROFS:
        return STATUS_READ_ONLY;
    case ENOSPC:
    case EDQUOT:
        return STATUS_DISK_FULL;
    case ENOMEM:
        return STATUS_NO_MEMORY;
    case EBUSY:
        return STATUS_FILE_MOUNTED;
    case EFBIG:
        return STATUS_FILE_TOO_LARGE;
    default:
        return STATUS_IO_ERROR;
    }
}

enum status os_error_log(const char *doing, const char *path)
{
    enum status status = os_error_status(errno);

    log_error("%s %s: %s", doing, path, strerror(errno));
    return status;
}
