// SPDX-License-Identifier: Apache-2.0
/* platform/file.h where there are modes, links and roots. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/file.h"
#include "tests/unit/host_double.h"
#include "tests/unit/linux/scratch_posix.h"

enum { LIMIT = 100 };

static bool fails_to_list;
static bool fails_to_lock;

/* These take the place of libc's. */

DIR *fdopendir(int fd)
{
    char path[32];
    DIR *dir;

    errno = ENOMEM;
    if (fails_to_list)
        return NULL;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    dir = opendir(path);
    (void)close(fd);
    return dir;
}

int fcntl(int fd, int command, ...)
{
    struct flock *lock;
    va_list arguments;

    va_start(arguments, command);
    lock = va_arg(arguments, struct flock *);
    va_end(arguments);
    errno = ENOLCK;
    return fails_to_lock ? -1 : (int)syscall(SYS_fcntl, fd, command, lock);
}

/* Replaces `file` in that folder. */
static enum status replace_in(const char *dir, const char *text)
{
    return file_replace(scratch.path, dir, "file", text, strlen(text));
}

static void assert_mode(const char *name, mode_t mode)
{
    assert_int_equal(scratch_stat(name).st_mode, mode);
}

static void test_a_link_in_the_place_of_the_file(void **state)
{
    struct secret text = {.len = 5, .capacity = 5};

    (void)state;
    scratch_mkdir("dir");
    scratch_write_text("other", "kept");
    assert_int_equal(symlinkat("../other", scratch.fd, "dir/file"), 0);
    assert_status(file_read("", scratch_path("dir/file"), LIMIT, &text), STATUS_NOT_REGULAR);
    assert_zeroed(&text);
    assert_string_equal(host_double.log, "");
    /* Replacing replaces the link itself. */
    assert_status(replace_in("dir", "new"), STATUS_OK);
    assert_mode("dir/file", S_IFREG | 0600);
    assert_file("dir/file", "new");
    assert_file("other", "kept");
}

/* The folder is private, what leads to it is as a system has it, whatever the umask lets through. */
static void test_missing_folders_are_made(void **state)
{
    mode_t mask = umask(0);
    enum status status = replace_in("var/lib/agent", "text");

    (void)state;
    (void)umask(mask);
    assert_status(status, STATUS_OK);
    assert_file("var/lib/agent/file", "text");
    assert_mode("var", S_IFDIR | 0755);
    assert_mode("var/lib", S_IFDIR | 0755);
    assert_mode("var/lib/agent", S_IFDIR | 0700);
    assert_mode("var/lib/agent/file", S_IFREG | 0600);
    assert_int_equal(scratch_count("var/lib/agent"), 1);
    assert_string_equal(host_double.log, "");
}

static void test_only_the_last_folder_is_missing(void **state)
{
    (void)state;
    scratch_mkdir("var");
    assert_int_equal(chmod(scratch_path("var"), 0711), 0);
    assert_status(replace_in("var/agent", "text"), STATUS_OK);
    assert_file("var/agent/file", "text");
    assert_mode("var", S_IFDIR | 0711);
    assert_mode("var/agent", S_IFDIR | 0700);
}

/* Its mode is the owner's choice; that of the file is not. */
static void test_a_folder_that_is_there(void **state)
{
    ino_t before;

    (void)state;
    scratch_mkdir("dir");
    assert_int_equal(chmod(scratch_path("dir"), 0750), 0);
    scratch_write_text("dir/file", "a longer old text");
    assert_int_equal(chmod(scratch_path("dir/file"), 0644), 0);
    before = scratch_stat("dir/file").st_ino;
    assert_status(replace_in("dir", "new"), STATUS_OK);
    assert_file("dir/file", "new");
    assert_int_not_equal(scratch_stat("dir/file").st_ino, before);
    assert_mode("dir/file", S_IFREG | 0600);
    assert_mode("dir", S_IFDIR | 0750);
    assert_int_equal(scratch_count("dir"), 1);
}

/* It is neither followed nor replaced. */
static void test_a_link_in_the_place_of_the_folder(void **state)
{
    (void)state;
    scratch_mkdir("real");
    assert_int_equal(symlinkat("real", scratch.fd, "link"), 0);
    assert_int_equal(symlinkat("nowhere", scratch.fd, "dangling"), 0);
    assert_status(replace_in("link", "text"), STATUS_IO_ERROR);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "opening link: "));
    assert_status(replace_in("dangling", "text"), STATUS_IO_ERROR);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "opening dangling: "));
    assert_int_equal(scratch_count("real"), 0);
    assert_false(scratch_exists("nowhere"));
    assert_true(S_ISLNK(scratch_stat("link").st_mode));
}

