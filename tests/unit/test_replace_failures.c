// SPDX-License-Identifier: Apache-2.0
/* platform/linux/replace.c where the system refuses one call: the old file stays, and nothing beside it. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "platform/linux/replace.h"
#include "tests/unit/host_double.h"
#include "tests/unit/linux/scratch_posix.h"

#define TEMPORARY ".file.resetpwd-agent"

enum call { NONE, WRITE, FCHOWN, FCHMOD, LIST_SIZE, LIST, GET_SIZE, GET, SET, FSYNC, CLOSE };

static enum call failing;
static int error;
static enum call growing;                /* says first that there is nothing */
static const char *attribute = "user.a"; /* the one that the file has */
static bool has_selinux;

static bool fails(enum call call)
{
    if (failing != call)
        return false;
    failing = NONE; /* the first one only */
    errno = error;
    return true;
}

/* These take the place of libc's. The file has one attribute, whatever the file system is. */

ssize_t write(int fd, const void *bytes, size_t size)
{
    /* And never more than four bytes at once. */
    return fails(WRITE) ? -1 : (ssize_t)syscall(SYS_write, fd, bytes, size < 4 ? size : 4);
}

int fchown(int fd, uid_t uid, gid_t gid)
{
    return fails(FCHOWN) ? -1 : (int)syscall(SYS_fchown, fd, uid, gid);
}

int fchmod(int fd, mode_t mode)
{
    return fails(FCHMOD) ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

/* As of listxattr(2) and getxattr(2): a size of 0 asks how much there is. */
static ssize_t give(void *out, size_t size, const void *bytes, size_t len, bool is_growing)
{
    if (size == 0)
        return is_growing ? 0 : (ssize_t)len;
    if (size < len) {
        errno = ERANGE;
        return -1;
    }
    memcpy(out, bytes, len);
    return (ssize_t)len;
}

ssize_t flistxattr(int fd, char *list, size_t size)
{
    (void)fd;
    if (fails(size == 0 ? LIST_SIZE : LIST))
        return -1;
    return give(list, size, attribute, strlen(attribute) + 1, growing == LIST);
}

ssize_t fgetxattr(int fd, const char *name, void *value, size_t size)
{
    (void)fd;
    assert_string_equal(name, attribute);
    if (fails(size == 0 ? GET_SIZE : GET))
        return -1;
    return give(value, size, "value", 5, growing == GET);
}

int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
    (void)fd;
    assert_string_equal(name, attribute);
    assert_int_equal(size, 5);
    assert_memory_equal(value, "value", size);
    assert_int_equal(flags, 0);
    return fails(SET) ? -1 : 0;
}

int access(const char *path, int mode)
{
    assert_string_equal(path, "/sys/fs/selinux/enforce");
    assert_int_equal(mode, F_OK);
    return has_selinux ? 0 : -1;
}

int fsync(int fd)
{
    return fails(FSYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}

/* It closes, and then says that what was written before is lost. */
int close(int fd)
{
    const int result = (int)syscall(SYS_close, fd);

    return fails(CLOSE) ? -1 : result;
}

static enum status replace(void)
{
    const int like = openat(scratch.fd, "file", O_RDONLY | O_CLOEXEC);
    enum status status;

    assert_true(like >= 0);
    status = replace_file(scratch.fd, "file", like, "new text", strlen("new text"));
    failing = NONE;
    assert_int_equal(close(like), 0);
    return status;
}

static void test_one_call_fails(void **state)
{
    static const struct {
        enum call call;
        int error;
        enum status expected;
        const char *said;
    } rows[] = {
        {WRITE, ENOSPC, STATUS_DISK_FULL, "writing " TEMPORARY},
        {WRITE, EIO, STATUS_IO_ERROR, "writing " TEMPORARY},
        {FCHOWN, EPERM, STATUS_DENIED, "setting the owner of " TEMPORARY},
        {FCHMOD, EIO, STATUS_IO_ERROR, "setting the mode of " TEMPORARY},
        {LIST_SIZE, EIO, STATUS_IO_ERROR, "listing the extended attributes of " TEMPORARY},
        {LIST, ERANGE, STATUS_IO_ERROR, "listing the extended attributes of " TEMPORARY},
        {GET_SIZE, EIO, STATUS_IO_ERROR, "reading an extended attribute of " TEMPORARY},
        {GET, ENODATA, STATUS_IO_ERROR, "reading an extended attribute of " TEMPORARY},
        {SET, ENOSPC, STATUS_DISK_FULL, "setting an extended attribute of " TEMPORARY},
        {FSYNC, EDQUOT, STATUS_DISK_FULL, "bringing to the disk " TEMPORARY},
        {CLOSE, EIO, STATUS_IO_ERROR, "closing " TEMPORARY},
    };

    (void)state;
    scratch_write_text("file", "old");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)host_double_reset(NULL);
        failing = rows[i].call;
        error = rows[i].error;
        assert_row_status(rows[i].said, replace(), rows[i].expected);
        assert_row(rows[i].said, host_double_logged(LOG_LEVEL_ERROR, rows[i].said));
        assert_file("file", "old");
        assert_int_equal(scratch_count("."), 1);
    }
}

