// SPDX-License-Identifier: Apache-2.0
/* What platform/file.h promises on every system. */
#include "tests/unit/unit.h"

#include "platform/file.h"
#include "platform/host.h"
#include "tests/unit/host_double.h"
#include "tests/unit/scratch.h"

enum { LIMIT = 100 };

#define FILE_NAME STATE_DIR "/file"

static void make_state_dir(void)
{
    scratch_mkdir(CONFIG_DIR);
    scratch_mkdir(STATE_DIR);
}

/* Replaces `file` in the folder of the state. */
static enum status replace(const char *text)
{
    return file_replace(scratch.root, host_state_dir(), "file", text, strlen(text));
}

static enum status lock(int64_t end_ms)
{
    return file_lock(scratch.root, host_state_dir(), "lock", end_ms);
}

static enum status clear(void)
{
    return file_clear(scratch.root, host_state_dir(), "lock");
}

static void test_read(void **state)
{
    static const char BYTES[LIMIT] = "line\n\0more\r\n\x1a";
    struct secret text;

    (void)state;
    scratch_mkdir(CONFIG_DIR);
    scratch_write(CONFIG_FILE, BYTES, sizeof BYTES);
    assert_status(file_read(scratch.root, host_config_path(), LIMIT, &text), STATUS_OK);
    assert_holds(&text, BYTES, sizeof BYTES);
    secret_free(&text);
    scratch_write(CONFIG_FILE, "", 0);
    assert_status(file_read(scratch.root, host_config_path(), LIMIT, &text), STATUS_OK);
    assert_holds(&text, "", 0);
    assert_string_equal(secret_text(&text), "");
    secret_free(&text);
}

static void test_files_that_cannot_be_read(void **state)
{
    static const struct {
        const char *name;
        enum status status;
    } rows[] = {
        {"nothing", STATUS_NOT_FOUND},
        {"no/where", STATUS_NOT_FOUND},
        {"large", STATUS_FILE_TOO_LARGE},
        {"folder", STATUS_NOT_REGULAR},
    };
    static const char large[LIMIT + 1];

    (void)state;
    scratch_write("large", large, sizeof large);
    scratch_mkdir("folder");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct secret text = {.len = 5, .capacity = 5};

        assert_row_status(rows[i].name, file_read("", scratch_path(rows[i].name), LIMIT, &text),
                          rows[i].status);
        assert_zeroed(&text);
    }
    assert_string_equal(host_double.log, "");
}

static void test_missing_folders_are_made(void **state)
{
    struct secret text;

    (void)state;
    assert_status(file_read(scratch.root, host_config_path(), LIMIT, &text), STATUS_NOT_FOUND);
    assert_int_equal(scratch_count("."), 0);
    assert_status(replace("text"), STATUS_OK);
    assert_file(FILE_NAME, "text");
    assert_int_equal(scratch_count(STATE_DIR), 1);
    assert_string_equal(host_double.log, "");
}

static void test_an_old_file(void **state)
{
    (void)state;
    assert_status(replace("a longer old text"), STATUS_OK);
    assert_status(replace("new"), STATUS_OK);
    assert_file(FILE_NAME, "new");
    assert_status(replace(""), STATUS_OK);
    assert_file(FILE_NAME, "");
    assert_int_equal(scratch_count(STATE_DIR), 1);
    assert_string_equal(host_double.log, "");
}

static void test_what_an_interrupted_run_left(void **state)
{
    (void)state;
    make_state_dir();
    scratch_write_text(STATE_DIR "/.file.resetpwd-agent", "half of a longer te");
    assert_status(replace("text"), STATUS_OK);
    assert_file(FILE_NAME, "text");
    assert_int_equal(scratch_count(STATE_DIR), 1);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "interrupted run"));
}

static void test_a_file_in_the_place_of_a_folder(void **state)
{
    (void)state;
    scratch_write_text(CONFIG_DIR, "no folder");
    assert_status(replace("text"), STATUS_IO_ERROR);
    assert_status(lock(0), STATUS_IO_ERROR);
    assert_status(clear(), STATUS_IO_ERROR);
    assert_int_equal(host_double_log_count(LOG_LEVEL_ERROR), 3);
    assert_file(CONFIG_DIR, "no folder");
    scratch_unlink(CONFIG_DIR);
    scratch_mkdir(CONFIG_DIR);
    scratch_write_text(STATE_DIR, "no folder");
    assert_status(replace("text"), STATUS_IO_ERROR);
    assert_file(STATE_DIR, "no folder");
}

