// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/log.h"
#include "platform/host.h"
#include "platform/linux/host_stop.h"
#include "platform/linux/registers.h"

enum { CHANNEL = STDERR_FILENO + 1, DESCRIPTORS_MAX = 1024 };

/* Those from first on. close_range(2) came with Linux 5.9; before it, one that was inherited with so high a
 * number that nobody has it stays. */
static void close_from(int first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, UINT_MAX, 0U) == 0)
        return;
#endif
    for (int fd = first; fd < DESCRIPTORS_MAX; fd++)
        (void)close(fd);
}

/* Leaves the channel, and nothing of what this process has open. */
static bool keep_only(int channel)
{
    int null = open("/dev/null", O_RDWR);

    for (int fd = 0; fd < CHANNEL; fd++) {
        if (null < 0)
            (void)close(fd);
        else if (dup2(null, fd) < 0)
            return false;
    }
    if (channel != CHANNEL && dup2(channel, CHANNEL) < 0)
        return false;
    close_from(CHANNEL + 1);
    return true;
}

static void run(child_program *program, const void *context, int channel, pid_t parent)
{
    /* Set anew by confine(): a change of user clears it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && keep_only(channel))
        program(CHANNEL, context);
    _exit(0);
}

enum status child_start(child_program *program, const void *context, struct child *child)
{
    const pid_t parent = getpid();
    int ends[2] = {-1, -1};
    pid_t pid = -1;

    registers_wipe();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0)
        pid = fork();
    if (pid < 0) {
        log_error("a process for the network cannot be started: %s", strerror(errno));
        (void)close(ends[0]);
        (void)close(ends[1]);
        return STATUS_NO_MEMORY;
    }
    if (pid == 0)
        run(program, context, ends[1], parent);
    (void)close(ends[1]);
    *child = (struct child){.pid = pid, .channel = ends[0]};
    return STATUS_OK;
}

bool child_send(int channel, const void *message, size_t size, int descriptor)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {.bytes = {0}};
    struct iovec piece = {.iov_base = (void *)message, .iov_len = size};
    struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};

    if (descriptor >= 0) {
        control.align = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
        memcpy(CMSG_DATA(&control.align), &descriptor, sizeof descriptor);
        header.msg_control = &control;
        header.msg_controllen = sizeof control.bytes;
    }
    return sendmsg(channel, &header, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size;
}

/* Until the child has something to say, or there is nothing left to wait for. */
static enum status await(const struct child *child, int64_t end_ms)
{
    struct pollfd fds[] = {{.fd = child->channel, .events = POLLIN},
                           {.fd = host_stop_fd(), .events = POLLIN}};

    for (;;) {
        int64_t left_ms = end_ms - host_now_ms();

        (void)poll(fds, 2, left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms);
        if (fds[1].revents != 0)
            return STATUS_STOPPED;
        if (fds[0].revents != 0)
            return STATUS_OK;
        if (left_ms <= 0)
            return STATUS_TIMED_OUT;
    }
}

enum status child_receive(const struct child *child, void *message, size_t size, int64_t end_ms, size_t *len)
{
    enum status status = await(child, end_ms);
    ssize_t received;

    if (status != STATUS_OK)
        return status;
    /* Descriptors that come with it are closed by the kernel: there is no room for them here. */
    received = recv(child->channel, message, size, MSG_TRUNC | MSG_DONTWAIT);
    if (received <= 0)
        return STATUS_WORKER_LOST;
    *len = (size_t)received;
    return STATUS_OK;
}

/* How the child ended, when that is known by now or after waiting for it; else -1. */
static int kill_child(struct child *child, bool waits)
{
    pid_t ended;
    int how = 0;
    int options;

    if (child->pid == 0)
        return 0;
    (void)close(child->channel);
    /* One that cannot be killed is left to itself. */
    options = kill(child->pid, SIGKILL) == 0 && waits ? 0 : WNOHANG;
    do
        ended = waitpid(child->pid, &how, options);
    while (ended < 0 && errno == EINTR);
    *child = (struct child){0};
    return ended > 0 ? how : -1;
}

int child_end(struct child *child)
{
    return kill_child(child, true);
}

void child_leave(struct child *child)
{
    (void)kill_child(child, false);
}

bool child_is_mortal(const struct child *child)
{
    return kill(child->pid, 0) == 0;
}
