// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "platform/linux/replace.h"
#include "tests/unit/host_double.h"
#include "tests/unit/linux/scratch_posix.h"

#define TEMPORARY ".file.resetpwd-agent"

enum { NOT_OPEN = 1000 }; /* a descriptor that nothing here has */

static int open_file(const char *name)
{
    int fd = openat(scratch.fd, name, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static void test_a_new_file(void **state)
{
    struct stat is;

    (void)state;
    assert_status(replace_file(scratch.fd, "file", -1, "text", 4), STATUS_OK);
    assert_file("file", "text");
    is = scratch_stat("file");
    assert_int_equal(is.st_mode, S_IFREG | 0600);
    assert_int_equal(scratch_count("."), 1);
    assert_status(replace_sync(scratch.fd, "scratch"), STATUS_OK);
}

static void test_the_umask_does_not_matter(void **state)
{
    mode_t mask = umask(0);

    (void)state;
    assert_status(replace_file(scratch.fd, "file", -1, "text", 4), STATUS_OK);
    (void)umask(mask);
    assert_int_equal(scratch_stat("file").st_mode, S_IFREG | 0600);
}

static void test_a_file_that_is_there(void **state)
{
    struct stat before;

    (void)state;
    scratch_write_text("file", "a longer old text");
    before = scratch_stat("file");
    assert_status(replace_file(scratch.fd, "file", -1, "new", 3), STATUS_OK);
    assert_file("file", "new");
    assert_int_not_equal(scratch_stat("file").st_ino, before.st_ino);
    assert_status(replace_file(scratch.fd, "file", -1, "", 0), STATUS_OK);
    assert_file("file", "");
    assert_int_equal(scratch_count("."), 1);
}

static void test_mode_and_owner(void **state)
{
    static const mode_t modes[] = {0, 0400, 0600, 0640, 0644, 06755};
    bool is_root = geteuid() == 0;

    (void)state;
    scratch_write_text("file", "old");
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        int fd = open_file("file");
        struct stat is;

        if (is_root)
            assert_int_equal(fchown(fd, 12345, 54321), 0);
        assert_int_equal(fchmod(fd, modes[i]), 0);
        assert_status(replace_file(scratch.fd, "file", fd, "new", 3), STATUS_OK);
        (void)close(fd);
        is = scratch_stat("file");
        assert_int_equal(is.st_mode, S_IFREG | modes[i]);
        assert_int_equal(is.st_uid, is_root ? 12345 : geteuid());
        assert_int_equal(is.st_gid, is_root ? 54321 : getegid());
        assert_int_equal(fchmodat(scratch.fd, "file", 0600, 0), 0);
    }
}

static void test_extended_attributes(void **state)
{
    static const char LONG[1000] = "binary \0 value";
    char value[sizeof LONG];
    int fd;

    (void)state;
    scratch_write_text("file", "old");
    fd = open_file("file");
    if (fsetxattr(fd, "user.note", "kept", 4, 0) != 0 && errno == ENOTSUP) {
        (void)close(fd);
        skip();
    }
    assert_int_equal(fsetxattr(fd, "user.empty", "", 0, 0), 0);
    assert_int_equal(fsetxattr(fd, "user.long", LONG, sizeof LONG, 0), 0);
    assert_status(replace_file(scratch.fd, "file", fd, "new", 3), STATUS_OK);
    (void)close(fd);
    fd = open_file("file");
    assert_int_equal(fgetxattr(fd, "user.note", value, sizeof value), 4);
    assert_memory_equal(value, "kept", 4);
    assert_int_equal(fgetxattr(fd, "user.empty", value, sizeof value), 0);
    assert_int_equal(fgetxattr(fd, "user.long", value, sizeof value), sizeof LONG);
    assert_memory_equal(value, LONG, sizeof LONG);
    (void)close(fd);
}

static void test_a_leftover_is_removed(void **state)
{
    (void)state;
    scratch_write_text(TEMPORARY, "half of a fi");
    assert_status(replace_file(scratch.fd, "file", -1, "new", 3), STATUS_OK);
    assert_file("file", "new");
    assert_int_equal(scratch_count("."), 1);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, TEMPORARY));
}