/* Somebody gives the file an attribute, or an attribute a value, just then. */
static void test_what_grows_meanwhile(void **state)
{
    static const enum call CALLS[] = {LIST, GET};

    (void)state;
    scratch_write_text("file", "old");
    for (size_t i = 0; i < COUNT_OF(CALLS); i++) {
        growing = CALLS[i];
        assert_status(replace(), STATUS_IO_ERROR);
        growing = NONE;
        assert_file("file", "old");
    }
}

/* It would be gone after the first byte; and to set it takes a right that the service has not got. */
static void test_what_the_kernel_takes_off(void **state)
{
    static const char *const ATTRIBUTES[] = {"security.ima", "security.evm", "security.capability"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ATTRIBUTES); i++) {
        scratch_write_text("file", "old");
        attribute = ATTRIBUTES[i];
        failing = SET;
        error = EPERM;
        assert_status(replace(), STATUS_OK);
        assert_file("file", "new text");
    }
    attribute = "user.a";
}

/* Without CAP_SYS_ADMIN, a label is lost where nobody would read it, and nowhere else. */
static void test_labels(void **state)
{
    static const struct {
        const char *attribute;
        bool has_selinux;
        int error;
        enum status expected;
    } rows[] = {
        {"security.selinux", false, EPERM, STATUS_OK},     {"security.selinux", true, EPERM, STATUS_DENIED},
        {"security.selinux", false, EIO, STATUS_IO_ERROR}, {"security.SMACK64", false, EPERM, STATUS_DENIED},
        {"user.a", false, EPERM, STATUS_DENIED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)host_double_reset(NULL);
        scratch_write_text("file", "old");
        attribute = rows[i].attribute;
        has_selinux = rows[i].has_selinux;
        failing = SET;
        error = rows[i].error;
        assert_row_status(rows[i].attribute, replace(), rows[i].expected);
        assert_file("file", rows[i].expected == STATUS_OK ? "new text" : "old");
        assert_int_equal(host_double_log_count(LOG_LEVEL_WARNING), rows[i].expected == STATUS_OK);
    }
    attribute = "user.a";
}

/* A signal in the middle, a file system without attributes: no failures. */
static void test_what_does_not_matter(void **state)
{
    static const struct {
        enum call call;
        int error;
    } rows[] = {{NONE, 0}, {WRITE, EINTR}, {LIST_SIZE, ENOTSUP}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        scratch_write_text("file", "old");
        failing = rows[i].call;
        error = rows[i].error;
        assert_status(replace(), STATUS_OK);
        assert_file("file", "new text");
        assert_string_equal(host_double.log, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(test_one_call_fails),
        with_scratch(test_what_grows_meanwhile),
        with_scratch(test_what_the_kernel_takes_off),
        with_scratch(test_labels),
        with_scratch(test_what_does_not_matter),
    };

    return cmocka_run_group_tests_name("replace_failures", tests, NULL, NULL);
}
