// SPDX-License-Identifier: Apache-2.0
#include "platform/host.h"
#include "platform/probe.h"
#include "platform/windows/probe/date.h"

/* A reset needs no clock: but whether an account or a password has expired is judged by it. */
void probe_clock(const struct probe_subject *subject, struct finding *finding)
{
    const int64_t now_s = host_time_s();
    char now[DATE_SIZE];

    (void)subject;
    date_format(now_s, now);
    if (now_s >= AGENT_RELEASE_S) {
        finding_ok(finding, "%s (UTC)", now);
        return;
    }
    finding_warn(finding, "it says %s, before this program was released: expiry will be judged wrongly", now);
    finding_mend(finding, "", "w32tm /resync");
}
