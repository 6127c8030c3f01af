// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/account_codes.h"

#include "platform/windows/os_error.h"
#include "platform/windows/winapi.h"

#include <lm.h>

/* Does the code say no more than that lsass does not listen yet, or not any more? */
static bool is_unready(unsigned long code)
{
    switch (code) {
    case ERROR_NOT_READY:
    case ERROR_SERVICE_NOT_ACTIVE:
    case ERROR_SHUTDOWN_IN_PROGRESS:
    case ERROR_INVALID_SERVER_STATE:
    case RPC_S_UNKNOWN_IF:
    case RPC_S_SERVER_UNAVAILABLE:
    case RPC_S_SERVER_TOO_BUSY:
    case RPC_S_CALL_FAILED:
    case RPC_S_CALL_FAILED_DNE:
    case EPT_S_NOT_REGISTERED:
    case NERR_NetNotStarted:
    case NERR_WkstaNotStarted:
        return true;
    default:
        return false;
    }
}

enum status account_codes_status(unsigned long code)
{
    switch (code) {
    case NERR_UserNotFound:
    case ERROR_NO_SUCH_USER:
        return STATUS_ACCOUNT_UNKNOWN;
    case NERR_BadUsername:
    case ERROR_INVALID_ACCOUNT_NAME:
        return STATUS_ACCOUNT_NAME;
    case NERR_PasswordTooShort: /* the usual one, whatever the policy dislikes */
    case NERR_PasswordHistConflict:
    case NERR_PasswordTooRecent:
    case NERR_PasswordTooLong:
    case NERR_PasswordNotComplexEnough:
    case NERR_PasswordFilterError:
    case NERR_BadPassword:
    case ERROR_INVALID_PASSWORD:
    case ERROR_ILL_FORMED_PASSWORD:
    case ERROR_PASSWORD_RESTRICTION:
        return STATUS_PASSWORD_REFUSED;
    case NERR_NotPrimary: /* a read-only copy of a domain's accounts */
        return STATUS_DOMAIN_CONTROLLER;
    default:
        return is_unready(code) ? STATUS_ACCOUNTS_UNREADY : os_error_status(code);
    }
}

/*
 * One code only means that the password is wrong. All others are about the account, its rights, or the
 * policy of this machine, and can come with the right one.
 */
enum status account_codes_logon(unsigned long code)
{
    return code == ERROR_LOGON_FAILURE ? STATUS_NOT_VERIFIED : STATUS_OK;
}
