// SPDX-License-Identifier: Apache-2.0
/* What the service control manager knows of a service. */
#ifndef PLATFORM_WINDOWS_PROBE_REGISTERED_H
#define PLATFORM_WINDOWS_PROBE_REGISTERED_H

#include "platform/windows/winapi.h"

enum { REGISTERED_COMMAND_MAX = 1024 };

struct registered {
    DWORD start_type; /* SERVICE_AUTO_START ... */
    DWORD state;      /* SERVICE_STOPPED ... */
    DWORD exit_code;  /* of its last run, ERROR_SERVICE_SPECIFIC_ERROR for one of its own: */
    DWORD specific_exit_code;
    wchar_t command[REGISTERED_COMMAND_MAX + 1];
};

/* ERROR_SUCCESS; ERROR_SERVICE_DOES_NOT_EXIST; or why that cannot be told. */
DWORD registered_find(const wchar_t *name, struct registered *service);

#endif
