// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/wide.h"

#include <limits.h>

#include "platform/crypto.h"
#include "platform/windows/winapi.h"

bool wide_from_utf8(const char *text, wchar_t *out, size_t size)
{
    if (size <= INT_MAX && MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, out, (int)size) > 0)
        return true;
    crypto_wipe(out, size * sizeof *out);
    return false;
}

bool wide_to_utf8(const wchar_t *text, char *out, size_t size)
{
    if (size <= INT_MAX &&
        WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, out, (int)size, NULL, NULL) > 0)
        return true;
    crypto_wipe(out, size);
    return false;
}
