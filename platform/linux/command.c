// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "platform/host.h"
#include "platform/linux/host_stop.h"

/* Where posix_spawn(3) does not tell, its child ends so. */
enum { NOT_STARTED = 127 };

/* In a group of its own, with the signals that this process blocks or ignores as they are by default. */
static bool set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;

    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    return posix_spawnattr_setsigmask(attributes, &none) == 0 &&
           posix_spawnattr_setsigdefault(attributes, &all) == 0 &&
           posix_spawnattr_setpgroup(attributes, 0) == 0 &&
           posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF) == 0;
}

/* All other descriptors of this process are closed by exec. */
static bool set_streams(posix_spawn_file_actions_t *actions, int output)
{
    return posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
           posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO) == 0 &&
           posix_spawn_file_actions_adddup2(actions, output, STDERR_FILENO) == 0;
}

/* -1 where it cannot be started. */
static pid_t start(const char *const argv[], int output)
{
    char *environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    pid_t pid = -1;

    if (posix_spawnattr_init(&attributes) != 0)
        return -1;
    if (posix_spawn_file_actions_init(&actions) == 0) {
        if (!set_attributes(&attributes) || !set_streams(&actions, output) ||
            posix_spawn(&pid, argv[0], &actions, &attributes, (char *const *)argv, environment) != 0)
            pid = -1;
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    (void)posix_spawnattr_destroy(&attributes);
    return pid;
}

/* Up to the end of what it says; false when it says too much, or goes on beyond end_ms, or we are stopped. */
static bool hear(int fd, int64_t end_ms, struct secret *out)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = host_stop_fd(), .events = POLLIN}};

    for (;;) {
        int64_t left_ms = end_ms - host_now_ms();
        ssize_t got;

        if (left_ms <= 0 || out->len == out->capacity)
            return false;
        (void)poll(fds, 2, left_ms > INT_MAX ? INT_MAX : (int)left_ms);
        if (fds[1].revents != 0)
            return false;
        got = fds[0].revents != 0 ? read(fd, out->bytes + out->len, out->capacity - out->len) : -1;
        if (got == 0)
            return true;
        if (got > 0)
            out->len += (size_t)got;
    }
}

/* It has closed its output, and ends right away; or else is killed. */
static bool ends(pid_t pid, int64_t end_ms, int *how)
{
    const struct timespec moment = {.tv_nsec = 1000000};

    while (host_now_ms() < end_ms) {
        if (waitpid(pid, how, WNOHANG) == pid)
            return true;
        (void)nanosleep(&moment, NULL);
    }
    return false;
}

static void kill_group(pid_t pid)
{
    (void)kill(-pid, SIGKILL);
    (void)kill(pid, SIGKILL); /* it may not yet have its group, where posix_spawn(3) does not wait for exec */
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

bool command_run(const char *const argv[], int64_t end_ms, struct secret *out, int *code)
{
    int pipes[2];
    pid_t pid = -1;
    bool done = false;
    int how = 0;

    *out = (struct secret){0};
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return false;
    if (secret_alloc(out, COMMAND_OUTPUT_MAX) == STATUS_OK)
        pid = start(argv, pipes[1]);
    (void)close(pipes[1]);
    if (pid > 0) {
        done = hear(pipes[0], end_ms, out) && ends(pid, end_ms, &how);
        if (!done)
            kill_group(pid);
    }
    (void)close(pipes[0]);
    done = done && WIFEXITED(how) && WEXITSTATUS(how) != NOT_STARTED;
    if (!done) {
        secret_free(out);
        return false;
    }
    out->bytes[out->len] = '\0';
    *code = WEXITSTATUS(how);
    return true;
}