static void test_a_path_that_is_too_long(void **state)
{
    static char path[HOST_PATH_MAX + 1];

    (void)state;
    memset(path, 'x', HOST_PATH_MAX);
    assert_int_not_equal(file_replace(scratch.root, path, "file", "text", 4), STATUS_OK);
    assert_int_equal(scratch_count("."), 0);
}

static void test_a_failure_leaves_the_old_file(void **state)
{
    (void)state;
    make_state_dir();
    scratch_write_text(FILE_NAME, "old");
    scratch_mkdir(STATE_DIR "/.file.resetpwd-agent"); /* in the way of the temporary */
    assert_status(replace("new"), STATUS_IO_ERROR);
    assert_file(FILE_NAME, "old");
    assert_true(host_double_log_count(LOG_LEVEL_ERROR) > 0);
}

static void test_a_failure_leaves_no_new_file(void **state)
{
    (void)state;
    make_state_dir();
    scratch_mkdir(FILE_NAME); /* in the way of the last step */
    assert_int_not_equal(replace("new"), STATUS_OK);
    assert_int_equal(scratch_count(STATE_DIR), 1);
    assert_int_equal(host_double_log_count(LOG_LEVEL_ERROR), 1);
}

/* Locks of open files keep out this very process, too. */
static void test_a_lock_is_waited_for(void **state)
{
    const int64_t start_ms = host_now_ms();

    (void)state;
    assert_status(lock(start_ms), STATUS_OK);
    assert_int_equal(host_now_ms(), start_ms);
    assert_status(lock(start_ms), STATUS_LOCK_TIMEOUT);
    assert_int_equal(host_now_ms(), start_ms);
    assert_status(lock(start_ms + 1000), STATUS_LOCK_TIMEOUT);
    assert_in_range(host_now_ms(), start_ms + 1000, start_ms + 1200);
    assert_string_equal(host_double.log, "");
}

static void test_a_stop_while_a_lock_is_waited_for(void **state)
{
    const int64_t start_ms = host_now_ms();

    (void)state;
    assert_status(lock(start_ms), STATUS_OK);
    host_double.stop_at_ms = start_ms + 500;
    assert_status(lock(start_ms + 100000), STATUS_STOPPED);
    assert_int_equal(host_now_ms(), start_ms + 500);
}

static void test_clear(void **state)
{
    (void)state;
    make_state_dir();
    scratch_write_text(CONFIG_FILE, "kept");
    scratch_write_text(STATE_DIR "/record", "x");
    scratch_write_text(STATE_DIR "/.record.resetpwd-agent", "x");
    scratch_write_text(STATE_DIR "/lock", "");
    assert_status(clear(), STATUS_OK);
    assert_int_equal(scratch_count(STATE_DIR), 0);
    assert_file(CONFIG_FILE, "kept");
    assert_string_equal(host_double.log, "");
    /* The lock has been let go. */
    assert_status(clear(), STATUS_OK);
    assert_status(lock(0), STATUS_OK);
}

static void test_nothing_to_clear(void **state)
{
    (void)state;
    assert_status(clear(), STATUS_OK);
    /* Nor was a folder made. */
    assert_int_equal(scratch_count("."), 0);
}

static void test_nothing_is_cleared_under_a_lock(void **state)
{
    (void)state;
    make_state_dir();
    scratch_write_text(STATE_DIR "/record", "x");
    assert_status(lock(host_now_ms()), STATUS_OK);
    assert_status(clear(), STATUS_LOCK_TIMEOUT);
    assert_file(STATE_DIR "/record", "x");
}

/* The lock, which goes last, is still there: in Windows the names come in order. */
static void test_a_folder_in_the_folder_to_clear(void **state)
{
    (void)state;
    make_state_dir();
    scratch_mkdir(STATE_DIR "/z folder");
    assert_int_not_equal(clear(), STATUS_OK);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "z folder: "));
    assert_int_equal(host_double_log_count(LOG_LEVEL_ERROR), 1);
    assert_true(scratch_exists(STATE_DIR "/lock"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(test_read),
        with_scratch(test_files_that_cannot_be_read),
        with_scratch(test_missing_folders_are_made),
        with_scratch(test_an_old_file),
        with_scratch(test_what_an_interrupted_run_left),
        with_scratch(test_a_file_in_the_place_of_a_folder),
        with_scratch(test_a_path_that_is_too_long),
        with_scratch(test_a_failure_leaves_the_old_file),
        with_scratch(test_a_failure_leaves_no_new_file),
        with_scratch(test_a_lock_is_waited_for),
        with_scratch(test_a_stop_while_a_lock_is_waited_for),
        with_scratch(test_clear),
        with_scratch(test_nothing_to_clear),
        with_scratch(test_nothing_is_cleared_under_a_lock),
        with_scratch(test_a_folder_in_the_folder_to_clear),
    };

    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
