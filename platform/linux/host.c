// SPDX-License-Identifier: Apache-2.0
#include "platform/host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/log.h"
#include "platform/linux/host_stop.h"
#include "platform/linux/system_log.h"

enum { LOG_PATIENCE_MS = 200 };

static int stop_fd = -1;
static int network_fd = -1;

/* sd-daemon(3): JOURNAL_STREAM holds device and inode of the stream that leads to the journal. */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat is;
    char expected[64];

    if (stream == NULL || fstat(STDERR_FILENO, &is) != 0)
        return false;
    (void)snprintf(expected, sizeof expected, "%ju:%ju", (uintmax_t)is.st_dev, (uintmax_t)is.st_ino);
    return strcmp(stream, expected) == 0;
}

enum sink { SINK_UNKNOWN, SINK_TERMINAL, SINK_JOURNAL, SINK_SYSLOG };

static enum sink choose_sink(void)
{
    if (stderr_is_journal())
        return SINK_JOURNAL;
    if (isatty(STDERR_FILENO))
        return SINK_TERMINAL;
    return SINK_SYSLOG;
}

/* Chosen at the first line, or by host_start() before the environment goes. */
static enum sink log_sink(void)
{
    static enum sink sink;

    if (sink == SINK_UNKNOWN)
        sink = choose_sink();
    return sink;
}

/* Writes to stderr, unless that is a pipe that nobody empties: it must not hold up a reset. */
static void write_stderr(enum log_level level, const char *line)
{
    const char *label = level == LOG_LEVEL_ERROR ? "error: " : level == LOG_LEVEL_WARNING ? "warning: " : "";
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};

    if (poll(&out, 1, LOG_PATIENCE_MS) <= 0)
        return;
    if (log_sink() == SINK_JOURNAL)
        (void)fprintf(stderr, "<%d>%s\n", (int)level, line);
    else
        (void)fprintf(stderr, "resetpwd-agent: %s%s\n", label, line);
}

void host_log(enum log_level level, const char *line)
{
    write_stderr(level, line);
    if (log_sink() == SINK_SYSLOG)
        system_log_send(level, line);
}

void host_console(const char *line)
{
    int fd =
        log_sink() == SINK_TERMINAL ? -1 : open("/dev/console", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return;
    /* A line of its own, below a prompt that may stand there. */
    (void)dprintf(fd, "\r\nresetpwd-agent: %s\r\n", line);
    (void)close(fd);
}

/* A closed standard stream would give its number to the next file opened. */
static void open_standard_streams(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        (void)close(fd);
}

static void keep_memory_private(void)
{
    const struct rlimit no_core = {0, 0};
    bool has_no_core = setrlimit(RLIMIT_CORE, &no_core) == 0;

    has_no_core &= prctl(PR_SET_DUMPABLE, 0) == 0;
    if (!has_no_core)
        log_warning("core dumps cannot be forbidden: %s", strerror(errno));
    /* Only pages that are touched, or locking would load whole libraries. Needs CAP_IPC_LOCK. */
    if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
        log_warning("memory cannot be locked: secrets may reach the swap space: %s", strerror(errno));
}

/* Requests to stop become readable on a descriptor: no step is ever cut in two. */
static enum status catch_stop(void)
{
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGQUIT);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) == 0)
        stop_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (stop_fd < 0) {
        log_error("signals cannot be caught: %s", strerror(errno));
        return STATUS_INTERNAL;
    }
    /* A terminal that goes away, a peer that closes, a limit on file sizes: none is a reason to die half way.
     */
    (void)signal(SIGCHLD, SIG_DFL); /* else the number of a child that ended would be another's */
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    return STATUS_OK;
}

/* rtnetlink(7). Without it waits end by the clock alone. */
static void watch_network(void)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK,
                                  .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR |
                                               RTMGRP_IPV6_ROUTE};

    network_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (network_fd >= 0 && bind(network_fd, (struct sockaddr *)&address, sizeof address) == 0)
        return;
    log_warning("changes of the network cannot be watched: %s", strerror(errno));
    if (network_fd >= 0)
        (void)close(network_fd);
    network_fd = -1;
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value != NULL && value[0] != '\0';
}

bool host_shows_colour(void)
{
    const char *terminal = getenv("TERM");

    return isatty(STDOUT_FILENO) == 1 && !is_set("NO_COLOR") && terminal != NULL && terminal[0] != '\0' &&
           strcmp(terminal, "dumb") != 0;
}

const char *host_proxy_variable(void)
{
    static const char *const names[] = {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (is_set(names[i]))
            return names[i];
    }
    return NULL;
}

enum status host_start(void)
{
    (void)log_sink();
    (void)clearenv();
    (void)umask(022);
    keep_memory_private();
    watch_network();
    return catch_stop();
}

int host_stop_fd(void)
{
    return stop_fd;
}

int host_main(int argc, char *argv[], host_program *program)
{
    open_standard_streams();
    return program(argc, argv);
}

bool host_stopping(void)
{
    struct pollfd stop = {.fd = stop_fd, .events = POLLIN};

    return poll(&stop, 1, 0) > 0;
}

/* Does one datagram of rtnetlink tell of a new address or route? NLMSG_NEXT(3) could leave it: not used. */
static bool tells_of_addition(const char *bytes, size_t len)
{
    struct nlmsghdr message;
    size_t step;

    for (; len >= sizeof message; bytes += step, len -= step) {
        memcpy(&message, bytes, sizeof message);
        if (message.nlmsg_type == RTM_NEWADDR || message.nlmsg_type == RTM_NEWROUTE)
            return true;
        step = NLMSG_ALIGN((size_t)message.nlmsg_len);
        if (step < sizeof message || step > len)
            return false;
    }
    return false;
}

/* Reads all that rtnetlink has to say. */
static bool network_grew(void)
{
    char buffer[8192];
    bool grew = false;
    struct sockaddr_nl sender = {0};
    socklen_t sender_len = sizeof sender;
    ssize_t len;

    while ((len = recvfrom(network_fd, buffer, sizeof buffer, 0, (struct sockaddr *)&sender, &sender_len)) >
           0) {
        /* Only the kernel, number 0, knows. */
        if (sender.nl_pid == 0 && tells_of_addition(buffer, (size_t)len))
            grew = true;
        sender_len = sizeof sender;
    }
    /* Messages were lost: something did change. */
    return grew || (len < 0 && errno == ENOBUFS);
}

enum host_wake host_wait(int64_t timeout_ms, bool wake_on_network)
{
    const int64_t end_ms = host_now_ms() + timeout_ms;

    for (;;) {
        struct pollfd fds[] = {{.fd = stop_fd, .events = POLLIN},
                               {.fd = wake_on_network ? network_fd : -1, .events = POLLIN}};
        int64_t left_ms = end_ms - host_now_ms();

        (void)poll(fds, 2, left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms);
        if (fds[0].revents != 0)
            return HOST_STOP;
        if (fds[1].revents != 0 && network_grew())
            return HOST_NETWORK;
        if (host_now_ms() >= end_ms)
            return HOST_TIMEOUT;
    }
}

int64_t host_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t host_time_s(void)
{
    return (int64_t)time(NULL);
}

bool host_takes_root(void)
{
    return true;
}

bool host_is_windows(void)
{
    return false;
}

const char *host_config_path(void)
{
    return CONFIG_PATH;
}

const char *host_state_dir(void)
{
    return STATE_DIR;
}
