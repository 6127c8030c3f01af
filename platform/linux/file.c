// SPDX-License-Identifier: Apache-2.0
#include "platform/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/host.h"
#include "platform/linux/lock.h"
#include "platform/linux/os_error.h"
#include "platform/linux/read_file.h"
#include "platform/linux/replace.h"

enum { COMPONENT_SIZE = 256 };

/* Makes a folder in dir_fd, on the disk when its parent is. */
static bool make_dir(int dir_fd, const char *name, bool is_private)
{
    return (mkdirat(dir_fd, name, is_private ? 0700 : 0755) == 0 && fsync(dir_fd) == 0) || errno == EEXIST;
}

/* Opens one folder on the way; makes it when that is asked for. -1 with errno. */
static int open_component(int dir_fd, const char *name, bool follow, bool make, bool is_last)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
    int fd = openat(dir_fd, name, flags);

    if (fd < 0 && errno == ENOENT && make && make_dir(dir_fd, name, is_last))
        fd = openat(dir_fd, name, flags);
    return fd;
}

/* Opens the first component of path; *path is moved behind it. -1 with errno. */
static int take_component(int dir_fd, const char **path, bool follow, bool make)
{
    const size_t len = strcspn(*path, "/");
    char component[COMPONENT_SIZE];

    if (len >= sizeof component) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(component, *path, len);
    component[len] = '\0';
    *path += len;
    *path += strspn(*path, "/");
    return open_component(dir_fd, component, follow, make, **path == '\0');
}

/* Opens the folder dir below root, step by step; makes what is missing of it when that is asked for. */
static enum status open_dir(const char *root, const char *dir, bool make, int *out)
{
    const bool follow = root[0] == '\0';
    const char *rest = dir + strspn(dir, "/");
    int fd = open(follow ? "/" : root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    while (fd >= 0 && *rest != '\0') {
        int next = take_component(fd, &rest, follow, make);
        int error = errno;

        (void)close(fd);
        fd = next;
        errno = error;
    }
    if (fd < 0 && errno == ENOENT && !make)
        return STATUS_NOT_FOUND;
    if (fd < 0)
        return os_error_log("opening", dir);
    *out = fd;
    return STATUS_OK;
}

enum status file_read(const char *root, const char *path, size_t limit, struct secret *out)
{
    const char *slash = strrchr(path, '/');
    char dir[PATH_MAX];
    enum status status;
    int fd;

    *out = (struct secret){0};
    if (root[0] == '\0' || slash == NULL)
        return read_file(AT_FDCWD, path, limit, out);
    if ((size_t)(slash - path) >= sizeof dir)
        return STATUS_INTERNAL;
    memcpy(dir, path, (size_t)(slash - path));
    dir[slash - path] = '\0';
    status = open_dir(root, dir, false, &fd);
    if (status != STATUS_OK)
        return status;
    status = read_file(fd, slash + 1, limit, out);
    (void)close(fd);
    return status;
}

enum status file_replace(const char *root, const char *dir, const char *name, const void *bytes, size_t len)
{
    int fd;
    enum status status = open_dir(root, dir, true, &fd);

    if (status != STATUS_OK)
        return status;
    status = replace_file(fd, name, -1, bytes, len);
    if (status == STATUS_OK)
        status = replace_sync(fd, dir);
    (void)close(fd);
    return status;
}

enum status file_lock(const char *root, const char *dir, const char *name, int64_t end_ms)
{
    static int lock_fd; /* stays open: closing it would let the lock go */
    int fd;
    enum status status = open_dir(root, dir, true, &fd);

    if (status != STATUS_OK)
        return status;
    status = lock_take(fd, name, end_ms, &lock_fd);
    (void)close(fd);
    return status;
}

/* Removes one entry of a folder; what has gone already is gone. */
static enum status remove_entry(int dir_fd, const char *name)
{
    if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
        return STATUS_OK;
    return os_error_log("removing", name);
}

/* Removes all files in dir but the one called kept. */
static enum status remove_others(int dir_fd, const char *kept)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    enum status status = STATUS_OK;
    const struct dirent *entry;

    if (dir == NULL) {
        status = os_error_log("opening", "the folder of the record");
        if (fd >= 0)
            (void)close(fd);
        return status;
    }
    while (status == STATUS_OK && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            strcmp(entry->d_name, kept) != 0)
            status = remove_entry(dir_fd, entry->d_name);
    }
    (void)closedir(dir);
    return status;
}

enum status file_clear(const char *root, const char *dir, const char *lock)
{
    int lock_fd = -1;
    int fd = -1;
    enum status status = open_dir(root, dir, false, &fd);

    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    if (status == STATUS_OK)
        status = lock_take(fd, lock, host_now_ms(), &lock_fd);
    if (status == STATUS_OK)
        status = remove_others(fd, lock);
    if (status == STATUS_OK)
        status = remove_entry(fd, lock);
    if (status == STATUS_OK)
        status = replace_sync(fd, dir);
    if (lock_fd >= 0)
        (void)close(lock_fd);
    if (fd >= 0)
        (void)close(fd);
    return status;
}
