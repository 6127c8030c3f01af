// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "agent/log.h"
#include "platform/linux/os_error.h"

enum { NAME_SIZE = 64 };

static enum status write_all(int fd, const char *name, const unsigned char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return os_error_log("writing", name);
        bytes += written;
        len -= (size_t)written;
    }
    return STATUS_OK;
}

/* The kernel makes these itself, from the contents, or takes them off whenever a file is written to. */
static bool is_the_kernels(const char *attribute)
{
    return strcmp(attribute, "security.ima") == 0 || strcmp(attribute, "security.evm") == 0 ||
           strcmp(attribute, "security.capability") == 0;
}

/*
 * SELinux is off in this kernel, which then lets only CAP_SYS_ADMIN write a label. Nobody reads it; whoever
 * switches SELinux on has to have all files labelled anew.
 */
static bool is_label_without_reader(const char *attribute)
{
    return strcmp(attribute, "security.selinux") == 0 && access("/sys/fs/selinux/enforce", F_OK) != 0;
}

static enum status pass_over(const char *attribute, const char *name)
{
    log_warning("%s of %s is not kept: SELinux is off, and this process may not set it", attribute, name);
    return STATUS_OK;
}

static enum status copy_attribute(int from, int to, const char *name, const char *attribute)
{
    enum status status = STATUS_NO_MEMORY;
    ssize_t size = fgetxattr(from, attribute, NULL, 0);
    char *value = size >= 0 ? malloc((size_t)size + 1) : NULL;

    if (size < 0)
        return os_error_log("reading an extended attribute of", name);
    if (value == NULL)
        return status;
    size = fgetxattr(from, attribute, value, (size_t)size + 1); /* a size of 0 would be a question for it */
    if (size < 0)
        status = os_error_log("reading an extended attribute of", name);
    else if (fsetxattr(to, attribute, value, (size_t)size, 0) == 0)
        status = STATUS_OK;
    else if (errno == EPERM && is_label_without_reader(attribute))
        status = pass_over(attribute, name);
    else
        status = os_error_log("setting an extended attribute of", name);
    free(value);
    return status;
}

static enum status copy_attributes(int from, int to, const char *name)
{
    enum status status = STATUS_OK;
    ssize_t size = flistxattr(from, NULL, 0);
    char *list;

    if (size < 0 && errno == ENOTSUP)
        return STATUS_OK;
    if (size < 0)
        return os_error_log("listing the extended attributes of", name);
    list = malloc((size_t)size + 1);
    if (list == NULL)
        return STATUS_NO_MEMORY;
    size = flistxattr(from, list, (size_t)size + 1);
    if (size < 0)
        status = os_error_log("listing the extended attributes of", name);
    for (const char *at = list; status == STATUS_OK && at < list + size; at += strlen(at) + 1) {
        if (!is_the_kernels(at))
            status = copy_attribute(from, to, name, at);
    }
    free(list);
    return status;
}

/* Who may read it, but for the mode: before there is anything to be read. */
static enum status copy_protection(const struct stat *like, int from, int to, const char *name)
{
    if (fchown(to, like->st_uid, like->st_gid) != 0)
        return os_error_log("setting the owner of", name);
    return copy_attributes(from, to, name);
}

/* What the folder's default ACL, of acl(5), lets others do: fchmod(2) would bring it to life. */
static enum status drop_inherited_acl(int fd, const char *name)
{
    if (fremovexattr(fd, "system.posix_acl_access") == 0 || errno == ENODATA || errno == ENOTSUP)
        return STATUS_OK;
    return os_error_log("removing the inherited ACL of", name);
}

static enum status fill(int fd, const char *name, int like_fd, const void *bytes, size_t len)
{
    enum status status = drop_inherited_acl(fd, name);
    struct stat like;

    if (status == STATUS_OK && like_fd >= 0 && fstat(like_fd, &like) != 0)
        status = os_error_log("looking at", name);
    if (status == STATUS_OK && like_fd >= 0)
        status = copy_protection(&like, like_fd, fd, name);
    if (status == STATUS_OK)
        status = write_all(fd, name, bytes, len);
    /* Behind the ACL, part of which it is: without one it would let in a group that the ACL shuts out. */
    if (status == STATUS_OK && like_fd >= 0 && fchmod(fd, like.st_mode & 07777) != 0)
        status = os_error_log("setting the mode of", name);
    if (status == STATUS_OK && fsync(fd) != 0)
        status = os_error_log("bringing to the disk", name);
    return status;
}

static void name_temporary(char temporary[NAME_SIZE], const char *name)
{
    (void)snprintf(temporary, NAME_SIZE, ".%s.resetpwd-agent", name);
}

bool replace_was_interrupted(int dir_fd, const char *name)
{
    char temporary[NAME_SIZE];

    name_temporary(temporary, name);
    return faccessat(dir_fd, temporary, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

enum status replace_discard(int dir_fd, const char *name)
{
    char temporary[NAME_SIZE];

    if (!replace_was_interrupted(dir_fd, name))
        return STATUS_OK;
    name_temporary(temporary, name);
    if (unlinkat(dir_fd, temporary, 0) != 0)
        return os_error_log("removing", temporary);
    log_warning("removed %s, which an interrupted run had left", temporary);
    return STATUS_OK;
}

enum status replace_file(int dir_fd, const char *name, int like_fd, const void *bytes, size_t len)
{
    char temporary[NAME_SIZE];
    enum status status;
    int fd;

    (void)replace_discard(dir_fd, name); /* if it stays, that fails which comes now */
    name_temporary(temporary, name);
    fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return os_error_log("creating", temporary);
    status = fill(fd, temporary, like_fd, bytes, len);
    if (close(fd) != 0 && status == STATUS_OK)
        status = os_error_log("closing", temporary);
    if (status == STATUS_OK && renameat(dir_fd, temporary, dir_fd, name) != 0)
        status = os_error_log("replacing", name);
    if (status != STATUS_OK)
        (void)unlinkat(dir_fd, temporary, 0);
    return status;
}

enum status replace_sync(int dir_fd, const char *path)
{
    /* EINVAL: this file system has no such thing as a folder to be brought to the disk. */
    if (fsync(dir_fd) == 0 || errno == EINVAL)
        return STATUS_OK;
    (void)os_error_log("bringing to the disk", path);
    return STATUS_NOT_DURABLE;
}
