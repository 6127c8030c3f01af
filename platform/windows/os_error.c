// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/os_error.h"

#include <string.h>

#include "platform/windows/wide.h"
#include "platform/windows/winapi.h"

enum { WORDS_MAX = 400 };

enum status os_error_status(unsigned long code)
{
    switch (code) {
    case ERROR_SUCCESS:
        return STATUS_OK;
    case ERROR_ACCESS_DENIED:
    case ERROR_PRIVILEGE_NOT_HELD:
        return STATUS_DENIED;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
        return STATUS_DISK_FULL;
    case ERROR_WRITE_PROTECT:
        return STATUS_READ_ONLY;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_NO_SYSTEM_RESOURCES:
        return STATUS_NO_MEMORY;
    default:
        return STATUS_IO_ERROR;
    }
}

enum status os_error_log(enum log_level level, const char *what, unsigned long code)
{
    wchar_t words[WORDS_MAX];
    char text[3 * WORDS_MAX] = "";
    DWORD len = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
                                   FORMAT_MESSAGE_MAX_WIDTH_MASK,
                               NULL, code, 0, words, WORDS_MAX, NULL);

    /* They end in a full stop and a blank. */
    while (len > 0 && (words[len - 1] <= L' ' || words[len - 1] == L'.'))
        words[--len] = L'\0';
    if (len == 0 || !wide_to_utf8(words, text, sizeof text))
        (void)strcpy(text, "error");
    if (level == LOG_LEVEL_ERROR)
        log_error("%s: %s (%lu)", what, text, code);
    else
        log_warning("%s: %s (%lu)", what, text, code);
    return os_error_status(code);
}
