// SPDX-License-Identifier: Apache-2.0
/* windows.h without the names in it that are ours. Nothing here includes windows.h itself. */
#ifndef PLATFORM_WINDOWS_WINAPI_H
#define PLATFORM_WINDOWS_WINAPI_H

#include <windows.h>

#undef STATUS_NO_MEMORY /* of NTSTATUS; see agent/status.h */

#endif
