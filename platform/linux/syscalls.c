// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of an argument, of which the kernel looks at the lower half alone. */
#define NO_BITS(n, bits)                                                                                     \
    {                                                                                                        \
        .arg = (n), .op = SCMP_CMP_MASKED_EQ, .datum_a = (bits), .datum_b = 0                                \
    }
#define EQUALS(n, value)                                                                                     \
    {                                                                                                        \
        .arg = (n), .op = SCMP_CMP_EQ, .datum_a = (value)                                                    \
    }

/* With any arguments. The names of 32-bit systems, too: libseccomp passes over what a system does not have.
 */
static const int ALLOWED[] = {
    /* time */
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64), SCMP_SYS(gettimeofday), SCMP_SYS(time),
    /* memory */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(madvise),
    /* what is open */
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(recv), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(send),
    SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64),
    SCMP_SYS(close), SCMP_SYS(shutdown), SCMP_SYS(getsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
    /* the process itself */
    SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(futex),
    SCMP_SYS(futex_time64), SCMP_SYS(getpid), SCMP_SYS(getrandom)};

/*
 * With these arguments, and no others. Only memory that is neither shared nor a stack counts for RLIMIT_DATA.
 * Sending must not connect: no address, no TCP fast open; sendmsg(2) has its address where a filter cannot
 * see it.
 */
static const struct {
    int number;
    unsigned count;
    struct scmp_arg_cmp arguments[2];
} LIMITED[] = {
    {SCMP_SYS(mmap), 2, {NO_BITS(2, PROT_EXEC), NO_BITS(3, MAP_SHARED | MAP_GROWSDOWN)}},
    {SCMP_SYS(mmap2), 2, {NO_BITS(2, PROT_EXEC), NO_BITS(3, MAP_SHARED | MAP_GROWSDOWN)}},
    {SCMP_SYS(mprotect), 1, {NO_BITS(2, PROT_EXEC)}},
    {SCMP_SYS(sendto), 2, {NO_BITS(3, MSG_FASTOPEN), EQUALS(4, 0)}},
    {SCMP_SYS(setsockopt), 2, {EQUALS(1, IPPROTO_TCP), EQUALS(2, TCP_NODELAY)}},
    {SCMP_SYS(fcntl), 1, {EQUALS(1, F_GETFL)}},
    {SCMP_SYS(fcntl), 1, {EQUALS(1, F_SETFL)}},
    {SCMP_SYS(fcntl64), 1, {EQUALS(1, F_GETFL)}},
    {SCMP_SYS(fcntl64), 1, {EQUALS(1, F_SETFL)}},
};

/* 32-bit x86 has these in an older form, too: their arguments lie in memory, where a filter does not look. */
static bool is_blind_to(int number)
{
    return (number == SCMP_SYS(mmap) && SCMP_SYS(mmap2) >= 0) ||
           (number == SCMP_SYS(sendto) && SCMP_SYS(socketcall) >= 0);
}

static bool allow(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < sizeof ALLOWED / sizeof ALLOWED[0]; i++) {
        if (seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, ALLOWED[i], 0, NULL) != 0)
            return false;
    }
    for (size_t i = 0; i < sizeof LIMITED / sizeof LIMITED[0]; i++) {
        if (!is_blind_to(LIMITED[i].number) &&
            seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, LIMITED[i].number, LIMITED[i].count,
                                   LIMITED[i].arguments) != 0)
            return false;
    }
    /*
     * libcurl 7.88.0 to 8.0.1 calls connect() for a connection that it was told is made, and goes on after
     * this answer. Nothing is connected by it.
     */
    return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EINPROGRESS), SCMP_SYS(connect), 0, NULL) == 0;
}

bool syscalls_restrict(void)
{
    scmp_filter_ctx filter;
    bool is_done;

    errno = 0;
    /* Refused, not killed: a library of tomorrow may try another way, and an owner has one chance. */
    filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    is_done = filter != NULL && allow(filter) && seccomp_load(filter) == 0;
    /* libseccomp 2.5 then loads a filter that lacks parts, or has spoilt the heap. */
    if (errno == ENOMEM)
        _exit(EXIT_FAILURE);
    seccomp_release(filter);
    return is_done;
}
