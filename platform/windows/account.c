// SPDX-License-Identifier: Apache-2.0
/* The accounts that this machine itself keeps, in its security accounts manager (SAM). */
#include "platform/account.h"

#include <string.h>
#include <wchar.h>

#include "agent/log.h"
#include "agent/text.h"
#include "platform/crypto.h"
#include "platform/windows/account_codes.h"
#include "platform/windows/domain.h"
#include "platform/windows/os_error.h"
#include "platform/windows/wide.h"
#include "platform/windows/winapi.h"

#include <lm.h>

enum { NAME_SIZE = LM20_UNLEN + 1, PASSWORD_SIZE = PWLEN + 1 }; /* in UTF-16 units, with the NUL */

/* What is tried again is told, once, by whoever does so; and an unknown account by the outcome. */
static enum status failed(const char *doing, NET_API_STATUS code)
{
    enum status status = account_codes_status(code);

    if (status_is_transient(status))
        log_debug("%s: error %lu", doing, code);
    else if (status != STATUS_ACCOUNT_UNKNOWN)
        (void)os_error_log(LOG_LEVEL_ERROR, doing, code);
    return status;
}

/* ACCOUNT_UNKNOWN when the administrator is not among these. */
static enum status pick_administrator(const USER_INFO_20 *users, DWORD count, char name[ACCOUNT_NAME_MAX + 1])
{
    char found[ACCOUNT_NAME_MAX + 1];

    for (DWORD i = 0; i < count; i++) {
        if (users[i].usri20_user_id != DOMAIN_USER_RID_ADMIN)
            continue;
        if (!wide_to_utf8(users[i].usri20_name, found, sizeof found))
            return STATUS_ACCOUNT_NAME;
        memcpy(name, found, strlen(found) + 1);
        return STATUS_OK;
    }
    return STATUS_ACCOUNT_UNKNOWN;
}

/* SAM is asked, as it alone knows these accounts: a SID would be looked up in a domain, too. */
enum status account_administrator(const char *root, char name[ACCOUNT_NAME_MAX + 1])
{
    enum status status = STATUS_ACCOUNT_UNKNOWN;
    NET_API_STATUS code = ERROR_MORE_DATA;
    DWORD resume = 0;

    if (root[0] != '\0')
        return STATUS_NOT_SUPPORTED;
    while (status == STATUS_ACCOUNT_UNKNOWN && code == ERROR_MORE_DATA) {
        BYTE *users = NULL;
        DWORD count = 0;
        DWORD total;

        code = NetUserEnum(NULL, 20, FILTER_NORMAL_ACCOUNT, &users, MAX_PREFERRED_LENGTH, &count, &total,
                           &resume);
        if (code != NERR_Success && (code != ERROR_MORE_DATA || count == 0))
            status = failed("looking for the administrator's account", code);
        else
            status = pick_administrator((const void *)users, count, name);
        (void)NetApiBufferFree(users);
    }
    return status;
}

/* USER_INFO_0 has the rules, but for names of nothing but dots and blanks, which nobody can make. */
bool account_is_name(const char *name)
{
    size_t len = strlen(name);
    wchar_t wide[NAME_SIZE];

    return strspn(name, " .") < len && name[len - 1] != '.' && strpbrk(name, "\"/\\[]:;|=,+*?<>") == NULL &&
           text_is_printable(name) && wide_from_utf8(name, wide, NAME_SIZE);
}

/* SAM does not tell upper case from lower case, by the table that is used here, too. */
bool account_is_same_name(const char *a, const char *b)
{
    wchar_t wide_a[NAME_SIZE];
    wchar_t wide_b[NAME_SIZE];

    return wide_from_utf8(a, wide_a, NAME_SIZE) && wide_from_utf8(b, wide_b, NAME_SIZE) &&
           CompareStringOrdinal(wide_a, -1, wide_b, -1, TRUE) == CSTR_EQUAL;
}

static enum status find_domain(bool allow_controller, struct domain *domain)
{
    DWORD code = domain_find(domain);

    if (code != ERROR_SUCCESS)
        return failed("asking for the role of this machine", code);
    return domain->is_controlled && !allow_controller ? STATUS_DOMAIN_CONTROLLER : STATUS_OK;
}

static enum status get_flags(const wchar_t *user, DWORD *flags)
{
    BYTE *buffer = NULL;
    NET_API_STATUS code = NetUserGetInfo(NULL, user, 20, &buffer);

    if (code != NERR_Success)
        return failed("looking up the account", code);
    *flags = ((const USER_INFO_20 *)(const void *)buffer)->usri20_flags;
    (void)NetApiBufferFree(buffer);
    return STATUS_OK;
}

/* What account_check() says; and the name in UTF-16, and where that account is. */
static enum status check(const char *root, const char *name, const struct account_settings *settings,
                         wchar_t user[NAME_SIZE], struct domain *domain)
{
    enum status status;
    DWORD flags;

    if (root[0] != '\0')
        return STATUS_NOT_SUPPORTED;
    if (!account_is_name(name) || !wide_from_utf8(name, user, NAME_SIZE))
        return STATUS_ACCOUNT_NAME;
    status = find_domain(settings->allow_domain_controller, domain);
    if (status == STATUS_OK)
        status = get_flags(user, &flags);
    return status;
}

