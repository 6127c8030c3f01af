// SPDX-License-Identifier: Apache-2.0
/*
 * Wine's LogonUserW() lets everybody in, and its RegFlushKey() leaves no trace. So that a test sees what the
 * agent does with a logon that is refused, this library, once it is loaded, puts a logon to the accounts of
 * the store in the place of that import of the program, and a call that is counted in the place of the other.
 */
#include "store.h"

#include <dsrole.h>
#include <lm.h>
#include <wchar.h>

static DWORD judge(const wchar_t *section, const wchar_t *password)
{
    wchar_t right[TEXT_SIZE];
    wchar_t given[TEXT_SIZE];
    DWORD flags = store_number(section, L"flags");

    store_text(section, L"password", right);
    store_hex(password, given);
    if (wcscmp(given, right) != 0)
        return ERROR_LOGON_FAILURE;
    if ((flags & UF_LOCKOUT) != 0)
        return ERROR_ACCOUNT_LOCKED_OUT;
    return (flags & UF_ACCOUNTDISABLE) != 0 ? ERROR_ACCOUNT_DISABLED : ERROR_SUCCESS;
}

/* Of which domain are the accounts? */
static const wchar_t *own_domain(void)
{
    return store_number(L"machine", L"role") >= DsRole_RoleBackupDomainController ? STORE_DOMAIN : L".";
}

static BOOL WINAPI logon(const wchar_t *user, const wchar_t *domain, const wchar_t *password, DWORD type,
                         DWORD provider, HANDLE *token)
{
    wchar_t section[32];
    DWORD code = store_call(L"LogonUser", user);

    if (code == 0 && (wcscmp(domain, own_domain()) != 0 || type != LOGON32_LOGON_NETWORK ||
                      provider != LOGON32_PROVIDER_DEFAULT || !store_find(user, section)))
        code = ERROR_LOGON_FAILURE;
    if (code == 0)
        code = judge(section, password);
    if (code == 0)
        *token = CreateEventW(NULL, TRUE, FALSE, NULL);
    SetLastError(code);
    return code == 0;
}

static LSTATUS WINAPI flush(HKEY key)
{
    (void)key;
    return (LSTATUS)store_call(L"RegFlushKey", L"");
}

/* By the name of what is imported there. */
static void replace(IMAGE_THUNK_DATA *at, const char *name)
{
    ULONG_PTR ours = strcmp(name, "LogonUserW") == 0 ? (ULONG_PTR)logon : (ULONG_PTR)flush;
    DWORD protection;

    (void)VirtualProtect(at, sizeof *at, PAGE_READWRITE, &protection);
    at->u1.Function = ours;
    (void)VirtualProtect(at, sizeof *at, protection, &protection);
}

static void replace_import(BYTE *base)
{
    const IMAGE_NT_HEADERS *headers =
        (const void *)(base + ((const IMAGE_DOS_HEADER *)(void *)base)->e_lfanew);
    DWORD imports = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress;
    const IMAGE_IMPORT_DESCRIPTOR *library = (const void *)(base + imports);

    for (; imports != 0 && library->Name != 0; library++) {
        const IMAGE_THUNK_DATA *named = (const void *)(base + library->OriginalFirstThunk);
        IMAGE_THUNK_DATA *at = (void *)(base + library->FirstThunk);

        for (; library->OriginalFirstThunk != 0 && named->u1.AddressOfData != 0; named++, at++) {
            const char *name =
                ((const IMAGE_IMPORT_BY_NAME *)(const void *)(base + named->u1.AddressOfData))->Name;

            if (!IMAGE_SNAP_BY_ORDINAL(named->u1.Ordinal) &&
                (strcmp(name, "LogonUserW") == 0 || strcmp(name, "RegFlushKey") == 0))
                replace(at, name);
        }
    }
}

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved)
{
    (void)self;
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH)
        replace_import((BYTE *)GetModuleHandleW(NULL));
    return TRUE;
}
