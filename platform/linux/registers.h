// SPDX-License-Identifier: Apache-2.0
#ifndef PLATFORM_LINUX_REGISTERS_H
#define PLATFORM_LINUX_REGISTERS_H

/*
 * Empties the vector registers, in which a copied password may stand long after its memory was wiped: the
 * next call of a library may save them on the stack, and a child is forked with those of its parent. x86-64
 * and arm64; elsewhere this does nothing.
 */
void registers_wipe(void);

#endif
