// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/harden.h"

#include "platform/windows/winapi.h"

#ifndef WER_FAULT_REPORTING_FLAG_NOHEAP /* werapi.h, which mingw-w64 has in pieces */
#define WER_FAULT_REPORTING_FLAG_NOHEAP 1
#endif

typedef void any_function(void);
typedef HRESULT WINAPI wer_set_flags(DWORD flags);
typedef BOOL WINAPI set_default_dll_directories(DWORD flags);
typedef BOOL WINAPI set_mitigation_policy(PROCESS_MITIGATION_POLICY policy, void *value, SIZE_T size);

/* What is not in each version of Windows, nor in each header: NULL where there is none. */
static any_function *find_function(const char *name)
{
    return (any_function *)GetProcAddress(GetModuleHandleW(L"kernel32.dll"), name);
}

/* No DLL is looked for where this program lies, where it was started, or in PATH. */
static void load_from_system32_only(void)
{
    set_default_dll_directories *set =
        (set_default_dll_directories *)find_function("SetDefaultDllDirectories");

    if (set == NULL || !set(LOAD_LIBRARY_SEARCH_SYSTEM32))
        (void)SetDllDirectoryW(L"");
}

/* Windows refuses the policies that it does not know yet. */
static void forbid_the_unneeded(void)
{
    PROCESS_MITIGATION_IMAGE_LOAD_POLICY image_load = {
        .NoRemoteImages = 1, .NoLowMandatoryLabelImages = 1, .PreferSystem32Images = 1};
    PROCESS_MITIGATION_CHILD_PROCESS_POLICY child_process = {.NoChildProcessCreation = 1};
    set_mitigation_policy *set = (set_mitigation_policy *)find_function("SetProcessMitigationPolicy");

    if (set == NULL)
        return;
    (void)set(ProcessImageLoadPolicy, &image_load, sizeof image_load);
    (void)set(ProcessChildProcessPolicy, &child_process, sizeof child_process);
}

/*
 * A crash asks nobody, and Windows Error Reporting keeps no dump of it; where that is called nevertheless,
 * for a heap that is corrupted, it leaves out what lies there.
 */
static void keep_memory_private(void)
{
    wer_set_flags *set = (wer_set_flags *)find_function("WerSetFlags");

    (void)SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    if (set != NULL)
        (void)set(WER_FAULT_REPORTING_FLAG_NOHEAP);
}

int mainCRTStartup(void);

int harden_and_start(void)
{
    load_from_system32_only();
    (void)HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0);
    keep_memory_private();
    forbid_the_unneeded();
    return mainCRTStartup();
}
