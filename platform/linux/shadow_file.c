// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/shadow_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/log.h"
#include "platform/host.h"
#include "platform/linux/lock.h"
#include "platform/linux/open_file.h"
#include "platform/linux/os_error.h"
#include "platform/linux/read_file.h"
#include "platform/linux/replace.h"

enum { LOCK_LIMIT_MS = 15000 };

static const char SHADOW[] = "shadow";
static const char BACKUP[] = "shadow-";
static const char LOCK[] = ".pwd.lock";

/* Why /etc could not be opened, by errno. */
static enum status status_of_etc(const char *root)
{
    if (errno == ENOENT)
        return STATUS_SHADOW_MISSING;
    if (errno == ELOOP || errno == ENOTDIR)
        return STATUS_NOT_REGULAR;
    return os_error_log("opening etc in", root);
}

enum status shadow_file_open(const char *root, struct shadow_file *file)
{
    const char *path = root[0] != '\0' ? root : "/";
    enum status status;
    int root_fd;

    *file = (struct shadow_file){.etc_fd = -1, .lock_fd = -1, .fd = -1};
    root_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root_fd < 0)
        return os_error_log("opening", path);
    /* O_NOFOLLOW: a link in an image must not lead to the files of the system that works on it. */
    file->etc_fd = openat(root_fd, "etc", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    status = file->etc_fd >= 0 ? STATUS_OK : status_of_etc(path);
    (void)close(root_fd);
    return status;
}

/* Set by chattr(1), where the file system knows such flags. */
static bool is_immutable(int fd)
{
    int flags = 0;

    return ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) != 0;
}

enum status shadow_file_lock(struct shadow_file *file, int64_t deadline_ms)
{
    const int64_t limit_ms = host_now_ms() + LOCK_LIMIT_MS;

    if (is_immutable(file->etc_fd))
        return STATUS_SHADOW_IMMUTABLE;
    return lock_take(file->etc_fd, LOCK, limit_ms < deadline_ms ? limit_ms : deadline_ms, &file->lock_fd);
}

static void forget_contents(struct shadow_file *file)
{
    secret_free(&file->text);
    if (file->fd >= 0)
        (void)close(file->fd);
    file->fd = -1;
}

enum status shadow_file_read(struct shadow_file *file)
{
    enum status status;

    forget_contents(file);
    status = open_file(file->etc_fd, SHADOW, O_RDONLY, &file->fd);
    if (status == STATUS_OK)
        status = read_file_all(file->fd, SHADOW, SHADOW_FILE_MAX, &file->text);
    return status == STATUS_NOT_FOUND ? STATUS_SHADOW_MISSING : status;
}

enum status shadow_file_replace(struct shadow_file *file, const struct secret *text)
{
    enum status status;

    if (is_immutable(file->fd))
        return STATUS_SHADOW_IMMUTABLE;
    /* The backup is a courtesy: the owner's one chance does not hang on it. */
    if (replace_file(file->etc_fd, BACKUP, file->fd, file->text.bytes, file->text.len) != STATUS_OK)
        log_warning("no backup of the shadow file could be made");
    status = replace_file(file->etc_fd, SHADOW, file->fd, text->bytes, text->len);
    if (status == STATUS_OK)
        status = replace_sync(file->etc_fd, "etc");
    return status;
}

enum status shadow_file_tidy(struct shadow_file *file, int64_t deadline_ms)
{
    enum status status;
    enum status of_backup;

    if (!replace_was_interrupted(file->etc_fd, SHADOW) && !replace_was_interrupted(file->etc_fd, BACKUP))
        return STATUS_OK;
    status = shadow_file_lock(file, deadline_ms);
    if (status != STATUS_OK) {
        log_warning("what an interrupted run left beside the shadow file stays until the next");
        return status;
    }
    status = replace_discard(file->etc_fd, SHADOW);
    of_backup = replace_discard(file->etc_fd, BACKUP);
    return status != STATUS_OK ? status : of_backup;
}

void shadow_file_close(struct shadow_file *file)
{
    forget_contents(file);
    /* Closing lets the lock go. */
    if (file->lock_fd >= 0)
        (void)close(file->lock_fd);
    if (file->etc_fd >= 0)
        (void)close(file->etc_fd);
    *file = (struct shadow_file){.etc_fd = -1, .lock_fd = -1, .fd = -1};
}
