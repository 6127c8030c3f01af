// SPDX-License-Identifier: Apache-2.0
/* What SAM knows of the account, and what it asks of passwords. */
#include "platform/probe.h"

#include <stdio.h>
#include <wchar.h>

#include "platform/host.h"
#include "platform/windows/domain.h"
#include "platform/windows/probe/command.h"
#include "platform/windows/probe/date.h"
#include "platform/windows/wide.h"
#include "platform/windows/winapi.h"

#include <lm.h>

enum {
    SHORTEST_MAX = 26, /* characters that each cloud takes */
    USUAL_SHORTEST = 14,
    DAY_S = 24 * 60 * 60,
    SOON_S = 7 * DAY_S
};

/* The account to reset, with *info to be freed by NetApiBufferFree(); false, told, when it cannot be had. */
static bool get_account(const struct probe_subject *subject, struct finding *finding, USER_INFO_3 **info)
{
    wchar_t user[ACCOUNT_NAME_MAX + 1];
    BYTE *buffer = NULL;
    NET_API_STATUS code = NERR_UserNotFound;

    if (wide_from_utf8(subject->user, user, ACCOUNT_NAME_MAX + 1))
        code = NetUserGetInfo(NULL, user, 3, &buffer);
    if (code != NERR_Success)
        finding_skip(finding, "the account cannot be looked at: error %lu", code);
    *info = (void *)buffer;
    return code == NERR_Success;
}

static void mend_account(const struct probe_subject *subject, struct finding *finding, const char *option)
{
    char word[COMMAND_WORD_SIZE];

    if (command_word(subject->user, word))
        finding_mend(finding, "", "net user %s %s", word, option);
}

void probe_locked(const struct probe_subject *subject, struct finding *finding)
{
    USER_INFO_3 *info;
    DWORD closed;
    const char *how;

    if (!get_account(subject, finding, &info))
        return;
    closed = info->usri3_flags & (UF_ACCOUNTDISABLE | UF_LOCKOUT);
    (void)NetApiBufferFree(info);
    how = (closed & UF_ACCOUNTDISABLE) != 0 ? "disabled" : "locked out";
    if (closed == 0) {
        finding_ok(finding, "neither disabled nor locked out");
    } else if (subject->account->unlock) {
        finding_ok(finding, "%s: a reset ends that, as unlock = yes", how);
    } else {
        finding_fail(finding, "%s, and a reset does not end that without unlock = yes", how);
        mend_account(subject, finding, "/active:yes");
    }
}

void probe_expired(const struct probe_subject *subject, struct finding *finding)
{
    USER_INFO_3 *info;
    DWORD end_s;
    char date[DATE_SIZE];

    if (!get_account(subject, finding, &info))
        return;
    end_s = info->usri3_acct_expires;
    (void)NetApiBufferFree(info);
    date_format(end_s, date);
    if (end_s == TIMEQ_FOREVER) {
        finding_ok(finding, "never expires");
    } else if (end_s > host_time_s() + SOON_S) {
        finding_ok(finding, "expires on %s", date);
    } else {
        if (end_s > host_time_s())
            finding_warn(finding, "expires on %s", date);
        else
            finding_fail(finding, "has expired on %s: nobody can log in", date);
        mend_account(subject, finding, "/expires:never");
    }
}

/* SAM takes a new password that an administrator sets for one that has been changed: [MS-SAMR] 3.1.1.8.7. */
void probe_must_change(const struct probe_subject *subject, struct finding *finding)
{
    USER_INFO_3 *info;

    if (!get_account(subject, finding, &info))
        return;
    if (info->usri3_password_expired != 0)
        finding_ok(finding, "the password must be changed: a reset does so");
    else
        finding_ok(finding, "no");
    (void)NetApiBufferFree(info);
}

