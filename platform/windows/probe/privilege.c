// SPDX-License-Identifier: Apache-2.0
#include "platform/probe.h"
#include "platform/windows/winapi.h"

/* Before an administrator has chosen "Run as administrator", his membership is only good for being refused.
 */
bool probe_is_privileged(void)
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    BOOL is_member;

    return CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size) &&
           CheckTokenMembership(NULL, sid, &is_member) && is_member;
}
