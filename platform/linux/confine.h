// SPDX-License-Identifier: Apache-2.0
/* How a child gives up what it does not need. */
#ifndef PLATFORM_LINUX_CONFINE_H
#define PLATFORM_LINUX_CONFINE_H

#include <stddef.h>
#include <stdint.h>

/* What can be given up: X(symbol, how a log calls it) */
#define CONFINE_LIST(X)                                                                                      \
    X(ROOT, "an empty root directory")                                                                       \
    X(USER, "a user of its own")                                                                             \
    X(CAPABILITIES, "no capabilities")                                                                       \
    X(DEATH, "to die with its parent")                                                                       \
    X(MEMORY, "private memory")                                                                              \
    X(PRIVILEGES, "no_new_privs")                                                                            \
    X(LIMITS, "resource limits")                                                                             \
    X(SYSCALLS, "a filter of system calls")

#define CONFINE_ENUM(symbol, text) CONFINE_##symbol,
enum confine_part { CONFINE_LIST(CONFINE_ENUM) CONFINE_PARTS };
#undef CONFINE_ENUM

/*
 * Confines this process for good, as far as the system allows it: a set of what is missing, in which bit n
 * stands for enum confine_part n. From then on it can use its memory, and read, write and close what it has
 * open. It may have been root; it is not asked to be.
 */
uint32_t confine_worker(void);

/* The same for a process that asks the system's name service, which takes files and sockets: no empty root,
 * no filter; not missed. */
uint32_t confine_resolver(void);

/* Writes the names of a set, separated by commas, as far as they fit. */
void confine_names(uint32_t set, char *text, size_t size);

#endif