/* Is a password of small letters refused, though it is long enough? No, where that cannot be asked. */
static bool must_be_complex(const char *name, DWORD shortest)
{
    wchar_t letters[PWLEN + 1] = {0};
    wchar_t user[ACCOUNT_NAME_MAX + 1];
    NET_VALIDATE_PASSWORD_RESET_INPUT_ARG asked = {.ClearPassword = letters, .UserAccountName = user};
    void *buffer = NULL;
    bool result = false;

    if (shortest > PWLEN || !wide_from_utf8(name, user, ACCOUNT_NAME_MAX + 1))
        return false;
    (void)wmemset(letters, L'z', shortest > USUAL_SHORTEST ? shortest : USUAL_SHORTEST);
    if (NetValidatePasswordPolicy(NULL, NULL, NetValidatePasswordReset, &asked, &buffer) == NERR_Success) {
        NET_API_STATUS said = ((const NET_VALIDATE_OUTPUT_ARG *)buffer)->ValidationStatus;

        /* The one for a short password stands for the others, too, as it does for NetUserSetInfo(). */
        result = said == NERR_PasswordNotComplexEnough || said == NERR_PasswordTooShort;
        (void)NetValidatePasswordPolicyFree(&buffer);
    }
    return result;
}

static void judge_policy(const char *name, const USER_MODALS_INFO_0 *policy, struct finding *finding)
{
    const DWORD shortest = policy->usrmod0_min_passwd_len;
    char days[40] = "";
    char history[60] = "";

    if (shortest > SHORTEST_MAX) {
        finding_warn(finding, "asks for %lu characters: clouds take no more than %d", shortest, SHORTEST_MAX);
        finding_mend(finding, "", "net accounts /minpwlen:%d", USUAL_SHORTEST);
        return;
    }
    if (policy->usrmod0_max_passwd_age != TIMEQ_FOREVER)
        (void)snprintf(days, sizeof days, ", for at most %lu days", policy->usrmod0_max_passwd_age / DAY_S);
    if (policy->usrmod0_password_hist_len > 0)
        (void)snprintf(history, sizeof history, "; a reset may repeat the last %lu",
                       policy->usrmod0_password_hist_len);
    finding_ok(finding, "at least %lu characters%s%s%s", shortest,
               must_be_complex(name, shortest) ? ", of several kinds" : "", days, history);
}

/* Of a password that an administrator sets, neither the history nor the least age is asked. */
void probe_password_policy(const struct probe_subject *subject, struct finding *finding)
{
    BYTE *policy = NULL;
    NET_API_STATUS code = NetUserModalsGet(NULL, 0, &policy);

    if (code != NERR_Success) {
        finding_skip(finding, "the policy cannot be looked at: error %lu", code);
        return;
    }
    judge_policy(subject->user, (const void *)policy, finding);
    (void)NetApiBufferFree(policy);
}

/* By cmd, as PowerShell's echo is another. The file may not end with a newline. */
#define FILE_NAME "%%ProgramData%%\\resetpwd-agent\\resetpwd-agent.conf"
#define ALLOW     "cmd /c \"echo.>>" FILE_NAME "&echo allow_domain_controller = yes>>" FILE_NAME "\""

void probe_domain_controller(const struct probe_subject *subject, struct finding *finding)
{
    struct domain domain;
    char name[4 * DNLEN];
    DWORD code = domain_find(&domain);

    if (code != ERROR_SUCCESS) {
        finding_skip(finding, "the role of this machine cannot be looked at: error %lu", code);
    } else if (!domain.is_controlled) {
        finding_ok(finding, "no");
    } else {
        if (!wide_to_utf8(domain.name, name, sizeof name))
            name[0] = '\0';
        if (subject->account->allow_domain_controller) {
            finding_ok(finding, "of %s: allowed", name);
            return;
        }
        finding_fail(finding, "of %s: its accounts are the domain's, and a reset is not allowed", name);
        finding_mend(finding, "", ALLOW);
    }
}
