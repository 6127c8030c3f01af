// SPDX-License-Identifier: Apache-2.0
#include "platform/probe.h"

#include <unistd.h>

bool probe_is_privileged(void)
{
    return geteuid() == 0;
}
