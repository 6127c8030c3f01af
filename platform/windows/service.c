// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/service.h"

#include "agent/log.h"
#include "platform/windows/host_stop.h"
#include "platform/windows/log_sink.h"
#include "platform/windows/os_error.h"
#include "platform/windows/setup.h"
#include "platform/windows/winapi.h"

enum { STOP_HINT_MS = 30000 };

static wchar_t service_name[] = L"resetpwd-agent";
static host_program *service_program;
static SERVICE_STATUS_HANDLE service_handle;

/* Tells the state. The control handler has a thread of its own: nothing may be told after STOPPED. */
static void report(DWORD state, int exit_code)
{
    static SRWLOCK lock = SRWLOCK_INIT;
    static SERVICE_STATUS status = {.dwServiceType = SERVICE_WIN32_OWN_PROCESS};

    AcquireSRWLockExclusive(&lock);
    if (status.dwCurrentState != SERVICE_STOPPED) {
        status.dwCurrentState = state;
        status.dwControlsAccepted = state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN |
                                                                   SERVICE_ACCEPT_PRESHUTDOWN
                                                             : 0;
        status.dwWaitHint = state == SERVICE_STOP_PENDING ? STOP_HINT_MS : 0;
        status.dwWin32ExitCode = exit_code == 0 ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR;
        status.dwServiceSpecificExitCode = (DWORD)exit_code;
        (void)SetServiceStatus(service_handle, &status);
    }
    ReleaseSRWLockExclusive(&lock);
}

static DWORD WINAPI handle_control(DWORD control, DWORD type, void *data, void *context)
{
    (void)type;
    (void)data;
    (void)context;
    switch (control) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
    case SERVICE_CONTROL_PRESHUTDOWN:
        report(SERVICE_STOP_PENDING, 0);
        host_stop();
        return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
        return NO_ERROR;
    default:
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

/* A shutdown, and no metadata service that answers: a warning in the log, no failed service. */
static int service_exit_code(int code)
{
    static const enum status no_failures[] = {STATUS_STOPPED, STATUS_UNREACHABLE, STATUS_TIMED_OUT,
                                              STATUS_CONNECTION_LOST};

    for (size_t i = 0; i < sizeof no_failures / sizeof *no_failures; i++) {
        if (code == status_exit_code(no_failures[i]))
            return 0;
    }
    return code;
}

static int run_when_set_up(void)
{
    char name[] = "resetpwd-agent";
    char command[] = "run";
    char *argv[] = {name, command, NULL};
    enum status status = setup_wait();

    return status == STATUS_OK ? service_program(2, argv) : status_exit_code(status);
}

static void WINAPI service_main(DWORD argc, wchar_t **argv)
{
    int code = status_exit_code(STATUS_INTERNAL);

    (void)argc;
    (void)argv;
    log_sink_is_event_log();
    service_handle = RegisterServiceCtrlHandlerExW(service_name, handle_control, NULL);
    if (service_handle == NULL) {
        (void)os_error_log(LOG_LEVEL_ERROR, "the service cannot be controlled", GetLastError());
        return;
    }
    if (host_catch_stop()) {
        /* At once: what starts after this service does not wait for a reset. */
        report(SERVICE_RUNNING, 0);
        code = run_when_set_up();
    }
    report(SERVICE_STOPPED, service_exit_code(code));
}

int service_run(host_program *program)
{
    const SERVICE_TABLE_ENTRYW services[] = {{service_name, service_main}, {NULL, NULL}};

    service_program = program;
    if (StartServiceCtrlDispatcherW(services))
        return status_exit_code(STATUS_OK);
    if (GetLastError() == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) {
        log_error("\"service\" is for the service control manager; the command is \"run\"");
        return status_exit_code(STATUS_USAGE);
    }
    (void)os_error_log(LOG_LEVEL_ERROR, "the service control manager cannot be reached", GetLastError());
    return status_exit_code(STATUS_INTERNAL);
}
