// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>
#include <wchar.h>

#include "platform/windows/wide.h"
#include "platform/windows/winapi.h"
#include "tests/unit/host_double.h"
#include "tests/unit/scratch.h"

enum { WIDE_SIZE = 1024 };

/* The long form: tests make paths that are longer than MAX_PATH. */
static const wchar_t *wide_path(const char *name)
{
    static wchar_t wide[WIDE_SIZE];
    wchar_t given[SCRATCH_PATH_MAX];

    assert_true(wide_from_utf8(scratch_path(name), given, SCRATCH_PATH_MAX));
    assert_in_range(GetFullPathNameW(given, WIDE_SIZE - 4, wide + 4, NULL), 1, WIDE_SIZE - 5);
    memcpy(wide, L"\\\\?\\", 4 * sizeof *wide);
    return wide;
}

/* Its name has a blank and a letter that no code page of the West has. */
int scratch_setup(void **state)
{
    static unsigned count;
    wchar_t temp[MAX_PATH + 1];
    char folder[SCRATCH_PATH_MAX / 2];
    int len;

    assert_in_range(GetTempPathW(MAX_PATH + 1, temp), 1, MAX_PATH);
    assert_true(wide_to_utf8(temp, folder, sizeof folder));
    len = snprintf(scratch.path, sizeof scratch.path, "%sresetpwd \xe5\xaf\x86 %lu-%u", folder,
                   GetCurrentProcessId(), ++count);
    assert_true(len > 0 && (size_t)len < sizeof scratch.path);
    assert_true(CreateDirectoryW(wide_path(""), NULL));
    scratch.place = scratch.path;
    return host_double_reset(state);
}

/* A file that is open, such as a lock, would be in its folder until the process ends: it is moved away first.
 */
static void remove_file(const wchar_t *path)
{
    static unsigned count;
    wchar_t aside[WIDE_SIZE];
    char name[SCRATCH_PATH_MAX];

    (void)snprintf(name, sizeof name, "../gone %lu-%u", GetCurrentProcessId(), ++count);
    wcscpy(aside, wide_path(name));
    assert_true(MoveFileW(path, aside) && DeleteFileW(aside));
}

/* Removes what is in a folder; path has room for more. */
static void empty(wchar_t path[WIDE_SIZE], size_t len)
{
    WIN32_FIND_DATAW entry;
    HANDLE search;

    wcscpy(path + len, L"\\*");
    search = FindFirstFileW(path, &entry);
    assert_true(search != INVALID_HANDLE_VALUE);
    do {
        bool is_folder = (entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;

        if (wcscmp(entry.cFileName, L".") == 0 || wcscmp(entry.cFileName, L"..") == 0)
            continue;
        assert_true(len + 1 + wcslen(entry.cFileName) + 2 < WIDE_SIZE);
        wcscpy(path + len + 1, entry.cFileName);
        if (is_folder) {
            empty(path, wcslen(path));
            assert_true(RemoveDirectoryW(path));
        } else {
            remove_file(path);
        }
    } while (FindNextFileW(search, &entry));
    assert_true(FindClose(search));
    path[len] = L'\0';
}

int scratch_teardown(void **state)
{
    wchar_t path[WIDE_SIZE];

    (void)state;
    wcscpy(path, wide_path("."));
    empty(path, wcslen(path));
    assert_true(RemoveDirectoryW(path));
    return 0;
}

void scratch_mkdir(const char *name)
{
    assert_true(CreateDirectoryW(wide_path(name), NULL));
}

static HANDLE open_file(const char *name, DWORD access, DWORD disposition)
{
    HANDLE file = CreateFileW(wide_path(name), access, FILE_SHARE_READ, NULL, disposition, 0, NULL);

    assert_true(file != INVALID_HANDLE_VALUE);
    return file;
}

void scratch_write(const char *name, const void *bytes, size_t len)
{
    HANDLE file = open_file(name, GENERIC_WRITE, CREATE_ALWAYS);
    DWORD written = 0;

    assert_true(WriteFile(file, bytes, (DWORD)len, &written, NULL));
    assert_int_equal(written, len);
    assert_true(CloseHandle(file));
}

struct secret scratch_read(const char *name)
{
    HANDLE file = open_file(name, GENERIC_READ, OPEN_EXISTING);
    DWORD size = GetFileSize(file, NULL);
    struct secret text;

    assert_status(secret_alloc(&text, size), STATUS_OK);
    assert_true(ReadFile(file, text.bytes, size, &size, NULL));
    assert_int_equal(size, text.capacity);
    text.len = size;
    assert_true(CloseHandle(file));
    return text;
}

void scratch_unlink(const char *name)
{
    assert_true(DeleteFileW(wide_path(name)));
}

bool scratch_exists(const char *name)
{
    return GetFileAttributesW(wide_path(name)) != INVALID_FILE_ATTRIBUTES;
}

size_t scratch_count(const char *name)
{
    char pattern[SCRATCH_PATH_MAX];
    WIN32_FIND_DATAW entry;
    HANDLE search;
    size_t count = 0;

    (void)snprintf(pattern, sizeof pattern, "%s/*", name);
    search = FindFirstFileW(wide_path(pattern), &entry);
    assert_true(search != INVALID_HANDLE_VALUE);
    do
        count += wcscmp(entry.cFileName, L".") != 0 && wcscmp(entry.cFileName, L"..") != 0;
    while (FindNextFileW(search, &entry));
    assert_true(FindClose(search));
    return count;
}
