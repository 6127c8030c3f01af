// SPDX-License-Identifier: Apache-2.0
/* What a process can ask Windows for against attacks on it, and against its memory being kept. */
#ifndef PLATFORM_WINDOWS_HARDEN_H
#define PLATFORM_WINDOWS_HARDEN_H

/*
 * The program's entry point, in front of the C library's: that one has DLLs loaded before main(), to draw the
 * stack protector's number. What a version of Windows does not know is left out.
 */
int harden_and_start(void);

#endif
