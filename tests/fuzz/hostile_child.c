// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/hostile_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/linux/child.h"

enum {
    NOBODY_PID = 0x7ffffff0,
    MESSAGE_MAX = 16 * 1024,
    MESSAGES_MAX = 64,
    LAST = 0xffff,
    DESCRIPTORS_MAX = 64
};

static struct input *script;
static int far_end = -1;
static int descriptors;

static int count_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

void hostile_begin(struct input *input)
{
    script = input;
    descriptors = count_descriptors();
}

static void close_far_end(void)
{
    if (far_end >= 0)
        (void)close(far_end);
    far_end = -1;
}

void hostile_end(void)
{
    close_far_end();
    check(count_descriptors() == descriptors);
}

static void say_everything(int channel)
{
    static char message[MESSAGE_MAX];

    for (int i = 0; i < MESSAGES_MAX && script->len > 0; i++) {
        const size_t len = take_short(script);
        const bool has_descriptor = len != LAST && take_byte(script) == 'd';

        if (len == LAST)
            break;
        take_bytes(script, message, len < sizeof message ? len : sizeof message);
        (void)child_send(channel, message, len < sizeof message ? len : sizeof message,
                         has_descriptor ? channel : -1);
    }
}

/* --- These take the place of libc's --- */

int socketpair(int domain, int type, int protocol, int fds[2])
{
    if (syscall(SYS_socketpair, domain, type, protocol, fds) != 0)
        return -1;
    say_everything(fds[1]);
    close_far_end();
    far_end = fcntl(fds[1], F_DUPFD_CLOEXEC, 0);
    /* Nothing more comes, and nobody waits for it; or it hangs, and the clock goes on. */
    if (host_step_ms == 0)
        (void)shutdown(far_end, SHUT_WR);
    return 0;
}

pid_t fork(void)
{
    return NOBODY_PID;
}

int kill(pid_t pid, int sig)
{
    return pid == NOBODY_PID ? 0 : (int)syscall(SYS_kill, pid, sig);
}

pid_t waitpid(pid_t pid, int *how, int options)
{
    (void)options;
    check(pid == NOBODY_PID);
    close_far_end();
    *how = 0;
    return pid;
}
