// SPDX-License-Identifier: Apache-2.0
/* What a process can ask Windows for against attacks on it, and against its memory being kept. */
#ifndef PLATFORM_WINDOWS_HARDEN_H
#define PLATFORM_WINDOWS_HARDEN_H

/* Call it first of all. What a version of Windows does not know is left out. */
void harden_process(void);

#endif
