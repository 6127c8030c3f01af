// SPDX-License-Identifier: Apache-2.0
/* platform/file.h where there are owners, access control lists and long paths. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "platform/windows/winapi.h"

#include <aclapi.h>

#include "platform/file.h"
#include "platform/host.h"
#include "platform/windows/path.h"
#include "platform/windows/wide.h"
#include "tests/unit/host_double.h"
#include "tests/unit/scratch.h"

#define FILE_NAME STATE_DIR "/file"

enum { LIMIT = 100, LONG_NAME = 200, BACK_TO_NORMAL = 3 };

static HANDLE reader = INVALID_HANDLE_VALUE; /* has the file open, and lets nobody replace it */
static unsigned sleeps;

/* The time that a replacement waits for a reader: this one is ready after a few times, or never. */
static void WINAPI count_sleep(DWORD time_ms)
{
    (void)time_ms;
    if (++sleeps == BACK_TO_NORMAL && reader != INVALID_HANDLE_VALUE) {
        assert_true(CloseHandle(reader));
        reader = INVALID_HANDLE_VALUE;
    }
}

/* Takes the place of kernel32's. */
void(WINAPI *__imp_Sleep)(DWORD) = count_sleep;

static enum status replace(const char *text)
{
    return file_replace("", host_state_dir(), "file", text, strlen(text));
}

static HANDLE open_for_reading(const char *name)
{
    wchar_t wide[SCRATCH_PATH_MAX];
    HANDLE file;

    assert_true(wide_from_utf8(scratch_path(name), wide, SCRATCH_PATH_MAX));
    file = CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    return file;
}

static void test_a_reader_is_waited_for(void **state)
{
    (void)state;
    sleeps = 0;
    assert_status(replace("old"), STATUS_OK);
    reader = open_for_reading(FILE_NAME);
    assert_status(replace("new"), STATUS_OK);
    assert_int_equal(sleeps, BACK_TO_NORMAL);
    assert_file(FILE_NAME, "new");
    assert_string_equal(host_double.log, "");
}

static void test_a_reader_that_stays(void **state)
{
    HANDLE stays;

    (void)state;
    sleeps = 0;
    assert_status(replace("old"), STATUS_OK);
    stays = open_for_reading(FILE_NAME);
    assert_int_not_equal(replace("new"), STATUS_OK);
    assert_in_range(sleeps, 10, 100);
    assert_true(CloseHandle(stays));
    assert_file(FILE_NAME, "old");
    assert_int_equal(scratch_count(STATE_DIR), 1);
    assert_int_equal(host_double_log_count(LOG_LEVEL_ERROR), 1);
}

static bool is_for_others(PSID sid)
{
    return IsWellKnownSid(sid, WinWorldSid) || IsWellKnownSid(sid, WinAuthenticatedUserSid) ||
           IsWellKnownSid(sid, WinBuiltinUsersSid);
}

static void assert_private(const char *name)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    wchar_t wide[SCRATCH_PATH_MAX];
    PACL list = NULL;

    assert_true(wide_from_utf8(scratch_path(name), wide, SCRATCH_PATH_MAX));
    assert_int_equal(GetNamedSecurityInfoW(wide, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &list,
                                           NULL, &descriptor),
                     ERROR_SUCCESS);
    assert_non_null(list); /* without a list everybody may do everything */
    for (DWORD i = 0; i < list->AceCount; i++) {
        void *entry;

        assert_true(GetAce(list, i, &entry));
        assert_row(name, !is_for_others(&((ACCESS_ALLOWED_ACE *)entry)->SidStart));
    }
    (void)LocalFree(descriptor);
}

static void test_nobody_else_is_let_in(void **state)
{
    (void)state;
    assert_status(replace("text"), STATUS_OK);
    assert_status(file_lock("", host_state_dir(), "lock", 0), STATUS_OK);
    assert_private(CONFIG_DIR);
    assert_private(STATE_DIR);
    assert_private(FILE_NAME);
    assert_private(STATE_DIR "/lock");
}

