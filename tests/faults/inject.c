// SPDX-License-Identifier: Apache-2.0
/*
 * inject WHO CALL NUMBER ACTION COMMAND...: runs a command, and meddles with one system call of it.
 *
 * WHO is 0 for the command itself, n for its n-th descendant, "each" for each of these. CALL is the number of
 * a system call; the NUMBER-th of a process is meant, its first is 1. ACTION is one of
 *
 *     kill       SIGKILL instead of the call
 *     error=E    the call is not made, and fails with errno E
 *     after=E    the call is made, and fails with errno E
 *     argN=V     the call is made with V for its N-th argument, from 1, unless that is less: short reads and
 * writes
 *
 * strace --inject knows the first two, but cannot tell a child from its parent, nor truly write less than it
 * was told to. Says "inject: done" when it came to that, and ends as the command did, once all its
 * descendants have.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "The names of the registers are those of x86-64."
#endif

enum { PROCESSES_MAX = 256, SYSCALL_STOP = SIGTRAP | 0x80 };
enum action { KILL, ERROR, AFTER, ARGUMENT };

static struct {
    long who; /* -1: each descendant */
    unsigned long call;
    long number;
    enum action action;
    int argument;
    long value;
    bool is_done;
} plan;

static struct process {
    pid_t pid;
    long calls; /* of the kind that is meant */
    bool is_inside;
    bool is_changed;
    struct user_regs_struct entered;
} processes[PROCESSES_MAX];

static struct process *find(pid_t pid)
{
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        if (processes[i].pid == pid || processes[i].pid == 0) {
            processes[i].pid = pid;
            return &processes[i];
        }
    }
    abort();
}

static bool is_meant(const struct process *process)
{
    return plan.who < 0 ? process > processes : process == &processes[plan.who];
}

static void lower_argument(struct user_regs_struct *registers)
{
    unsigned long long *const arguments[] = {&registers->rdi, &registers->rsi, &registers->rdx,
                                             &registers->r10, &registers->r8,  &registers->r9};

    if (*arguments[plan.argument - 1] > (unsigned long long)plan.value)
        *arguments[plan.argument - 1] = (unsigned long long)plan.value;
}

static void enter(struct process *process)
{
    struct user_regs_struct registers = process->entered;

    if (registers.orig_rax != plan.call || !is_meant(process) || ++process->calls != plan.number)
        return;
    plan.is_done = true;
    process->is_changed = true;
    if (plan.action == KILL) {
        (void)kill(process->pid, SIGKILL);
    } else if (plan.action == ARGUMENT) {
        lower_argument(&registers);
    } else if (plan.action == ERROR) {
        /* Something that does nothing, and that the worker's filter allows. */
        registers.orig_rax = SYS_close;
        registers.rdi = (unsigned long long)-1;
    }
    (void)ptrace(PTRACE_SETREGS, process->pid, NULL, &registers);
}

/* Registers outlive a call; only the result is new. */
static void leave(struct process *process)
{
    struct user_regs_struct registers;

    if (!process->is_changed || ptrace(PTRACE_GETREGS, process->pid, NULL, &registers) != 0)
        return;
    process->entered.rax = registers.rax;
    process->entered.rcx = registers.rcx;
    process->entered.r11 = registers.r11;
    if (plan.action == ERROR || plan.action == AFTER)
        process->entered.rax = (unsigned long long)-plan.value;
    (void)ptrace(PTRACE_SETREGS, process->pid, NULL, &process->entered);
    process->is_changed = false;
}

/* Returns the signal to go on with. */
static int stopped(pid_t pid, int how)
{
    struct process *process = find(pid);
    const bool is_new = process->entered.rip == 0;
    int number = WSTOPSIG(how);

    (void)ptrace(PTRACE_SETOPTIONS, pid, NULL,
                 PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
    if (number == SYSCALL_STOP) {
        process->is_inside = !process->is_inside;
        if (!process->is_inside)
            leave(process);
        else if (ptrace(PTRACE_GETREGS, pid, NULL, &process->entered) == 0)
            enter(process);
        return 0;
    }
    if (is_new)
        process->entered.rip = 1;
    return is_new || how >> 16 != 0 ? 0 : number;
}

static int trace(pid_t command)
{
    int ended = 0;
    int how;
    pid_t pid;

    while ((pid = waitpid(-1, &how, __WALL)) > 0 || errno == EINTR) {
        if (pid > 0 && WIFSTOPPED(how))
            (void)ptrace(PTRACE_SYSCALL, pid, NULL, stopped(pid, how));
        else if (pid == command)
            ended = how;
    }
    return ended;
}

static bool parse(char *argv[])
{
    char *action = argv[4];
    char *equals = strchr(action, '=');

    plan.who = strcmp(argv[1], "each") == 0 ? -1 : atol(argv[1]);
    plan.call = strtoul(argv[2], NULL, 10);
    plan.number = atol(argv[3]);
    plan.value = equals != NULL ? atol(equals + 1) : 0;
    plan.argument = action[strcspn(action, "123456")] - '0';
    plan.action = strncmp(action, "error=", 6) == 0   ? ERROR
                  : strncmp(action, "after=", 6) == 0 ? AFTER
                  : strncmp(action, "arg", 3) == 0    ? ARGUMENT
                                                      : KILL;
    return plan.who < PROCESSES_MAX && (plan.action != KILL || strcmp(action, "kill") == 0);
}

int main(int argc, char *argv[])
{
    pid_t command;
    int how;

    if (argc < 6 || !parse(argv)) {
        (void)fputs("usage: inject WHO CALL NUMBER ACTION COMMAND...\n", stderr);
        return 2;
    }
    command = fork();
    if (command == 0) {
        (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        (void)kill(getpid(), SIGSTOP);
        (void)execv(argv[5], argv + 5);
        _exit(127);
    }
    how = trace(command);
    if (plan.is_done)
        (void)fputs("inject: done\n", stderr);
    if (WIFSIGNALED(how))
        (void)kill(getpid(), WTERMSIG(how));
    return WEXITSTATUS(how);
}
