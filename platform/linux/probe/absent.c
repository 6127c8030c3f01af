// SPDX-License-Identifier: Apache-2.0
/* What means nothing on this system. */
#include "platform/probe.h"

#define ABSENT(name)                                                                                         \
    void name(const struct probe_subject *subject, struct finding *finding)                                  \
    {                                                                                                        \
        (void)subject;                                                                                       \
        (void)finding;                                                                                       \
    }

ABSENT(probe_domain_controller)
ABSENT(probe_password_policy)
ABSENT(probe_setup)