static void test_paths_longer_than_max_path(void **state)
{
    char name[LONG_NAME + 1];
    char folder[HOST_PATH_MAX];
    char path[HOST_PATH_MAX + 8];
    struct secret text;

    (void)state;
    memset(name, 'x', LONG_NAME);
    name[LONG_NAME] = '\0';
    (void)snprintf(folder, sizeof folder, "%s\\%s", scratch.path, name);
    assert_status(file_replace("", folder, "one", "1", 1), STATUS_OK);
    (void)strcat(strcat(folder, "/"), name);
    assert_status(file_replace("", folder, "two", "2", 1), STATUS_OK);
    assert_true(strlen(folder) > MAX_PATH);
    (void)snprintf(path, sizeof path, "%s/two", folder);
    assert_status(file_read("", path, LIMIT, &text), STATUS_OK);
    assert_holds_text(&text, "2");
    secret_free(&text);
    assert_status(file_clear("", folder, "lock"), STATUS_OK);
    assert_status(file_read("", path, LIMIT, &text), STATUS_NOT_FOUND);
    assert_string_equal(host_double.log, "");
}

/* Wine takes long paths without a prefix, too; Windows does not. */
static void test_the_prefix_of_a_path(void **state)
{
    static const struct {
        const char *path;
        const wchar_t *wide;
    } rows[] = {
        {"C:\\a", L"\\\\?\\C:\\a"},
        {"C:\\a b\\..\\c/d", L"\\\\?\\C:\\c\\d"},
        {"C:\\\xc3\xa9", L"\\\\?\\C:\\\u00e9"},
        {"\\\\server\\share\\a", L"\\\\server\\share\\a"},
        {"\\\\?\\C:\\a", L"\\\\?\\C:\\a"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        wchar_t wide[PATH_WIDE_SIZE];

        assert_row_status(rows[i].path, path_wide(rows[i].path, wide), STATUS_OK);
        assert_row(rows[i].path, wcscmp(wide, rows[i].wide) == 0);
    }
}

static void test_what_is_no_file(void **state)
{
    static const char *const devices[] = {"NUL", "C:\\NUL", "\\\\.\\NUL", "\\\\.\\pipe"};
    struct secret text;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(devices); i++)
        assert_row(devices[i], file_read("", devices[i], LIMIT, &text) != STATUS_OK);
    assert_status(file_read("", "NUL", LIMIT, &text), STATUS_NOT_REGULAR);
    assert_status(file_read("", "C:\\no\xff", LIMIT, &text), STATUS_IO_ERROR);
    assert_true(host_double_logged(LOG_LEVEL_ERROR, "not a path"));
}

static void test_there_are_no_roots(void **state)
{
    struct secret text = {.len = 5, .capacity = 5};

    (void)state;
    assert_status(file_read(scratch.path, "/file", LIMIT, &text), STATUS_NOT_SUPPORTED);
    assert_zeroed(&text);
    assert_status(file_replace(scratch.path, "/dir", "file", "text", 4), STATUS_NOT_SUPPORTED);
    assert_status(file_lock(scratch.path, "/dir", "lock", 0), STATUS_NOT_SUPPORTED);
    assert_status(file_clear(scratch.path, "/dir", "lock"), STATUS_NOT_SUPPORTED);
    assert_int_equal(scratch_count("."), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scratch(test_a_reader_is_waited_for), with_scratch(test_a_reader_that_stays),
        with_scratch(test_nobody_else_is_let_in),  with_scratch(test_paths_longer_than_max_path),
        with_scratch(test_the_prefix_of_a_path),   with_scratch(test_what_is_no_file),
        with_scratch(test_there_are_no_roots),
    };

    return cmocka_run_group_tests_name("private_file", tests, NULL, NULL);
}
