// SPDX-License-Identifier: Apache-2.0
/* Other programs for the same job. */
#include "platform/probe.h"

#include "platform/windows/probe/registered.h"
#include "platform/windows/winapi.h"

/* Its two services and their folders. */
#define PLUGIN  "CloudResetPwdAgent"
#define UPDATER "CloudResetPwdUpdateAgent"

/* For cmd and for PowerShell. "net stop" waits for the end of the service. */
#define REMOVE_PLUGIN                                                                                        \
    "cmd /c \"net stop " PLUGIN " & net stop " UPDATER " & sc delete " PLUGIN " & sc delete " UPDATER        \
    " & rmdir /s /q C:\\" PLUGIN " C:\\" UPDATER "\""

static bool is_registered(const wchar_t *name)
{
    struct registered service;

    return registered_find(name, &service) == ERROR_SUCCESS;
}

static bool is_there(const wchar_t *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

void probe_old_plugin(const struct probe_subject *subject, struct finding *finding)
{
    const bool is_started = is_registered(L"" PLUGIN) || is_registered(L"" UPDATER);

    (void)subject;
    if (is_started)
        finding_warn(finding, "the Java plugin is installed, too: whichever is first applies a reset");
    else if (is_there(L"C:\\" PLUGIN) || is_there(L"C:\\" UPDATER))
        finding_warn(finding, "the Java plugin's folders are left, its services are not");
    else
        finding_ok(finding, "none");
    if (finding->level != FINDING_OK)
        finding_mend(finding, "", REMOVE_PLUGIN);
}

/* It gives the administrator a password when it meets a new instance, or metadata that it takes for one's. */
void probe_other_agent(const struct probe_subject *subject, struct finding *finding)
{
    struct registered service;
    DWORD code = registered_find(L"cloudbase-init", &service);

    (void)subject;
    if (code == ERROR_SERVICE_DOES_NOT_EXIST) {
        finding_ok(finding, "none");
    } else if (code != ERROR_SUCCESS) {
        finding_skip(finding, "the services cannot be looked at: error %lu", code);
    } else if (service.start_type == SERVICE_DISABLED) {
        finding_ok(finding, "cloudbase-init is disabled");
    } else {
        finding_warn(finding, "cloudbase-init is enabled: it may set another password at the next boot");
        finding_mend(finding, "", "sc.exe config cloudbase-init start= disabled");
    }
}
