// SPDX-License-Identifier: Apache-2.0
/* platform/linux/host.c, with what a kernel may refuse, and with news of the network from here. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/host.h"

enum { SHORT_MS = 50, AMPLE_MS = 120000, TEXT_SIZE = 1024 };

enum call { NONE, PRCTL, MLOCKALL, SOCKET, BIND, SIGNALFD };

/* A datagram of the network's: from whom, or why it cannot be had, and two messages. */
struct news {
    uint32_t sender;
    int error;
    struct nlmsghdr messages[2];
};

static enum call failing;
static int network[2];  /* what the host has of it, and what we have */
static int early_polls; /* so many waits end before their time, with nothing */

static int unless(enum call call, int result)
{
    errno = EPERM;
    return failing == call ? -1 : result;
}

/* These take the place of libc's. */

int prctl(int option, ...)
{
    assert_int_equal(option, PR_SET_DUMPABLE);
    return unless(PRCTL, 0);
}

int mlockall(int flags)
{
    assert_int_equal(flags, MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
    return unless(MLOCKALL, 0);
}

int socket(int domain, int type, int protocol)
{
    assert_int_equal(domain, AF_NETLINK);
    assert_int_equal(type, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_int_equal(protocol, NETLINK_ROUTE);
    return unless(SOCKET, network[0]);
}

int bind(int fd, const struct sockaddr *address, socklen_t len)
{
    assert_int_equal(fd, network[0]);
    assert_int_equal(address->sa_family, AF_NETLINK);
    assert_int_equal(len, sizeof(struct sockaddr_nl));
    return unless(BIND, 0);
}

int signalfd(int fd, const sigset_t *mask, int flags)
{
    return failing == SIGNALFD ? unless(SIGNALFD, 0) : (int)syscall(SYS_signalfd4, fd, mask, 8, flags);
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    const struct timespec timeout = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000L};

    if (timeout_ms > 0 && early_polls > 0) {
        early_polls--;
        return 0;
    }
    return ppoll(fds, count, &timeout, NULL);
}

ssize_t recvfrom(int fd, void *bytes, size_t size, int flags, struct sockaddr *from, socklen_t *from_len)
{
    struct news news;
    const ssize_t len = recv(fd, &news, sizeof news, MSG_DONTWAIT);

    assert_int_equal(flags, 0);
    assert_int_equal(*from_len, sizeof(struct sockaddr_nl));
    assert_true(size >= sizeof news.messages);
    if (len < 0)
        return -1;
    *(struct sockaddr_nl *)from = (struct sockaddr_nl){.nl_family = AF_NETLINK, .nl_pid = news.sender};
    memcpy(bytes, news.messages, sizeof news.messages);
    errno = news.error;
    return news.error != 0 ? -1 : (ssize_t)sizeof news.messages;
}

/* --- What is written to stderr comes here --- */

static char log_path[] = "/tmp/resetpwd-unit-XXXXXX";
static int real_stderr;
static int log_fd;

/* As systemd would say that the journal is there: else syslog would have the lines of a test. */
static int setup(void **state)
{
    char stream[64];
    struct stat is;

    (void)state;
    (void)strcpy(strrchr(log_path, '-'), "-XXXXXX");
    real_stderr = dup(STDERR_FILENO);
    log_fd = mkstemp(log_path);
    if (log_fd < 0 || fstat(log_fd, &is) != 0 || dup2(log_fd, STDERR_FILENO) < 0 ||
        socketpair(AF_UNIX, SOCK_DGRAM, 0, network) != 0)
        return -1;
    (void)snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)is.st_dev, (uintmax_t)is.st_ino);
    failing = NONE;
    early_polls = 0;
    return setenv("JOURNAL_STREAM", stream, 1) != 0 || host_start() != STATUS_OK;
}

static int teardown(void **state)
{
    (void)state;
    return dup2(real_stderr, STDERR_FILENO) < 0 || close(real_stderr) != 0 || close(log_fd) != 0 ||
           unlink(log_path) != 0 || close(network[1]) != 0;
}

#define with_start(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

/* That, since the last time. */
static void assert_logged(const char *expected)
{
    char text[TEXT_SIZE] = "";

    assert_true(pread(log_fd, text, sizeof text - 1, 0) >= 0);
    assert_string_equal(text, expected);
    assert_int_equal(ftruncate(log_fd, 0), 0);
    assert_int_equal(lseek(log_fd, 0, SEEK_SET), 0);
}

static void test_nothing_is_left_of_the_environment(void **state)
{
    (void)state;
    assert_null(getenv("JOURNAL_STREAM"));
    assert_null(getenv("PATH"));
    assert_logged("");
}

/* What a reset can do without is a warning; the network is the last, as it costs its descriptor. */
static void test_what_cannot_be_had(void **state)
{
    static const struct {
        enum call call;
        const char *said;
    } rows[] = {
        {PRCTL, "<4>core dumps cannot be forbidden: Operation not permitted\n"},
        {MLOCKALL, "<4>memory cannot be locked: secrets may reach the swap space: Operation not permitted\n"},
        {SOCKET, "<4>changes of the network cannot be watched: Operation not permitted\n"},
        {BIND, "<4>changes of the network cannot be watched: Operation not permitted\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        failing = rows[i].call;
        assert_status(host_start(), STATUS_OK);
        assert_logged(rows[i].said);
    }
    assert_int_equal(send(network[1], "", 1, MSG_NOSIGNAL), -1); /* nobody has the other end any more */
    assert_int_equal(host_wait(SHORT_MS, true), HOST_TIMEOUT);
    assert_false(host_stopping());
}

static void test_a_stop_that_could_not_be_caught(void **state)
{
    (void)state;
    failing = SIGNALFD;
    assert_status(host_start(), STATUS_INTERNAL);
    assert_logged("<3>signals cannot be caught: Operation not permitted\n");
}

static void test_a_stop(void **state)
{
    sigset_t stop;
    int number;

    (void)state;
    assert_false(host_stopping());
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTERM);
    assert_int_equal(raise(SIGTERM), 0);
    assert_true(host_stopping());
    assert_true(host_stopping());
    assert_int_equal(host_wait(AMPLE_MS, true), HOST_STOP);
    assert_int_equal(sigwait(&stop, &number), 0);
    assert_false(host_stopping());
}

