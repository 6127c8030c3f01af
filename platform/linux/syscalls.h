// SPDX-License-Identifier: Apache-2.0
#ifndef PLATFORM_LINUX_SYSCALLS_H
#define PLATFORM_LINUX_SYSCALLS_H

#include <stdbool.h>

/*
 * Refuses this process for good all system calls but those of memory, time, and reading, writing, polling and
 * closing what it has open: they fail with EPERM. A call by another architecture's numbers ends the process.
 * False when the kernel cannot do that. Ends this process where memory is short. (seccomp(2))
 */
bool syscalls_restrict(void);

#endif
