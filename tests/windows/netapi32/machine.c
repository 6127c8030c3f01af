// SPDX-License-Identifier: Apache-2.0
/* What is asked about the machine as a whole. */
#include "store.h"

#include <dsrole.h>
#include <lm.h>
#include <stdlib.h>
#include <wchar.h>
#include <wctype.h>

NET_API_STATUS WINAPI NetUserModalsGet(const wchar_t *server, DWORD level, BYTE **buffer)
{
    USER_MODALS_INFO_0 *info;
    DWORD code = store_call(L"NetUserModalsGet", L"");

    if (code != 0)
        return code;
    if (server != NULL || level != 0)
        return ERROR_INVALID_LEVEL;
    info = calloc(1, sizeof *info);
    info->usrmod0_min_passwd_len = store_number(L"machine", L"min_passwd_len");
    info->usrmod0_max_passwd_age = store_number(L"machine", L"max_passwd_age");
    info->usrmod0_password_hist_len = store_number(L"machine", L"history");
    if (info->usrmod0_max_passwd_age == 0)
        info->usrmod0_max_passwd_age = TIMEQ_FOREVER;
    *buffer = (BYTE *)info;
    return NERR_Success;
}

/* As [MS-SAMR] 3.1.1.7.2: of three kinds of characters. */
static BOOL is_complex(const wchar_t *password)
{
    BOOL small = FALSE, large = FALSE, digit = FALSE, other = FALSE;

    for (; *password != L'\0'; password++) {
        if (iswlower(*password))
            small = TRUE;
        else if (iswupper(*password))
            large = TRUE;
        else if (iswdigit(*password))
            digit = TRUE;
        else
            other = TRUE;
    }
    return small + large + digit + other >= 3;
}

NET_API_STATUS WINAPI NetValidatePasswordPolicy(const wchar_t *server, void *qualifier,
                                                NET_VALIDATE_PASSWORD_TYPE type, void *input, void **output)
{
    const NET_VALIDATE_PASSWORD_RESET_INPUT_ARG *asked = input;
    NET_VALIDATE_OUTPUT_ARG *answer;
    DWORD code = store_call(L"NetValidatePasswordPolicy", asked->UserAccountName);

    if (code != 0)
        return code;
    if (server != NULL || qualifier != NULL || type != NetValidatePasswordReset)
        return ERROR_INVALID_PARAMETER;
    answer = calloc(1, sizeof *answer);
    if (wcslen(asked->ClearPassword) < store_number(L"machine", L"min_passwd_len"))
        answer->ValidationStatus = NERR_PasswordTooShort;
    else if (store_number(L"machine", L"complex") != 0 && !is_complex(asked->ClearPassword))
        answer->ValidationStatus = NERR_PasswordNotComplexEnough;
    *output = answer;
    return NERR_Success;
}

NET_API_STATUS WINAPI NetValidatePasswordPolicyFree(void **output)
{
    free(*output);
    *output = NULL;
    return NERR_Success;
}

DWORD WINAPI DsRoleGetPrimaryDomainInformation(const wchar_t *server, DSROLE_PRIMARY_DOMAIN_INFO_LEVEL level,
                                               BYTE **buffer)
{
    DSROLE_PRIMARY_DOMAIN_INFO_BASIC *info;
    DWORD code = store_call(L"DsRoleGetPrimaryDomainInformation", L"");

    if (code != 0)
        return code;
    if (server != NULL || level != DsRolePrimaryDomainInfoBasic)
        return ERROR_INVALID_PARAMETER;
    info = calloc(1, sizeof *info);
    info->MachineRole = (DSROLE_MACHINE_ROLE)store_number(L"machine", L"role");
    info->DomainNameFlat = STORE_DOMAIN;
    *buffer = (BYTE *)info;
    return ERROR_SUCCESS;
}

void WINAPI DsRoleFreeMemory(void *buffer)
{
    free(buffer);
}

NET_API_STATUS WINAPI NetUseEnum(LMSTR server, DWORD level, BYTE **buffer, DWORD size, DWORD *count,
                                 DWORD *total, DWORD *resume)
{
    (void)server, (void)level, (void)buffer, (void)size, (void)count, (void)total, (void)resume;
    return ERROR_NOT_SUPPORTED;
}

NET_API_STATUS WINAPI NetWkstaUserGetInfo(wchar_t *reserved, DWORD level, BYTE **buffer)
{
    (void)reserved, (void)level, (void)buffer;
    return ERROR_NOT_SUPPORTED;
}
