// SPDX-License-Identifier: Apache-2.0
/*
 * Of Windows' own programs what wine's do not know, as sc.exe and as net.exe:
 *
 *   sc config SERVICE start= auto|disabled
 *   net user NAME /active:yes|/expires:never
 *   net accounts /minpwlen:NUMBER
 *
 * The accounts are those of the double of netapi32.dll.
 */
#include "../netapi32/store.h"

#include <lm.h>
#include <stdlib.h>
#include <wchar.h>

static int config(const wchar_t *name, const wchar_t *option, const wchar_t *value)
{
    const DWORD start = wcscmp(value, L"auto") == 0 ? SERVICE_AUTO_START : SERVICE_DISABLED;
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceW(manager, name, SERVICE_CHANGE_CONFIG);

    return wcscmp(option, L"start=") == 0 &&
                   ChangeServiceConfigW(service, SERVICE_NO_CHANGE, start, SERVICE_NO_CHANGE, NULL, NULL,
                                        NULL, NULL, NULL, NULL, NULL)
               ? EXIT_SUCCESS
               : EXIT_FAILURE;
}

static int user(const wchar_t *name, const wchar_t *option)
{
    wchar_t section[32];
    DWORD flags;

    if (!store_find(name, section))
        return EXIT_FAILURE;
    if (wcscmp(option, L"/expires:never") == 0) {
        store_write_number(section, L"expires", 0);
        return EXIT_SUCCESS;
    }
    flags = store_number(section, L"flags") & ~(DWORD)(UF_ACCOUNTDISABLE | UF_LOCKOUT);
    if (wcscmp(option, L"/active:yes") != 0)
        return EXIT_FAILURE;
    store_write_number(section, L"flags", flags);
    return EXIT_SUCCESS;
}

static int accounts(const wchar_t *option)
{
    static const wchar_t NAME[] = L"/minpwlen:";
    const size_t len = wcslen(NAME);

    if (wcsncmp(option, NAME, len) != 0)
        return EXIT_FAILURE;
    store_write(L"machine", L"min_passwd_len", option + len);
    return EXIT_SUCCESS;
}

int wmain(int argc, wchar_t *argv[])
{
    if (argc == 5 && wcscmp(argv[1], L"config") == 0)
        return config(argv[2], argv[3], argv[4]);
    if (argc == 4 && wcscmp(argv[1], L"user") == 0)
        return user(argv[2], argv[3]);
    if (argc == 3 && wcscmp(argv[1], L"accounts") == 0)
        return accounts(argv[2]);
    return EXIT_FAILURE;
}
