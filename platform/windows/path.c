// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/path.h"

#include <stdio.h>
#include <string.h>

#include "agent/log.h"
#include "platform/windows/wide.h"
#include "platform/windows/winapi.h"

/* Behind this prefix a path may be longer than MAX_PATH, and is taken as it is. */
static const wchar_t LONG_PREFIX[] = L"\\\\?\\";

enum { PREFIX_LEN = sizeof LONG_PREFIX / sizeof LONG_PREFIX[0] - 1 };

static enum status refuse(const char *path)
{
    log_error("%s: not a path that Windows takes", path);
    return STATUS_IO_ERROR;
}

enum status path_wide(const char *path, wchar_t out[PATH_WIDE_SIZE])
{
    wchar_t given[HOST_PATH_MAX];
    wchar_t *full = out + PREFIX_LEN;
    DWORD len;

    if (!wide_from_utf8(path, given, HOST_PATH_MAX))
        return refuse(path);
    len = GetFullPathNameW(given, HOST_PATH_MAX, full, NULL);
    if (len == 0 || len >= HOST_PATH_MAX)
        return refuse(path);
    /* A share, a device, or a path with a prefix already. */
    if (wcsncmp(full, L"\\\\", 2) == 0)
        (void)memmove(out, full, (len + 1) * sizeof *out);
    else
        (void)memcpy(out, LONG_PREFIX, PREFIX_LEN * sizeof *out);
    return STATUS_OK;
}

enum status path_join(const char *dir, const char *name, char out[HOST_PATH_MAX])
{
    int len = snprintf(out, HOST_PATH_MAX, "%s\\%s", dir, name);

    return len > 0 && len < HOST_PATH_MAX ? STATUS_OK : refuse(dir);
}

size_t path_folder_len(const char *path)
{
    size_t len = strlen(path);

    while (len > 0 && path[len - 1] != '\\' && path[len - 1] != '/')
        len--;
    return len > 0 ? len - 1 : 0;
}
