// SPDX-License-Identifier: Apache-2.0
/* This program as a service, and Windows' setup, for whose end that waits. */
#include "platform/probe.h"

#include <string.h>
#include <wchar.h>

#include "platform/host.h"
#include "platform/windows/probe/command.h"
#include "platform/windows/probe/registered.h"
#include "platform/windows/setup.h"
#include "platform/windows/wide.h"
#include "platform/windows/winapi.h"

#include <shellapi.h>

#define NAME "resetpwd-agent"

/* The program in the command line of a service, with what stands for %variables%; false when there is none.
 */
static bool program_of(const wchar_t *command, wchar_t program[REGISTERED_COMMAND_MAX + 1])
{
    wchar_t expanded[REGISTERED_COMMAND_MAX + 1];
    DWORD size = ExpandEnvironmentStringsW(command, expanded, REGISTERED_COMMAND_MAX + 1);
    wchar_t **words;
    int count;

    if (size == 0 || size > REGISTERED_COMMAND_MAX + 1)
        return false;
    words = CommandLineToArgvW(expanded, &count);
    if (words == NULL)
        return false;
    wcscpy(program, words[0]);
    (void)LocalFree(words);
    return true;
}

static bool is_this_program(const wchar_t *program)
{
    wchar_t own[REGISTERED_COMMAND_MAX + 1];
    DWORD len = GetModuleFileNameW(NULL, own, REGISTERED_COMMAND_MAX + 1);

    return len > 0 && len <= REGISTERED_COMMAND_MAX &&
           CompareStringOrdinal(program, -1, own, -1, TRUE) == CSTR_EQUAL;
}

/* How it ended when it last was started: a run's failure is told by "last-run". */
static void judge_end(const struct registered *service, struct finding *finding)
{
    if (service->state != SERVICE_STOPPED)
        finding_ok(finding, "starts at boot, runs now");
    else if (service->exit_code == ERROR_SERVICE_NEVER_STARTED)
        finding_ok(finding, "starts at boot, has not been started since the last one");
    else if (service->exit_code == ERROR_SERVICE_SPECIFIC_ERROR)
        finding_ok(finding, "starts at boot, last ended with exit code %lu", service->specific_exit_code);
    else if (service->exit_code != NO_ERROR)
        finding_warn(finding, "starts at boot, but the last start failed: error %lu", service->exit_code);
    else
        finding_ok(finding, "starts at boot, ended well");
}

static void judge_program(const struct registered *service, struct finding *finding)
{
    wchar_t program[REGISTERED_COMMAND_MAX + 1];
    char path[FINDING_FOUND_MAX];

    if (!program_of(service->command, program) || !wide_to_utf8(program, path, sizeof path))
        finding_fail(finding, "the service " NAME " names no program: install the MSI again");
    else if (GetFileAttributesW(program) == INVALID_FILE_ATTRIBUTES)
        finding_fail(finding, "the service's program is not there: %s; install the MSI again", path);
    else if (!is_this_program(program))
        finding_warn(finding, "the service starts another program than this: %s", path);
    else
        judge_end(service, finding);
}

void probe_service(const struct probe_subject *subject, struct finding *finding)
{
    struct registered service;
    DWORD code = registered_find(L"" NAME, &service);

    (void)subject;
    if (code == ERROR_SERVICE_DOES_NOT_EXIST) {
        finding_fail(finding, "the service " NAME " is not installed: install the MSI again");
    } else if (code != ERROR_SUCCESS) {
        finding_skip(finding, "the services cannot be looked at: error %lu", code);
    } else if (service.start_type != SERVICE_AUTO_START) {
        finding_fail(finding, "the service " NAME " is %s",
                     service.start_type == SERVICE_DISABLED ? "disabled" : "not started at boot");
        finding_mend(finding, "", "sc.exe config " NAME " start= auto");
    } else {
        judge_program(&service, finding);
    }
}

void probe_setup(const struct probe_subject *subject, struct finding *finding)
{
    (void)subject;
    if (setup_is_running())
        finding_warn(finding, "Windows is being set up: the service waits until that has ended");
    else
        finding_ok(finding, "Windows is set up");
}
