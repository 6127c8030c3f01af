// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/read_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/linux/open_file.h"
#include "platform/linux/os_error.h"

/* Reads to the end of the file; FILE_TOO_LARGE when it is longer than the capacity of out. */
static enum status read_to_end(int fd, const char *name, struct secret *out)
{
    unsigned char beyond;

    for (;;) {
        size_t room = out->capacity - out->len;
        ssize_t got = read(fd, room > 0 ? out->bytes + out->len : &beyond, room > 0 ? room : 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return os_error_log("reading", name);
        if (got == 0)
            return STATUS_OK;
        if (room == 0)
            return STATUS_FILE_TOO_LARGE;
        out->len += (size_t)got;
    }
}

enum status read_file_all(int fd, const char *name, size_t limit, struct secret *out)
{
    struct stat is;
    enum status status;

    *out = (struct secret){0};
    if (fstat(fd, &is) != 0)
        return os_error_log("looking at", name);
    if (is.st_size < 0 || (uintmax_t)is.st_size > limit)
        return STATUS_FILE_TOO_LARGE;
    status = secret_alloc(out, (size_t)is.st_size);
    if (status == STATUS_OK)
        status = read_to_end(fd, name, out);
    if (status != STATUS_OK)
        secret_free(out);
    return status;
}

enum status read_file(int dir_fd, const char *name, size_t limit, struct secret *out)
{
    enum status status;
    int fd;

    *out = (struct secret){0};
    status = open_file(dir_fd, name, O_RDONLY, &fd);
    if (status != STATUS_OK)
        return status;
    status = read_file_all(fd, name, limit, out);
    (void)close(fd);
    return status;
}

const char *read_file_either(int dir_fd, const char *first, const char *second, size_t limit,
                             struct secret *out)
{
    if (read_file(dir_fd, first, limit, out) == STATUS_OK)
        return first;
    return read_file(dir_fd, second, limit, out) == STATUS_OK ? second : NULL;
}
