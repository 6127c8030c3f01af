// SPDX-License-Identifier: Apache-2.0
#include "platform/probe.h"
#include "platform/windows/winapi.h"

#include <winhttp.h>

/* Has "netsh winhttp set proxy" named one for services? */
static bool is_set_for_services(void)
{
    WINHTTP_PROXY_INFO info = {0};
    bool result = WinHttpGetDefaultProxyConfiguration(&info) && info.lpszProxy != NULL;

    (void)GlobalFree(info.lpszProxy);
    (void)GlobalFree(info.lpszProxyBypass);
    return result;
}

/* What Internet options say; of whoever runs this. */
static bool is_set_for_user(void)
{
    WINHTTP_CURRENT_USER_IE_PROXY_CONFIG config = {0};
    bool result = WinHttpGetIEProxyConfigForCurrentUser(&config) &&
                  (config.lpszProxy != NULL || config.lpszAutoConfigUrl != NULL);

    (void)GlobalFree(config.lpszProxy);
    (void)GlobalFree(config.lpszProxyBypass);
    (void)GlobalFree(config.lpszAutoConfigUrl);
    return result;
}

void probe_proxy(const struct probe_subject *subject, struct finding *finding)
{
    if (subject->proxy != NULL)
        finding_ok(finding, "%s is set, and not followed", subject->proxy);
    else if (is_set_for_services())
        finding_ok(finding, "one is set for WinHTTP, and not followed");
    else if (is_set_for_user())
        finding_ok(finding, "one is set in the Internet options, and not followed");
    else
        finding_ok(finding, "none is set");
}
