// SPDX-License-Identifier: Apache-2.0
#include "store.h"

#include <stdio.h>
#include <wchar.h>

static const wchar_t FILE_NAME[] = L"C:\\netapi32\\machine.ini";
static const wchar_t CALLS_NAME[] = L"C:\\netapi32\\calls";

DWORD store_number(const wchar_t *section, const wchar_t *key)
{
    return GetPrivateProfileIntW(section, key, 0, FILE_NAME);
}

void store_text(const wchar_t *section, const wchar_t *key, wchar_t text[TEXT_SIZE])
{
    (void)GetPrivateProfileStringW(section, key, L"", text, TEXT_SIZE, FILE_NAME);
}

void store_write(const wchar_t *section, const wchar_t *key, const wchar_t *text)
{
    (void)WritePrivateProfileStringW(section, key, text, FILE_NAME);
}

void store_write_number(const wchar_t *section, const wchar_t *key, DWORD number)
{
    wchar_t text[16];

    (void)_snwprintf(text, 16, L"%lu", number);
    store_write(section, key, text);
}

static void add_line(const wchar_t *call, const wchar_t *about)
{
    wchar_t line[TEXT_SIZE];
    char utf8[3 * TEXT_SIZE];
    DWORD written;
    HANDLE file = CreateFileW(CALLS_NAME, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);

    (void)_snwprintf(line, TEXT_SIZE, L"%ls %ls\n", call, about);
    (void)WideCharToMultiByte(CP_UTF8, 0, line, -1, utf8, sizeof utf8, NULL, NULL);
    (void)WriteFile(file, utf8, (DWORD)strlen(utf8), &written, NULL);
    (void)CloseHandle(file);
}

DWORD store_call(const wchar_t *call, const wchar_t *about)
{
    DWORD code = store_number(L"fail", call);
    DWORD times = store_number(L"times", call);

    add_line(call, about);
    if (code != 0 && times > 0) {
        store_write_number(L"times", call, times - 1);
        if (times == 1)
            store_write(L"fail", call, NULL);
    }
    return code;
}

BOOL store_account(DWORD number, wchar_t section[32])
{
    (void)_snwprintf(section, 32, L"account%lu", number);
    return number < store_number(L"machine", L"accounts");
}

BOOL store_find(const wchar_t *name, wchar_t section[32])
{
    wchar_t found[TEXT_SIZE];

    for (DWORD i = 0; store_account(i, section); i++) {
        store_text(section, L"name", found);
        if (lstrcmpiW(found, name) == 0)
            return TRUE;
    }
    return FALSE;
}

void store_hex(const wchar_t *text, wchar_t hex[TEXT_SIZE])
{
    size_t at = 0;

    for (; *text != L'\0' && at + 5 < TEXT_SIZE; text++, at += 4)
        (void)_snwprintf(hex + at, 5, L"%04x", *text);
    hex[at] = L'\0';
}
