// SPDX-License-Identifier: Apache-2.0
#include "platform/probe.h"

#include <wchar.h>

#include "platform/host.h"
#include "platform/windows/wide.h"
#include "platform/windows/winapi.h"

#define MB (1024 * 1024)

enum { LOW_MB = 50 };

/* The record's drive, which mostly is that of the accounts, too. */
void probe_disk_space(const struct probe_subject *subject, struct finding *finding)
{
    wchar_t drive[HOST_PATH_MAX];
    ULARGE_INTEGER free;

    (void)subject;
    if (!wide_from_utf8(host_state_dir(), drive, HOST_PATH_MAX) || drive[1] != L':') {
        finding_skip(finding, "%s is on no drive", host_state_dir());
        return;
    }
    wcscpy(drive + 2, L"\\");
    if (!GetDiskFreeSpaceExW(drive, &free, NULL, NULL))
        finding_skip(finding, "%lc: cannot be asked for its free space: error %lu", drive[0], GetLastError());
    else if (free.QuadPart < MB)
        finding_fail(finding, "%lc: is full", drive[0]);
    else if (free.QuadPart < LOW_MB * MB)
        finding_warn(finding, "%lc: has only %llu MB free", drive[0], free.QuadPart / MB);
    else
        finding_ok(finding, "%lc: has %llu MB free", drive[0], free.QuadPart / MB);
}
