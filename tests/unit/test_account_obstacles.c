// SPDX-License-Identifier: Apache-2.0
/* What stands in the way: a status of its own, the old file, no temporary. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "platform/account.h"
#include "tests/unit/account_system.h"
#include "tests/unit/linux/scratch_posix.h"

static void test_shadow_missing(void **state)
{
    (void)state;
    scratch_unlink("etc/shadow");
    assert_status(account_check(scratch.path, "root", &AUTO), STATUS_SHADOW_MISSING);
    assert_status(set_password("root"), STATUS_SHADOW_MISSING);
    assert_int_equal(scratch_count("etc"), 2);
}

static void test_etc_missing(void **state)
{
    (void)state;
    assert_int_equal(renameat(scratch.fd, "etc", scratch.fd, "other"), 0);
    assert_status(set_password("root"), STATUS_SHADOW_MISSING);
    /* a link must not lead out of the image */
    assert_int_equal(symlinkat("other", scratch.fd, "etc"), 0);
    assert_int_not_equal(set_password("root"), STATUS_OK);
    assert_file("other/shadow", SHADOW);
}

static void test_a_link(void **state)
{
    (void)state;
    assert_int_equal(renameat(scratch.fd, "etc/shadow", scratch.fd, "real"), 0);
    assert_int_equal(symlinkat("../real", scratch.fd, "etc/shadow"), 0);
    assert_status(account_check(scratch.path, "root", &AUTO), STATUS_NOT_REGULAR);
    assert_status(set_password("root"), STATUS_NOT_REGULAR);
    assert_true(S_ISLNK(scratch_stat("etc/shadow").st_mode));
    assert_file("real", SHADOW);
    assert_int_equal(scratch_count("etc"), 3);
}

static void test_a_folder(void **state)
{
    (void)state;
    scratch_unlink("etc/shadow");
    scratch_mkdir("etc/shadow");
    assert_status(set_password("root"), STATUS_NOT_REGULAR);
    assert_int_equal(scratch_count("etc"), 3);
}

static void test_a_pipe(void **state)
{
    (void)state;
    scratch_unlink("etc/shadow");
    assert_int_equal(mkfifoat(scratch.fd, "etc/shadow", 0600), 0);
    assert_status(set_password("root"), STATUS_NOT_REGULAR);
    assert_int_equal(scratch_count("etc"), 3);
}

/* Like chattr(1), which does not work on every file system, nor for everybody. */
static bool change_flag(const char *name, int flag, bool on)
{
    int fd = openat(scratch.fd, name, O_RDONLY | O_CLOEXEC);
    int flags = 0;
    bool changed;

    assert_true(fd >= 0);
    changed = ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0;
    flags = on ? flags | flag : flags & ~flag;
    changed = changed && ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
    (void)close(fd);
    return changed;
}

/* All assertions come after the flag is off again, or the folder could not be removed. */
static enum status set_with_flag(const char *name, int flag)
{
    enum status status;

    if (!change_flag(name, flag, true))
        skip();
    status = set_password("root");
    assert_true(change_flag(name, flag, false));
    return status;
}

static void test_an_immutable_file(void **state)
{
    (void)state;
    assert_status(set_with_flag("etc/shadow", FS_IMMUTABLE_FL), STATUS_SHADOW_IMMUTABLE);
    assert_untouched(4); /* and the lock file */
}

static void test_an_append_only_file(void **state)
{
    (void)state;
    assert_status(set_with_flag("etc/shadow", FS_APPEND_FL), STATUS_SHADOW_IMMUTABLE);
    assert_untouched(4);
}

static void test_an_immutable_folder(void **state)
{
    (void)state;
    assert_status(set_with_flag("etc", FS_IMMUTABLE_FL), STATUS_SHADOW_IMMUTABLE);
    assert_untouched(3);
}

static void test_a_password_that_cannot_be_hashed(void **state)
{
    char text[512];
    struct secret password;

    (void)state;
    memset(text, 'x', sizeof text);
    password = secret_of(text, sizeof text);
    assert_status(account_set_password(scratch.path, "root", &AUTO, &password, set_deadline_ms),
                  STATUS_HASH_FAILED);
    secret_free(&password);
    assert_untouched(4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_system(test_shadow_missing),
        with_system(test_etc_missing),
        with_system(test_a_link),
        with_system(test_a_folder),
        with_system(test_a_pipe),
        with_system(test_an_immutable_file),
        with_system(test_an_append_only_file),
        with_system(test_an_immutable_folder),
        with_system(test_a_password_that_cannot_be_hashed),
    };

    return cmocka_run_group_tests_name("account_obstacles", tests, NULL, NULL);
}
