// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/worker/probe.h"

typedef const struct probe_request *request;

/* --- Processes */

static long run_shell(request r)
{
    char *const words[] = {"sh", "-c", "echo exec ok 0 0", NULL};
    char *const none[] = {NULL};

    (void)r;
    return execve("/bin/sh", words, none);
}

static long fork_one(request r)
{
    pid_t pid = fork();

    (void)r;
    if (pid == 0)
        _exit(0);
    return pid < 0 ? -1 : waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

static long trace(request r)
{
    return ptrace(PTRACE_SEIZE, r->victim, NULL, NULL);
}

static long send_signal(request r)
{
    return kill(r->victim, SIGWINCH);
}

static long send_signal_to_thread(request r)
{
    return syscall(SYS_tgkill, r->victim, r->victim, SIGWINCH);
}

static long read_memory_of_other(request r)
{
    static char mine;
    struct iovec here = {&mine, 1}, there = {&mine, 1}; /* the same place: the victim was forked from us */

    return process_vm_readv(r->victim, &here, 1, &there, 1, 0);
}

static long limit_of_other(request r)
{
    struct rlimit old;

    return syscall(SYS_prlimit64, r->victim, RLIMIT_NOFILE, NULL, &old);
}

/* --- Itself */

static long become_root_user(request r)
{
    (void)r;
    return setuid(0);
}

static long become_root_group(request r)
{
    (void)r;
    return setgid(0);
}

static long become_dumpable(request r)
{
    (void)r;
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long survive(request r)
{
    (void)r;
    return prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

static long new_namespace(request r)
{
    (void)r;
    return unshare(CLONE_NEWNS);
}

static long new_user_namespace(request r)
{
    (void)r;
    return unshare(CLONE_NEWUSER);
}

/* PROT_READ would mean PROT_EXEC, too. */
static long change_personality(request r)
{
    (void)r;
    return syscall(SYS_personality, 0x0400000);
}

/* The numbers of the open descriptors below 31, as a set; none is above. */
static long list_descriptors(request r)
{
    long set = 0;

    (void)r;
    for (int fd = 0; fd < 1024; fd++) {
        if (fcntl(fd, F_GETFL) >= 0 && fd < 31)
            set |= 1L << fd;
        else if (fcntl(fd, F_GETFL) >= 0)
            return -1;
    }
    return set;
}

static long type_into_terminal(request r)
{
    (void)r;
    return ioctl(STDIN_FILENO, TIOCSTI, "x");
}

/* By the numbers of 32-bit x86, of which another filter could have forgotten to think: getpid. */
static long call_by_old_numbers(request r)
{
    long result = 20;

    (void)r;
#ifdef __x86_64__
    __asm__ volatile("int $0x80" : "+a"(result)::"memory", "r8", "r9", "r10", "r11");
#else
    raise(SIGSYS);
#endif
    return result;
}

const struct probe_attempt PROCESS_ATTEMPTS[] = {
    {"exec", run_shell},
    {"fork", fork_one},
    {"trace", trace},
    {"signal", send_signal},
    {"signal-thread", send_signal_to_thread},
    {"read-memory-of-other", read_memory_of_other},
    {"limit-of-other", limit_of_other},
    {"setuid", become_root_user},
    {"setgid", become_root_group},
    {"dumpable", become_dumpable},
    {"survive", survive},
    {"namespace", new_namespace},
    {"user-namespace", new_user_namespace},
    {"personality", change_personality},
    {"descriptors", list_descriptors},
    {"ioctl", type_into_terminal},
    {"old-numbers", call_by_old_numbers},
    {NULL, NULL},
};