enum status account_check(const char *root, const char *name, const struct account_settings *settings)
{
    wchar_t user[NAME_SIZE];
    struct domain domain;

    return check(root, name, settings, user, &domain);
}

static bool is_shorter_than_policy(const wchar_t *password)
{
    BYTE *buffer = NULL;
    bool result;

    if (NetUserModalsGet(NULL, 0, &buffer) != NERR_Success)
        return false;
    result = wcslen(password) < ((const USER_MODALS_INFO_0 *)(const void *)buffer)->usrmod0_min_passwd_len;
    (void)NetApiBufferFree(buffer);
    return result;
}

static enum status set_password(const wchar_t *user, wchar_t *password)
{
    USER_INFO_1003 info = {.usri1003_password = password};
    NET_API_STATUS code = NetUserSetInfo(NULL, user, 1003, (BYTE *)&info, NULL);
    enum status status;

    if (code == NERR_Success)
        return STATUS_OK;
    status = failed("setting the password", code);
    if (status == STATUS_PASSWORD_REFUSED && is_shorter_than_policy(password))
        status = STATUS_PASSWORD_TOO_SHORT;
    return status;
}

/*
 * A disabled or locked out account keeps its owner out, whatever the password. The flags are read afterwards,
 * as a new password moves some of them. Nothing that fails here undoes the reset.
 */
static void open_to_owner(const char *name, const wchar_t *user, bool unlock)
{
    const DWORD closed = UF_ACCOUNTDISABLE | UF_LOCKOUT;
    USER_INFO_1008 info = {0};
    NET_API_STATUS code;

    if (get_flags(user, &info.usri1008_flags) != STATUS_OK || (info.usri1008_flags & closed) == 0)
        return;
    if (!unlock) {
        log_warning("the account %s is %s: logging in will be refused; with unlock = yes a reset ends that",
                    name, (info.usri1008_flags & UF_ACCOUNTDISABLE) != 0 ? "disabled" : "locked out");
        return;
    }
    info.usri1008_flags &= ~closed;
    code = NetUserSetInfo(NULL, user, 1008, (BYTE *)&info, NULL);
    if (code == NERR_Success)
        log_info("the account %s was disabled or locked out, and is no longer", name);
    else
        (void)os_error_log(LOG_LEVEL_WARNING, "the account stays disabled or locked out", code);
}

/*
 * SAM is kept in the registry, whose changes Windows writes to the disk in its own time. (The domain's
 * accounts are kept elsewhere: a domain controller has this key all the same.)
 */
static enum status make_durable(void)
{
    HKEY sam;
    LSTATUS error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"SAM", 0, KEY_QUERY_VALUE, &sam);

    if (error == ERROR_SUCCESS) {
        error = RegFlushKey(sam);
        (void)RegCloseKey(sam);
    }
    if (error == ERROR_SUCCESS)
        return STATUS_OK;
    (void)os_error_log(LOG_LEVEL_ERROR, "bringing the password to the disk", (DWORD)error);
    return STATUS_NOT_DURABLE;
}

/* By a network logon: it starts no session. One that is refused says nothing of the password, mostly. */
static enum status verify(const wchar_t *user, const wchar_t *domain, const wchar_t *password)
{
    HANDLE token = NULL;
    DWORD code = ERROR_SUCCESS;
    enum status status;

    if (!LogonUserW(user, domain, password, LOGON32_LOGON_NETWORK, LOGON32_PROVIDER_DEFAULT, &token))
        code = GetLastError();
    if (token != NULL)
        (void)CloseHandle(token);
    status = account_codes_logon(code);
    if (status != STATUS_OK)
        (void)os_error_log(LOG_LEVEL_ERROR, "logging on with the new password", code);
    else if (code != ERROR_SUCCESS)
        (void)os_error_log(LOG_LEVEL_WARNING, "the password is set, but cannot be verified by logging on",
                           code);
    return status;
}

enum status account_set_password(const char *root, const char *name, const struct account_settings *settings,
                                 const struct secret *password, int64_t deadline_ms)
{
    wchar_t user[NAME_SIZE];
    struct domain domain;
    wchar_t wide[PASSWORD_SIZE];
    enum status durable;
    enum status status = check(root, name, settings, user, &domain);

    (void)deadline_ms; /* SAM does not let its callers wait for each other */
    if (status != STATUS_OK)
        return status;
    if (!wide_from_utf8(secret_text(password), wide, PASSWORD_SIZE)) {
        log_error("Windows takes no password of more than %d characters", PWLEN);
        return STATUS_PASSWORD_REFUSED;
    }
    status = set_password(user, wide);
    if (status == STATUS_OK) {
        open_to_owner(name, user, settings->unlock);
        durable = make_durable();
        status = verify(user, domain.name, wide);
        if (status == STATUS_OK)
            status = durable;
    }
    crypto_wipe(wide, sizeof wide);
    return status;
}

/* A password is one call of the system here. */
enum status account_tidy(const char *root, int64_t deadline_ms)
{
    (void)root;
    (void)deadline_ms;
    return STATUS_OK;
}
