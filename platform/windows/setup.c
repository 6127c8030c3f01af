// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/setup.h"

#include "agent/log.h"
#include "platform/windows/host_stop.h"
#include "platform/windows/os_error.h"
#include "platform/windows/winapi.h"

static bool is_set(HKEY key, const wchar_t *name)
{
    DWORD value = 0;
    DWORD size = sizeof value;

    return RegGetValueW(key, NULL, name, RRF_RT_REG_DWORD, NULL, &value, &size) == ERROR_SUCCESS &&
           value != 0;
}

/*
 * Not ImageState, which also is there: it stays IMAGE_STATE_UNDEPLOYABLE for ever on machines that work well
 * after a setup that was not content.
 */
static bool is_running(HKEY key)
{
    return is_set(key, L"SystemSetupInProgress") || is_set(key, L"OOBEInProgress");
}

bool setup_is_running(void)
{
    HKEY key;
    bool result;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"SYSTEM\\Setup", 0, KEY_QUERY_VALUE, &key) != ERROR_SUCCESS)
        return false;
    result = is_running(key);
    (void)RegCloseKey(key);
    return result;
}

/* Waits until a value of the key changes. changed is an event of its own. */
static enum status wait_for_end(HKEY key, HANDLE changed)
{
    const HANDLE events[] = {host_stop_event(), changed};

    for (bool is_first = true;; is_first = false) {
        /* Asked for before the look, or a change between the two would be missed. */
        LSTATUS error = RegNotifyChangeKeyValue(key, FALSE, REG_NOTIFY_CHANGE_LAST_SET, changed, TRUE);

        if (error != ERROR_SUCCESS)
            return os_error_log(LOG_LEVEL_ERROR, "Windows setup cannot be watched", (DWORD)error);
        if (!is_running(key))
            return STATUS_OK;
        if (is_first)
            log_info("Windows is being set up: waiting for its end");
        if (WaitForMultipleObjects(2, events, FALSE, INFINITE) != WAIT_OBJECT_0 + 1)
            return STATUS_STOPPED;
    }
}

enum status setup_wait(void)
{
    HKEY key;
    HANDLE changed;
    enum status status;
    LSTATUS error =
        RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"SYSTEM\\Setup", 0, KEY_QUERY_VALUE | KEY_NOTIFY, &key);

    if (error == ERROR_FILE_NOT_FOUND)
        return STATUS_OK;
    if (error != ERROR_SUCCESS)
        return os_error_log(LOG_LEVEL_ERROR, "Windows setup cannot be watched", (DWORD)error);
    changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (changed != NULL) {
        status = wait_for_end(key, changed);
        (void)CloseHandle(changed);
    } else {
        status = os_error_log(LOG_LEVEL_ERROR, "Windows setup cannot be watched", GetLastError());
    }
    (void)RegCloseKey(key);
    return status;
}
