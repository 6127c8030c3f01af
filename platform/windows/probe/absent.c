// SPDX-License-Identifier: Apache-2.0
/* What means nothing on this system. */
#include "platform/probe.h"

#define ABSENT(name)                                                                                         \
    void name(const struct probe_subject *subject, struct finding *finding)                                  \
    {                                                                                                        \
        (void)subject;                                                                                       \
        (void)finding;                                                                                       \
    }

ABSENT(probe_shell)
ABSENT(probe_nologin)
ABSENT(probe_faillock)
ABSENT(probe_hash)
ABSENT(probe_shadow_file)
ABSENT(probe_immutable)
ABSENT(probe_read_only)
ABSENT(probe_selinux)
ABSENT(probe_lock)
ABSENT(probe_sshd)
ABSENT(probe_ssh_password)
ABSENT(probe_ssh_root)
ABSENT(probe_ssh_users)
ABSENT(probe_console)
ABSENT(probe_cloud_init)
ABSENT(probe_rehearsal)
