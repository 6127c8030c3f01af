// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/probe/registered.h"

#include <wchar.h>

/* As QueryServiceConfigW() has it: texts behind the struct; 8 KB is the most that there can be. */
union config {
    QUERY_SERVICE_CONFIGW config;
    BYTE room[8 * 1024];
};

static DWORD query(SC_HANDLE handle, struct registered *service)
{
    union config buffer;
    SERVICE_STATUS status;
    DWORD needed;

    if (!QueryServiceConfigW(handle, &buffer.config, sizeof buffer, &needed) ||
        !QueryServiceStatus(handle, &status))
        return GetLastError();
    service->start_type = buffer.config.dwStartType;
    service->state = status.dwCurrentState;
    service->exit_code = status.dwWin32ExitCode;
    service->specific_exit_code = status.dwServiceSpecificExitCode;
    if (wcslen(buffer.config.lpBinaryPathName) > REGISTERED_COMMAND_MAX)
        return ERROR_FILENAME_EXCED_RANGE;
    wcscpy(service->command, buffer.config.lpBinaryPathName);
    return ERROR_SUCCESS;
}

static DWORD open_and_query(SC_HANDLE manager, const wchar_t *name, struct registered *service)
{
    SC_HANDLE handle = OpenServiceW(manager, name, SERVICE_QUERY_CONFIG | SERVICE_QUERY_STATUS);
    DWORD code;

    if (handle == NULL)
        return GetLastError();
    code = query(handle, service);
    (void)CloseServiceHandle(handle);
    return code;
}

DWORD registered_find(const wchar_t *name, struct registered *service)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    DWORD code;

    if (manager == NULL)
        return GetLastError();
    code = open_and_query(manager, name, service);
    (void)CloseServiceHandle(manager);
    return code;
}
