// SPDX-License-Identifier: Apache-2.0
/* A process of ours, forked without exec, and the channel to it. */
#ifndef PLATFORM_LINUX_CHILD_H
#define PLATFORM_LINUX_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/status.h"

struct child {
    pid_t pid;   /* 0: there is none */
    int channel; /* messages both ways, each whole */
};

/* What it does. It has no descriptors but the channel and three that lead nowhere; it ends by returning. */
typedef void child_program(int channel, const void *context);

/* Starts one; the caller ends it. It dies when this process does. NO_MEMORY, logged: child is untouched. */
enum status child_start(child_program *program, const void *context, struct child *child);

/* Sends a message, with a descriptor unless that is -1; false when it cannot be taken at once. */
bool child_send(int channel, const void *message, size_t size, int descriptor);

/*
 * Waits for the child's next message, until end_ms of host_now_ms(). *len is its length, which is more than
 * size when it did not fit. WORKER_LOST: the child has ended. TIMED_OUT, STOPPED.
 */
enum status child_receive(const struct child *child, void *message, size_t size, int64_t end_ms, size_t *len);

/* Can the child be killed, by its parent's end too? That takes CAP_KILL when it has another user. */
bool child_is_mortal(const struct child *child);

/* Kills the child, if there is one. Returns how it ended, as waitpid(2) tells: by itself, if it had before.
 * -1 where that is not known, and it may live on. */
int child_end(struct child *child);

/* The same, without waiting a millisecond until it is gone: before the end of this process. */
void child_leave(struct child *child);

#endif
