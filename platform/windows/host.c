// SPDX-License-Identifier: Apache-2.0
#include "platform/host.h"

#include <stdlib.h>
#include <time.h>

#include "platform/windows/host_stop.h"
#include "platform/windows/os_error.h"
#include "platform/windows/winapi.h"

#include <winsock2.h>
#include <ws2ipdef.h>

#include <iphlpapi.h>

static HANDLE stop_event;
static HANDLE network_event;

/* In a thread of its own. Windows sends a service "logoff" when any user logs off: that is none to stop for.
 */
static BOOL WINAPI handle_console(DWORD what)
{
    if (what != CTRL_C_EVENT && what != CTRL_BREAK_EVENT && what != CTRL_CLOSE_EVENT)
        return FALSE;
    host_stop();
    /* A console that closes takes the process with it when this function returns: main() is to end first. */
    if (what == CTRL_CLOSE_EVENT)
        Sleep(INFINITE);
    return TRUE;
}

bool host_catch_stop(void)
{
    if (stop_event != NULL)
        return true;
    stop_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (stop_event != NULL && SetConsoleCtrlHandler(handle_console, TRUE))
        return true;
    (void)os_error_log(LOG_LEVEL_ERROR, "requests to stop cannot be caught", GetLastError());
    return false;
}

void *host_stop_event(void)
{
    return stop_event;
}

void host_stop(void)
{
    if (stop_event != NULL)
        (void)SetEvent(stop_event);
}

bool host_stopping(void)
{
    return stop_event != NULL && WaitForSingleObject(stop_event, 0) == WAIT_OBJECT_0;
}

/* An address that was added is of use once Windows has found no other machine that has it: a later change. */
static void note_change(MIB_NOTIFICATION_TYPE type)
{
    if (type != MibDeleteInstance)
        (void)SetEvent(network_event);
}

static void WINAPI address_changed(void *context, PMIB_UNICASTIPADDRESS_ROW row, MIB_NOTIFICATION_TYPE type)
{
    (void)context;
    (void)row;
    note_change(type);
}

static void WINAPI route_changed(void *context, PMIB_IPFORWARD_ROW2 row, MIB_NOTIFICATION_TYPE type)
{
    (void)context;
    (void)row;
    note_change(type);
}

/* Until the process ends. Without it waits end by the clock alone. */
static void watch_network(void)
{
    HANDLE addresses;
    HANDLE routes;
    DWORD error = NO_ERROR;

    network_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (network_event == NULL)
        error = GetLastError();
    if (error == NO_ERROR)
        error = NotifyUnicastIpAddressChange(AF_UNSPEC, address_changed, NULL, FALSE, &addresses);
    if (error == NO_ERROR)
        error = NotifyRouteChange2(AF_UNSPEC, route_changed, NULL, FALSE, &routes);
    if (error != NO_ERROR)
        (void)os_error_log(LOG_LEVEL_WARNING, "changes of the network cannot be watched", error);
}

/* Windows 10 and newer know colours, once told to. host_main() has that undone. */
bool host_shows_colour(void)
{
    const char *no_color = getenv("NO_COLOR");
    HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE);
    DWORD mode;

    return GetConsoleMode(out, &mode) && (no_color == NULL || no_color[0] == '\0') &&
           SetConsoleMode(out, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

const char *host_proxy_variable(void)
{
    static const char *const names[] = {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (getenv(names[i]) != NULL)
            return names[i];
    }
    return NULL;
}

enum status host_start(void)
{
    if (!host_catch_stop())
        return STATUS_INTERNAL;
    watch_network();
    return STATUS_OK;
}

/* One wait of at most timeout_ms, perhaps shorter. */
static enum host_wake wait_once(int64_t timeout_ms, bool wake_on_network)
{
    const HANDLE events[] = {stop_event, network_event};
    const DWORD count = wake_on_network && network_event != NULL ? 2 : 1;

    timeout_ms = timeout_ms < 0 ? 0 : timeout_ms < INFINITE ? timeout_ms : INFINITE - 1;
    switch (WaitForMultipleObjects(count, events, FALSE, (DWORD)timeout_ms)) {
    case WAIT_OBJECT_0:
        return HOST_STOP;
    case WAIT_OBJECT_0 + 1:
        return HOST_NETWORK;
    default:
        return HOST_TIMEOUT;
    }
}

enum host_wake host_wait(int64_t timeout_ms, bool wake_on_network)
{
    const int64_t end_ms = host_now_ms() + timeout_ms;
    int64_t left_ms = timeout_ms;
    enum host_wake wake;

    do {
        wake = wait_once(left_ms, wake_on_network);
        left_ms = end_ms - host_now_ms();
    } while (wake == HOST_TIMEOUT && left_ms > 0);
    return wake;
}

/* Of Windows' clocks that nobody sets, the others move on in steps of up to 16 ms. */
int64_t host_now_ms(void)
{
    LARGE_INTEGER now;
    LARGE_INTEGER per_second;

    (void)QueryPerformanceFrequency(&per_second);
    (void)QueryPerformanceCounter(&now);
    /* In two parts: the product would overflow after days. */
    return now.QuadPart / per_second.QuadPart * 1000 +
           now.QuadPart % per_second.QuadPart * 1000 / per_second.QuadPart;
}

int64_t host_time_s(void)
{
    return (int64_t)time(NULL);
}
