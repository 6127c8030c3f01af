// SPDX-License-Identifier: Apache-2.0
#ifndef PLATFORM_LINUX_REGISTERS_H
#define PLATFORM_LINUX_REGISTERS_H

/*
 * Empties the vector registers, in which a copied password may stand long after its memory was wiped: a child
 * is forked with the registers of its parent. x86-64 and arm64; elsewhere this does nothing.
 */
void registers_wipe(void);

#endif
