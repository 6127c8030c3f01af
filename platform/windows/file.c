// SPDX-License-Identifier: Apache-2.0
#include "platform/file.h"

#include <stdio.h>
#include <string.h>

#include "agent/log.h"
#include "platform/host.h"
#include "platform/windows/os_error.h"
#include "platform/windows/path.h"
#include "platform/windows/private_file.h"
#include "platform/windows/wide.h"
#include "platform/windows/winapi.h"

enum { LOCK_INTERVAL_MS = 100, MOVE_INTERVAL_MS = 50, MOVE_TRIES = 20, NAME_SIZE = 3 * MAX_PATH + 1 };

/* See host_takes_root(). */
static enum status check_root(const char *root)
{
    return root[0] == '\0' ? STATUS_OK : STATUS_NOT_SUPPORTED;
}

static enum status read_all(HANDLE file, const char *path, size_t limit, struct secret *out)
{
    LARGE_INTEGER size;
    DWORD got;
    enum status status;

    if (!GetFileSizeEx(file, &size))
        return os_error_log(LOG_LEVEL_ERROR, path, GetLastError());
    if ((ULONGLONG)size.QuadPart > limit || size.HighPart != 0)
        return STATUS_FILE_TOO_LARGE;
    status = secret_alloc(out, size.LowPart);
    if (status != STATUS_OK)
        return status;
    if (!ReadFile(file, out->bytes, size.LowPart, &got, NULL)) {
        status = os_error_log(LOG_LEVEL_ERROR, path, GetLastError());
        secret_free(out);
        return status;
    }
    out->len = got;
    return STATUS_OK;
}

enum status file_read(const char *root, const char *path, size_t limit, struct secret *out)
{
    enum status status = check_root(root);
    HANDLE file = INVALID_HANDLE_VALUE;

    *out = (struct secret){0};
    if (status != STATUS_OK)
        return status;
    /* A file elsewhere has been named by whoever started this program. */
    status = private_is_place(path) ? private_open(path, GENERIC_READ, OPEN_EXISTING, &file)
                                    : private_open_any(path, GENERIC_READ, OPEN_EXISTING, &file);
    if (status != STATUS_OK)
        return status;
    status = read_all(file, path, limit, out);
    (void)CloseHandle(file);
    return status;
}

/* On failure no file is left. */
static enum status write_new(const char *path, const wchar_t *wide, const void *bytes, size_t len)
{
    HANDLE file = INVALID_HANDLE_VALUE;
    DWORD written;
    enum status status = private_open(path, GENERIC_WRITE, CREATE_NEW, &file);

    if (status != STATUS_OK)
        return status;
    if (!WriteFile(file, bytes, (DWORD)len, &written, NULL) || !FlushFileBuffers(file))
        status = os_error_log(LOG_LEVEL_ERROR, path, GetLastError());
    (void)CloseHandle(file);
    if (status != STATUS_OK)
        (void)DeleteFileW(wide);
    return status;
}