/* It is removed itself, not what it leads to. */
static void test_a_leftover_link(void **state)
{
    (void)state;
    scratch_write_text("other", "untouched");
    assert_int_equal(symlinkat("other", scratch.fd, TEMPORARY), 0);
    assert_status(replace_file(scratch.fd, "file", -1, "new", 3), STATUS_OK);
    assert_file("file", "new");
    assert_file("other", "untouched");
    assert_int_equal(scratch_count("."), 2);
}

static void test_a_folder_in_the_way_of_the_temporary(void **state)
{
    (void)state;
    scratch_write_text("file", "old");
    scratch_mkdir(TEMPORARY);
    assert_status(replace_file(scratch.fd, "file", -1, "new", 3), STATUS_IO_ERROR);
    assert_file("file", "old");
    assert_true(host_double_logged(LOG_LEVEL_ERROR, TEMPORARY));
}

static void test_a_folder_in_the_place_of_the_file(void **state)
{
    (void)state;
    scratch_mkdir("file");
    scratch_write_text("file/inside", "untouched");
    assert_status(replace_file(scratch.fd, "file", -1, "new", 3), STATUS_IO_ERROR);
    assert_file("file/inside", "untouched");
    assert_int_equal(scratch_count("."), 1);
}

/* A folder that was removed while it was open. */
static void test_a_missing_folder(void **state)
{
    int fd;

    (void)state;
    scratch_mkdir("gone");
    fd = open_file("gone");
    assert_int_equal(unlinkat(scratch.fd, "gone", AT_REMOVEDIR), 0);
    assert_status(replace_file(fd, "file", -1, "new", 3), STATUS_IO_ERROR);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "creating " TEMPORARY));
    (void)close(fd);
}

/* procfs takes no new file, from root neither. */
static void test_a_folder_that_takes_no_files(void **state)
{
    int fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)state;
    assert_true(fd >= 0);
    assert_int_not_equal(replace_file(fd, "file", -1, "new", 3), STATUS_OK);
    assert_int_equal(host_double_log_count(LOG_LEVEL_ERROR), 1);
    (void)close(fd);
}

/* Writing fails half way, as on a full disk. */
static void test_a_write_that_fails(void **state)
{
    static const char bytes[8192];
    struct rlimit before;
    struct rlimit small;
    enum status status;

    (void)state;
    scratch_write_text("file", "old");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 4096, .rlim_max = before.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    status = replace_file(scratch.fd, "file", -1, bytes, sizeof bytes);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_DFL);
    assert_status(status, STATUS_FILE_TOO_LARGE);
    assert_file("file", "old");
    assert_int_equal(scratch_count("."), 1);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "writing " TEMPORARY));
}

/* What the file is to be like cannot be looked at: nothing may be replaced by something less well kept. */
static void test_ownership_that_cannot_be_had(void **state)
{
    (void)state;
    scratch_write_text("file", "old");
    assert_status(replace_file(scratch.fd, "file", NOT_OPEN, "new", 3), STATUS_IO_ERROR);
    assert_file("file", "old");
    assert_int_equal(scratch_count("."), 1);
}

static void test_a_sync_that_fails(void **state)
{
    (void)state;
    assert_status(replace_sync(NOT_OPEN, "folder"), STATUS_NOT_DURABLE);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "folder"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(test_a_new_file),
        with_scratch(test_the_umask_does_not_matter),
        with_scratch(test_a_file_that_is_there),
        with_scratch(test_mode_and_owner),
        with_scratch(test_extended_attributes),
        with_scratch(test_a_leftover_is_removed),
        with_scratch(test_a_leftover_link),
        with_scratch(test_a_folder_in_the_way_of_the_temporary),
        with_scratch(test_a_folder_in_the_place_of_the_file),
        with_scratch(test_a_missing_folder),
        with_scratch(test_a_folder_that_takes_no_files),
        with_scratch(test_a_write_that_fails),
        with_scratch(test_ownership_that_cannot_be_had),
        with_scratch(test_a_sync_that_fails),
    };

    return cmocka_run_group_tests_name("replace", tests, NULL, NULL);
}
