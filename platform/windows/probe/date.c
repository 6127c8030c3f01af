// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/probe/date.h"

#include <stdio.h>

#include "platform/windows/winapi.h"

void date_format(int64_t time_s, char date[DATE_SIZE])
{
    const int64_t EPOCH = INT64_C(116444736000000000); /* 1970 in FILETIME's units of 100 ns since 1601 */
    const ULARGE_INTEGER ticks = {.QuadPart = (ULONGLONG)(time_s * 10000000 + EPOCH)};
    const FILETIME file_time = {ticks.LowPart, ticks.HighPart};
    SYSTEMTIME time = {0};

    (void)FileTimeToSystemTime(&file_time, &time);
    (void)snprintf(date, DATE_SIZE, "%04u-%02u-%02u", time.wYear, time.wMonth, time.wDay);
}
