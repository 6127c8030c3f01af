// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/domain.h"

#include <wchar.h>

#include <dsrole.h>

static DWORD take(const DSROLE_PRIMARY_DOMAIN_INFO_BASIC *info, struct domain *domain)
{
    const wchar_t *name = L".";

    domain->is_controlled = info->MachineRole == DsRole_RoleBackupDomainController ||
                            info->MachineRole == DsRole_RolePrimaryDomainController;
    if (domain->is_controlled)
        name = info->DomainNameFlat;
    if (wcslen(name) > DNLEN)
        return ERROR_INVALID_DOMAINNAME;
    wcscpy(domain->name, name);
    return ERROR_SUCCESS;
}

DWORD domain_find(struct domain *domain)
{
    BYTE *info = NULL;
    DWORD code = DsRoleGetPrimaryDomainInformation(NULL, DsRolePrimaryDomainInfoBasic, &info);

    if (code != ERROR_SUCCESS)
        return code;
    code = take((const void *)info, domain);
    DsRoleFreeMemory(info);
    return code;
}
