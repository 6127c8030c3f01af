// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "platform/file.h"
#include "platform/host.h"
#include "tests/unit/host_double.h"
#include "tests/unit/scratch.h"

enum { LIMIT = 100 };

/* Replaces `file` in that folder. */
static enum status replace_in(const char *dir, const char *text)
{
    return file_replace(scratch.path, dir, "file", text, strlen(text));
}

static void assert_mode(const char *name, mode_t mode)
{
    assert_int_equal(scratch_stat(name).st_mode, mode);
}

static void test_read(void **state)
{
    static const char BYTES[LIMIT] = "line\n\0more";
    struct secret text;

    (void)state;
    scratch_write("file", BYTES, sizeof BYTES);
    assert_status(file_read(scratch.path, "/file", LIMIT, &text), STATUS_OK);
    assert_holds(&text, BYTES, sizeof BYTES);
    secret_free(&text);
}

static void test_files_that_cannot_be_read(void **state)
{
    static const struct {
        const char *name;
        enum status status;
    } rows[] = {
        {"nothing", STATUS_NOT_FOUND},  {"no/where", STATUS_NOT_FOUND}, {"large", STATUS_FILE_TOO_LARGE},
        {"folder", STATUS_NOT_REGULAR}, {"link", STATUS_NOT_REGULAR},
    };
    static const char large[LIMIT + 1];

    (void)state;
    scratch_write("large", large, sizeof large);
    scratch_mkdir("folder");
    assert_int_equal(symlinkat("large", scratch.fd, "link"), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct secret text = {.len = 5, .capacity = 5};

        assert_row_status(rows[i].name, file_read("", scratch_path(rows[i].name), LIMIT, &text),
                          rows[i].status);
        assert_zeroed(&text);
    }
    assert_string_equal(host_double.log, "");
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

static void test_a_file_in_the_place_of_a_folder(void **state)
{
    (void)state;
    scratch_write_text("var", "no folder");
    assert_status(replace_in("var", "text"), STATUS_IO_ERROR);
    assert_status(replace_in("var/lib", "text"), STATUS_IO_ERROR);
    assert_int_equal(host_double_log_count(LOG_LEVEL_ERROR), 2);
    assert_file("var", "no folder");
}

/* Missing, and not to be made: procfs takes no new folder, from root neither. */
static void test_a_folder_that_cannot_be_made(void **state)
{
    (void)state;
    assert_int_not_equal(file_replace("", "/proc/self/none/dir", "file", "text", 4), STATUS_OK);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "opening /proc/self/none/dir: "));
    assert_int_equal(host_double_log_count(LOG_LEVEL_ERROR), 1);
}

static void test_a_path_that_is_too_long(void **state)
{
    static char path[HOST_PATH_MAX + 1];

    (void)state;
    memset(path, 'x', HOST_PATH_MAX);
    assert_int_not_equal(file_replace(scratch.path, path, "file", "text", 4), STATUS_OK);
    assert_int_equal(scratch_count("."), 0);
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
    /* Locks of open files keep out this very process, too. */
    assert_status(file_lock(scratch.path, "/var/agent", "lock", 0), STATUS_LOCK_TIMEOUT);
    scratch_mkdir("dir");
    assert_int_equal(mkfifoat(scratch.fd, "dir/lock", 0600), 0);
    assert_status(file_lock(scratch.path, "/dir", "lock", 0), STATUS_NOT_REGULAR);
}

static void test_clear(void **state)
{
    (void)state;
    scratch_mkdir("state");
    scratch_mkdir("elsewhere");
    scratch_write("elsewhere/file", "kept", 4);
    scratch_write("state/record", "x", 1);
    scratch_write("state/.record.new", "x", 1);
    scratch_write("state/lock", "", 0);
    assert_int_equal(symlinkat("../elsewhere/file", scratch.fd, "state/link"), 0);
    assert_status(file_clear(scratch.path, "/state", "lock"), STATUS_OK);
    /* Empty: it can be removed. */
    assert_int_equal(unlinkat(scratch.fd, "state", AT_REMOVEDIR), 0);
    assert_int_equal(scratch_stat("elsewhere/file").st_size, 4);
    assert_string_equal(host_double.log, "");
}

static void test_nothing_to_clear(void **state)
{
    (void)state;
    assert_status(file_clear(scratch.path, "/state", "lock"), STATUS_OK);
    /* Nor was a folder made. */
    assert_int_not_equal(faccessat(scratch.fd, "state", F_OK, 0), 0);
}

static void test_nothing_is_cleared_under_a_lock(void **state)
{
    (void)state;
    scratch_mkdir("state");
    scratch_write("state/record", "x", 1);
    assert_status(file_lock(scratch.path, "/state", "lock", host_now_ms()), STATUS_OK);
    assert_status(file_clear(scratch.path, "/state", "lock"), STATUS_LOCK_TIMEOUT);
    assert_int_equal(scratch_stat("state/record").st_size, 1);
}

static void test_a_folder_in_the_folder_to_clear(void **state)
{
    (void)state;
    scratch_mkdir("state");
    scratch_mkdir("state/folder");
    assert_int_not_equal(file_clear(scratch.path, "/state", "lock"), STATUS_OK);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "removing folder: "));
}

static void test_a_failure_leaves_the_old_file(void **state)
{
    (void)state;
    scratch_mkdir("dir");
    scratch_write_text("dir/file", "old");
    scratch_mkdir("dir/.file.resetpwd-agent"); /* in the way of the temporary */
    assert_status(replace_in("dir", "new"), STATUS_IO_ERROR);
    assert_file("dir/file", "old");
    assert_true(host_double_log_count(LOG_LEVEL_ERROR) > 0);
}

static void test_no_descriptor_is_left(void **state)
{
    int before = scratch_free_descriptor();

    (void)state;
    test_missing_folders_are_made(state);
    test_a_link_in_the_place_of_the_folder(state);
    test_a_failure_leaves_the_old_file(state);
    assert_int_equal(scratch_free_descriptor(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(test_read),
        with_scratch(test_files_that_cannot_be_read),
        with_scratch(test_missing_folders_are_made),
        with_scratch(test_only_the_last_folder_is_missing),
        with_scratch(test_a_folder_that_is_there),
        with_scratch(test_a_link_in_the_place_of_the_folder),
        with_scratch(test_a_file_in_the_place_of_a_folder),
        with_scratch(test_a_folder_that_cannot_be_made),
        with_scratch(test_a_path_that_is_too_long),
        with_scratch(test_links_on_the_way),
        with_scratch(test_a_lock),
        with_scratch(test_clear),
        with_scratch(test_nothing_to_clear),
        with_scratch(test_nothing_is_cleared_under_a_lock),
        with_scratch(test_a_folder_in_the_folder_to_clear),
        with_scratch(test_a_failure_leaves_the_old_file),
        with_scratch(test_no_descriptor_is_left),
    };

    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