/* len: what the first message says of itself. */
static void say(uint32_t sender, int error, uint16_t type, uint32_t len, uint16_t second_type)
{
    const struct news news = {
        .sender = sender,
        .error = error,
        .messages = {{.nlmsg_type = type, .nlmsg_len = len},
                     {.nlmsg_type = second_type, .nlmsg_len = sizeof(struct nlmsghdr)}},
    };

    assert_int_equal(send(network[1], &news, sizeof news, 0), sizeof news);
}

static void test_news_of_the_network(void **state)
{
    enum { LEN = sizeof(struct nlmsghdr), KERNEL = 0 };
    static const struct {
        const char *what;
        uint32_t sender;
        int error;
        uint16_t type;
        uint16_t second_type;
        uint32_t len;
        enum host_wake expected;
    } rows[] = {
        {"an address", KERNEL, 0, RTM_NEWADDR, RTM_DELADDR, LEN, HOST_NETWORK},
        {"a route", KERNEL, 0, RTM_NEWROUTE, RTM_DELADDR, LEN, HOST_NETWORK},
        {"a route behind another message", KERNEL, 0, RTM_DELADDR, RTM_NEWROUTE, LEN, HOST_NETWORK},
        {"something was lost", KERNEL, ENOBUFS, 0, 0, 0, HOST_NETWORK},
        {"an address that goes", KERNEL, 0, RTM_DELADDR, RTM_DELROUTE, LEN, HOST_TIMEOUT},
        {"another sender", 4711, 0, RTM_NEWADDR, RTM_NEWADDR, LEN, HOST_TIMEOUT},
        {"without a length", KERNEL, 0, RTM_DELADDR, RTM_NEWROUTE, 0, HOST_TIMEOUT},
        {"shorter than its head", KERNEL, 0, RTM_DELADDR, RTM_NEWROUTE, LEN - 4, HOST_TIMEOUT},
        {"longer than all", KERNEL, 0, RTM_DELADDR, RTM_NEWROUTE, 3 * LEN, HOST_TIMEOUT},
        {"longer than there are numbers", KERNEL, 0, RTM_DELADDR, RTM_NEWROUTE, UINT32_MAX, HOST_TIMEOUT},
        {"an error", KERNEL, EIO, 0, 0, 0, HOST_TIMEOUT},
    };

    (void)state;
    assert_true(dup2(real_stderr, STDERR_FILENO) >= 0); /* where a row that fails is told */
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        say(rows[i].sender, rows[i].error, rows[i].type, rows[i].len, rows[i].second_type);
        assert_row(rows[i].what, host_wait(rows[i].expected == HOST_NETWORK ? AMPLE_MS : SHORT_MS, true) ==
                                     rows[i].expected);
        assert_row(rows[i].what, host_wait(SHORT_MS, true) == HOST_TIMEOUT);
    }
    say(KERNEL, 0, RTM_NEWADDR, LEN, RTM_NEWADDR);
    assert_int_equal(host_wait(SHORT_MS, false), HOST_TIMEOUT);
}

/* A wait that the kernel ends early goes on. */
static void test_time(void **state)
{
    const int64_t begin_ms = host_now_ms();

    (void)state;
    early_polls = 3;
    assert_int_equal(host_wait(SHORT_MS, true), HOST_TIMEOUT);
    assert_int_equal(early_polls, 0);
    assert_in_range(host_now_ms() - begin_ms, SHORT_MS, AMPLE_MS);
    assert_int_equal(host_wait(-1, true), HOST_TIMEOUT);
}

static void test_lines(void **state)
{
    (void)state;
    host_log(LOG_LEVEL_INFO, "so it is");
    host_log(LOG_LEVEL_ERROR, "so it should not be");
    assert_logged("<6>so it is\n<3>so it should not be\n");
}

/* A reader that does not read: the line is lost, and nothing else. */
static void test_a_log_that_nobody_empties(void **state)
{
    char bytes[TEXT_SIZE] = "";
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    while (write(ends[1], bytes, sizeof bytes) > 0)
        continue;
    assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0); /* from now on who writes there waits */
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    host_log(LOG_LEVEL_ERROR, "x");
    while (read(ends[0], bytes, sizeof bytes) > 0)
        assert_null(memchr(bytes, 'x', sizeof bytes));
    host_log(LOG_LEVEL_ERROR, "now");
    assert_int_equal(read(ends[0], bytes, sizeof bytes), strlen("<3>now\n"));
    assert_int_equal(close(ends[0]) + close(ends[1]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_start(test_nothing_is_left_of_the_environment),
        with_start(test_what_cannot_be_had),
        with_start(test_a_stop_that_could_not_be_caught),
        with_start(test_a_stop),
        with_start(test_news_of_the_network),
        with_start(test_time),
        with_start(test_lines),
        with_start(test_a_log_that_nobody_empties),
    };

    return cmocka_run_group_tests_name("host_linux", tests, NULL, NULL);
}
