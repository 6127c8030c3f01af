// SPDX-License-Identifier: Apache-2.0
/* Windows' own functions take UTF-16, this program has UTF-8. Both ways are strict: nothing is replaced. */
#ifndef PLATFORM_WINDOWS_WIDE_H
#define PLATFORM_WINDOWS_WIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/*
 * Writes text as UTF-16 to out, which has room for size units with the NUL. False, and out wiped, when it
 * does not fit or is not well-formed.
 */
bool wide_from_utf8(const char *text, wchar_t *out, size_t size);

/* The other way; size in bytes with the NUL. */
bool wide_to_utf8(const wchar_t *text, char *out, size_t size);

#endif