/* Missing, and not to be made: procfs takes no new folder, from root neither. */
static void test_a_folder_that_cannot_be_made(void **state)
{
    (void)state;
    assert_int_not_equal(file_replace("", "/proc/self/none/dir", "file", "text", 4), STATUS_OK);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "opening /proc/self/none/dir: "));
    assert_int_equal(host_double_log_count(LOG_LEVEL_ERROR), 1);
}

/* An image must not lead to the files of the system that works on it. */
static void test_links_on_the_way(void **state)
{
    struct secret text;

    (void)state;
    scratch_mkdir("outside");
    scratch_mkdir("outside/dir");
    scratch_write_text("outside/dir/file", "old");
    scratch_mkdir("image");
    assert_int_equal(symlinkat("../outside", scratch.fd, "image/var"), 0);
    assert_int_not_equal(file_replace(scratch_path("image"), "/var/dir", "file", "new", 3), STATUS_OK);
    assert_int_not_equal(file_read(scratch_path("image"), "/var/dir/file", LIMIT, &text), STATUS_OK);
    assert_int_not_equal(file_lock(scratch_path("image"), "/var/dir", "lock", 0), STATUS_OK);
    assert_file("outside/dir/file", "old");
    assert_int_equal(scratch_count("outside/dir"), 1);
}

static void test_a_lock(void **state)
{
    (void)state;
    assert_status(file_lock(scratch.path, "/var/agent", "lock", 0), STATUS_OK);
    assert_mode("var/agent", S_IFDIR | 0700);
    assert_mode("var/agent/lock", S_IFREG | 0600);
    scratch_mkdir("dir");
    assert_int_equal(mkfifoat(scratch.fd, "dir/lock", 0600), 0);
    assert_status(file_lock(scratch.path, "/dir", "lock", 0), STATUS_NOT_REGULAR);
}

static void test_a_link_is_cleared_not_followed(void **state)
{
    (void)state;
    scratch_mkdir("state");
    scratch_write_text("other", "kept");
    assert_int_equal(symlinkat("../other", scratch.fd, "state/link"), 0);
    assert_status(file_clear(scratch.path, "/state", "lock"), STATUS_OK);
    assert_int_equal(scratch_count("state"), 0);
    assert_file("other", "kept");
}

static void test_a_lock_that_the_system_cannot_give(void **state)
{
    const int before = scratch_free_descriptor();

    (void)state;
    fails_to_lock = true;
    assert_status(file_lock(scratch.path, "/var/agent", "lock", 0), STATUS_IO_ERROR);
    fails_to_lock = false;
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "locking lock: No locks available"));
    assert_int_equal(scratch_free_descriptor(), before);
}

/* With the lock held: nothing is removed. */
static void test_a_folder_that_cannot_be_listed(void **state)
{
    const int before = scratch_free_descriptor();

    (void)state;
    scratch_mkdir("state");
    scratch_write_text("state/record", "kept");
    fails_to_list = true;
    assert_status(file_clear(scratch.path, "/state", "lock"), STATUS_NO_MEMORY);
    fails_to_list = false;
    assert_file("state/record", "kept");
    assert_int_equal(scratch_free_descriptor(), before);
}

static void test_a_path_that_is_too_long(void **state)
{
    char path[PATH_MAX + 8];
    struct secret text;

    (void)state;
    memset(path, 'x', sizeof path);
    (void)snprintf(path + PATH_MAX, 8, "/file");
    assert_status(file_read(scratch.path, path, LIMIT, &text), STATUS_INTERNAL);
    assert_zeroed(&text);
}

static void test_no_descriptor_is_left(void **state)
{
    int before = scratch_free_descriptor();

    (void)state;
    test_missing_folders_are_made(state);
    test_a_link_in_the_place_of_the_folder(state);
    assert_int_equal(scratch_free_descriptor(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(test_a_link_in_the_place_of_the_file),
        with_scratch(test_missing_folders_are_made),
        with_scratch(test_only_the_last_folder_is_missing),
        with_scratch(test_a_folder_that_is_there),
        with_scratch(test_a_link_in_the_place_of_the_folder),
        with_scratch(test_a_folder_that_cannot_be_made),
        with_scratch(test_links_on_the_way),
        with_scratch(test_a_lock),
        with_scratch(test_a_link_is_cleared_not_followed),
        with_scratch(test_a_lock_that_the_system_cannot_give),
        with_scratch(test_a_folder_that_cannot_be_listed),
        with_scratch(test_a_path_that_is_too_long),
        with_scratch(test_no_descriptor_is_left),
    };

    return cmocka_run_group_tests_name("file_posix", tests, NULL, NULL);
}
