// SPDX-License-Identifier: Apache-2.0
/* Days as they are shown. */
#ifndef PLATFORM_WINDOWS_PROBE_DATE_H
#define PLATFORM_WINDOWS_PROBE_DATE_H

#include <stdint.h>

enum { DATE_SIZE = 16 };

/* "2026-11-23", in UTC, of seconds since 1970. */
void date_format(int64_t time_s, char date[DATE_SIZE]);

#endif
