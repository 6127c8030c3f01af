// SPDX-License-Identifier: Apache-2.0
/* A child of the test's own, what it may do, and how it is spoken to. */
#ifndef UNIT_LINUX_STARTED_CHILD_H
#define UNIT_LINUX_STARTED_CHILD_H

#include "platform/linux/child.h"

enum { MESSAGE_MAX = 64 * 1024 };

extern char message[MESSAGE_MAX]; /* the last one, in the child as in its parent */
extern struct child child;

void start_child(child_program *program, const void *context);

/* The next message of the child. */
enum status receive(size_t *len);

/* Ends the child, which leaves neither a process nor a descriptor; returns how it ended. */
int end_child(void);

/* --- Programs --- */

void wait_for_ever(int channel, const void *context);

/* As many bytes as the context says, and then waits. */
void say(int channel, const void *context);

#endif
