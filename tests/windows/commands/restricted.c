// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a command line as an administrator has it who has not chosen "Run as administrator": his membership is
 * only good for being refused. Ends with its exit code.
 */
#include <windows.h>

int wmain(int argc, wchar_t *argv[])
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    SID_AND_ATTRIBUTES administrators = {sid, 0};
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    HANDLE token;
    HANDLE restricted;
    DWORD code;

    if (argc != 2 || !CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size) ||
        !OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &token) ||
        !CreateRestrictedToken(token, 0, 1, &administrators, 0, NULL, 0, NULL, &restricted) ||
        !CreateProcessAsUserW(restricted, NULL, argv[1], NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
        return 99;
    (void)WaitForSingleObject(process.hProcess, INFINITE);
    return GetExitCodeProcess(process.hProcess, &code) ? (int)code : 99;
}
