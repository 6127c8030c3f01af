// SPDX-License-Identifier: Apache-2.0
#include "platform/host.h"

#include <stdio.h>
#include <time.h>

#include "platform/windows/host_stop.h"
#include "platform/windows/winapi.h"

static HANDLE stop_event;

enum status host_start(void)
{
    stop_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    return stop_event != NULL ? STATUS_OK : STATUS_INTERNAL;
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

enum host_wake host_wait(int64_t timeout_ms, bool wake_on_network)
{
    (void)wake_on_network;
    return WaitForSingleObject(stop_event, (DWORD)timeout_ms) == WAIT_OBJECT_0 ? HOST_STOP : HOST_TIMEOUT;
}

int64_t host_now_ms(void)
{
    return (int64_t)GetTickCount64();
}

int64_t host_time_s(void)
{
    return (int64_t)time(NULL);
}

void host_log(enum log_level level, const char *line)
{
    (void)level;
    (void)fprintf(stderr, "resetpwd-agent: %s\n", line);
}

void host_console(const char *line)
{
    (void)line;
}

const char *host_config_path(void)
{
    return "C:\\ProgramData\\resetpwd-agent\\resetpwd-agent.conf";
}

const char *host_state_dir(void)
{
    return "C:\\ProgramData\\resetpwd-agent";
}
