// SPDX-License-Identifier: Apache-2.0
/* platform/linux/worker.c where the system fails between the two. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/linux/worker_deeds.h"

static bool stops_at_connect;
static bool loses_descriptors;
static pid_t unkillable; /* -1: the next one that is to be killed becomes so */

/* These take the place of libc's. */
int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    if (stops_at_connect)
        ask_for_stop();
    return (int)syscall(SYS_connect, fd, address, len);
}

/* With no room for a descriptor, as when the worker has too many: the kernel closes it. */
ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    if (loses_descriptors)
        message->msg_controllen = 0;
    return (ssize_t)syscall(SYS_recvmsg, fd, message, flags);
}

int kill(pid_t pid, int number)
{
    if (unkillable != -1 || number == 0)
        return (int)syscall(SYS_kill, pid, number);
    unkillable = pid;
    errno = EPERM;
    return -1;
}

static void test_a_stop_while_connecting(void **state)
{
    int waiting;
    const struct loopback server = loopback_full(&waiting);

    (void)state;
    point_to(&server);
    stops_at_connect = true;
    assert_status(call(CONNECT, 0), STATUS_STOPPED);
    stops_at_connect = false;
    assert_int_equal(close(waiting) + close(server.fd), 0);
}

static void test_a_connection_that_does_not_reach_the_worker(void **state)
{
    const struct loopback server = loopback_listen();
    struct answer answer = {0};

    (void)state;
    point_to(&server);
    loses_descriptors = true;
    reopen(false);
    loses_descriptors = false;
    assert_status(call_until(CONNECT, 0, ms_from_now(AMPLE_MS), &answer), STATUS_OK);
    assert_int_equal(answer.status, STATUS_NO_MEMORY);
    assert_int_equal(close(server.fd), 0);
}

/* Nobody waits for it, and why it is lost is not known. */
static void test_a_worker_that_cannot_be_killed(void **state)
{
    (void)state;
    unkillable = -1;
    assert_status(call(SEND, 0), STATUS_WORKER_LOST);
    assert_true(unkillable > 0);
    assert_true(host_double_logged(LOG_LEVEL_WARNING, "the process that speaks to the network ended"));
    assert_int_equal(kill(unkillable, SIGKILL), 0);
    unkillable = 0;
    assert_works();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_worker(test_a_stop_while_connecting),
        with_worker(test_a_connection_that_does_not_reach_the_worker),
        with_worker(test_a_worker_that_cannot_be_killed),
    };

    return cmocka_run_group_tests_name("worker_failures", tests, NULL, NULL);
}
