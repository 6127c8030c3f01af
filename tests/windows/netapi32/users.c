// SPDX-License-Identifier: Apache-2.0
/* NetUser functions on the accounts of the store. */
#include "store.h"

#include <lm.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

/* One account, with the text that it points to behind it, so that one NetApiBufferFree() is enough. */
struct entry {
    union {
        USER_INFO_3 all;
        USER_INFO_20 some;
    };
    wchar_t name[TEXT_SIZE];
};

static struct entry *make_entry(const wchar_t *section)
{
    struct entry *entry = calloc(1, sizeof *entry);

    store_text(section, L"name", entry->name);
    entry->some.usri20_name = entry->name;
    entry->some.usri20_user_id = store_number(section, L"rid");
    entry->some.usri20_flags = store_number(section, L"flags");
    return entry;
}

static struct entry *make_whole_entry(const wchar_t *section)
{
    struct entry *entry = calloc(1, sizeof *entry);
    DWORD expires = store_number(section, L"expires");

    store_text(section, L"name", entry->name);
    entry->all.usri3_name = entry->name;
    entry->all.usri3_user_id = store_number(section, L"rid");
    entry->all.usri3_flags = store_number(section, L"flags");
    entry->all.usri3_acct_expires = expires == 0 ? TIMEQ_FOREVER : expires;
    entry->all.usri3_password_expired = store_number(section, L"must_change");
    return entry;
}

NET_API_STATUS WINAPI NetApiBufferFree(void *buffer)
{
    free(buffer);
    return NERR_Success;
}

/* One account a call, whatever the buffer: there is always more to be asked for. */
NET_API_STATUS WINAPI NetUserEnum(const wchar_t *server, DWORD level, DWORD filter, BYTE **buffer, DWORD size,
                                  DWORD *count, DWORD *total, DWORD *resume)
{
    wchar_t section[32];
    DWORD code = store_call(L"NetUserEnum", L"");

    (void)size;
    if (code != 0)
        return code;
    if (server != NULL || level != 20 || filter != FILTER_NORMAL_ACCOUNT)
        return ERROR_INVALID_LEVEL;
    *total = store_number(L"machine", L"accounts") - *resume;
    *count = 0;
    if (!store_account(*resume, section))
        return NERR_Success;
    *buffer = (BYTE *)make_entry(section);
    *count = 1;
    ++*resume;
    return *total > 1 ? ERROR_MORE_DATA : NERR_Success;
}

NET_API_STATUS WINAPI NetUserGetInfo(const wchar_t *server, const wchar_t *user, DWORD level, BYTE **buffer)
{
    wchar_t section[32];
    DWORD code = store_call(L"NetUserGetInfo", user);

    if (code != 0)
        return code;
    if (server != NULL || (level != 3 && level != 20))
        return ERROR_INVALID_LEVEL;
    if (!store_find(user, section))
        return NERR_UserNotFound;
    *buffer = (BYTE *)(level == 3 ? make_whole_entry(section) : make_entry(section));
    return NERR_Success;
}

/* As SAM does: too short is the answer to every password that the policy dislikes. */
static NET_API_STATUS set_password(const wchar_t *section, const wchar_t *password)
{
    wchar_t hex[TEXT_SIZE];

    if (wcslen(password) < store_number(L"machine", L"min_passwd_len"))
        return NERR_PasswordTooShort;
    store_hex(password, hex);
    store_write(section, L"password", hex);
    return NERR_Success;
}

NET_API_STATUS WINAPI NetUserSetInfo(const wchar_t *server, const wchar_t *user, DWORD level, BYTE *buffer,
                                     DWORD *wrong)
{
    const void *info = buffer;
    wchar_t section[32];
    wchar_t call[32];
    DWORD code;

    (void)wrong;
    (void)_snwprintf(call, 32, L"NetUserSetInfo.%lu", level);
    code = store_call(call, user);
    if (code != 0)
        return code;
    if (server != NULL || !store_find(user, section))
        return NERR_UserNotFound;
    if (level == 1003)
        return set_password(section, ((const USER_INFO_1003 *)info)->usri1003_password);
    if (level != 1008)
        return ERROR_INVALID_LEVEL;
    store_write_number(section, L"flags", ((const USER_INFO_1008 *)info)->usri1008_flags);
    return NERR_Success;
}
