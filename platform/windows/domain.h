// SPDX-License-Identifier: Apache-2.0
/* Where the accounts of this machine are. */
#ifndef PLATFORM_WINDOWS_DOMAIN_H
#define PLATFORM_WINDOWS_DOMAIN_H

#include <stdbool.h>

#include "platform/windows/winapi.h"

#include <lm.h>

struct domain {
    bool is_controlled;      /* is this a domain controller? It has no accounts but those of the domain. */
    wchar_t name[DNLEN + 1]; /* of that domain, else "." for this machine; as LogonUserW() calls it */
};

/* Asks for it. ERROR_SUCCESS, or a code of Windows. */
DWORD domain_find(struct domain *domain);

#endif