/* Who has the old file open, for reading or to look for viruses, has it for a moment. */
static DWORD move_over(const wchar_t *from, const wchar_t *to)
{
    for (int attempt = 1;; attempt++) {
        DWORD error = ERROR_SUCCESS;

        /* Not ReplaceFileW(): that knows no write-through, and keeps the old file's ACL. */
        if (!MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
            error = GetLastError();
        if ((error != ERROR_ACCESS_DENIED && error != ERROR_SHARING_VIOLATION) || attempt == MOVE_TRIES)
            return error;
        Sleep(MOVE_INTERVAL_MS);
    }
}

static enum status write_and_move(const char *temporary, const char *path, const void *bytes, size_t len)
{
    wchar_t from[PATH_WIDE_SIZE];
    wchar_t to[PATH_WIDE_SIZE];
    DWORD error;
    enum status status = path_wide(temporary, from);

    if (status == STATUS_OK)
        status = path_wide(path, to);
    if (status != STATUS_OK)
        return status;
    if (DeleteFileW(from))
        log_warning("removed %s, which an interrupted run had left", temporary);
    status = write_new(temporary, from, bytes, len);
    if (status != STATUS_OK)
        return status;
    error = move_over(from, to);
    if (error == ERROR_SUCCESS)
        return STATUS_OK;
    (void)DeleteFileW(from);
    return os_error_log(LOG_LEVEL_ERROR, path, error);
}

enum status file_replace(const char *root, const char *dir, const char *name, const void *bytes, size_t len)
{
    char temporary_name[NAME_SIZE];
    char path[HOST_PATH_MAX];
    char temporary[HOST_PATH_MAX];
    enum status status = check_root(root);

    (void)snprintf(temporary_name, sizeof temporary_name, ".%s.resetpwd-agent", name);
    if (status == STATUS_OK)
        status = path_join(dir, name, path);
    if (status == STATUS_OK)
        status = path_join(dir, temporary_name, temporary);
    if (status == STATUS_OK)
        status = private_folder(dir, true);
    if (status == STATUS_OK)
        status = write_and_move(temporary, path, bytes, len);
    return status;
}

static enum status wait_for_lock(HANDLE file, const char *path, int64_t end_ms)
{
    const DWORD flags = LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY;
    OVERLAPPED start = {0};

    while (!LockFileEx(file, flags, 0, 1, 0, &start)) {
        DWORD error = GetLastError();

        if (error != ERROR_LOCK_VIOLATION)
            return os_error_log(LOG_LEVEL_ERROR, path, error);
        if (host_now_ms() >= end_ms)
            return STATUS_LOCK_TIMEOUT;
        if (host_wait(LOCK_INTERVAL_MS, false) == HOST_STOP)
            return STATUS_STOPPED;
    }
    return STATUS_OK;
}

/* Closing *file lets the lock go. */
static enum status take_lock(const char *path, int64_t end_ms, HANDLE *file)
{
    HANDLE opened = INVALID_HANDLE_VALUE;
    enum status status = private_open(path, GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS, &opened);

    if (status != STATUS_OK)
        return status;
    status = wait_for_lock(opened, path, end_ms);
    if (status == STATUS_OK)
        *file = opened;
    else
        (void)CloseHandle(opened);
    return status;
}

enum status file_lock(const char *root, const char *dir, const char *name, int64_t end_ms)
{
    char path[HOST_PATH_MAX];
    HANDLE file = INVALID_HANDLE_VALUE; /* stays open */
    enum status status = check_root(root);

    if (status == STATUS_OK)
        status = path_join(dir, name, path);
    if (status == STATUS_OK)
        status = private_folder(dir, true);
    if (status == STATUS_OK)
        status = take_lock(path, end_ms, &file);
    return status;
}

static enum status remove_file(const char *dir, const char *name)
{
    char path[HOST_PATH_MAX];
    wchar_t wide[PATH_WIDE_SIZE];
    enum status status = path_join(dir, name, path);

    if (status == STATUS_OK)
        status = path_wide(path, wide);
    if (status == STATUS_OK && !DeleteFileW(wide))
        status = os_error_log(LOG_LEVEL_ERROR, path, GetLastError());
    return status;
}

static enum status remove_unless(const char *dir, const wchar_t *name, const char *kept)
{
    char text[NAME_SIZE];

    if (!wide_to_utf8(name, text, sizeof text))
        return os_error_log(LOG_LEVEL_ERROR, dir, ERROR_INVALID_NAME);
    if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0 || strcmp(text, kept) == 0)
        return STATUS_OK;
    return remove_file(dir, text);
}

/* Removes all files in dir but the one called kept. */
static enum status remove_others(const char *dir, const char *kept)
{
    char pattern[HOST_PATH_MAX];
    wchar_t wide[PATH_WIDE_SIZE];
    WIN32_FIND_DATAW entry;
    HANDLE search;
    enum status status = path_join(dir, "*", pattern);

    if (status == STATUS_OK)
        status = path_wide(pattern, wide);
    if (status != STATUS_OK)
        return status;
    search = FindFirstFileW(wide, &entry);
    if (search == INVALID_HANDLE_VALUE)
        return os_error_log(LOG_LEVEL_ERROR, dir, GetLastError());
    do
        status = remove_unless(dir, entry.cFileName, kept);
    while (status == STATUS_OK && FindNextFileW(search, &entry));
    if (status == STATUS_OK && GetLastError() != ERROR_NO_MORE_FILES)
        status = os_error_log(LOG_LEVEL_ERROR, dir, GetLastError());
    (void)FindClose(search);
    return status;
}

enum status file_clear(const char *root, const char *dir, const char *lock)
{
    char path[HOST_PATH_MAX];
    HANDLE file = INVALID_HANDLE_VALUE;
    enum status status = check_root(root);

    if (status == STATUS_OK)
        status = private_folder(dir, false);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    if (status == STATUS_OK)
        status = path_join(dir, lock, path);
    if (status == STATUS_OK)
        status = take_lock(path, host_now_ms(), &file);
    if (status == STATUS_OK)
        status = remove_others(dir, lock);
    if (status == STATUS_OK)
        status = remove_file(dir, lock);
    if (file != INVALID_HANDLE_VALUE)
        (void)CloseHandle(file);
    return status;
}
