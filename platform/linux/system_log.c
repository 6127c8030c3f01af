// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/system_log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 200, TIME_SIZE = 32, RECORD_SIZE = 640 };

/* Connects to the daemon by sockets of this type. The descriptor; -1 with errno. */
static int connect_by(int type)
{
    static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        const int error = errno;

        (void)close(fd);
        errno = error;
        fd = -1;
    }
    return fd;
}

/* A record in the form that local programs write: RFC 3164, section 4.1, without the host. */
static void make_record(enum log_level level, const char *line, char record[RECORD_SIZE])
{
    const time_t now = time(NULL);
    struct tm local = {0};
    char when[TIME_SIZE] = "";

    if (localtime_r(&now, &local) != NULL)
        (void)strftime(when, sizeof when, "%b %e %H:%M:%S ", &local);
    (void)snprintf(record, RECORD_SIZE, "<%d>%sresetpwd-agent[%ld]: %s", LOG_AUTHPRIV | (int)level, when,
                   (long)getpid(), line);
}

void system_log_send(enum log_level level, const char *line)
{
    static int patience_ms = PATIENCE_MS;
    char record[RECORD_SIZE];
    struct pollfd log = {.fd = connect_by(SOCK_DGRAM), .events = POLLOUT};
    size_t end = 0;

    if (log.fd < 0 && errno == EPROTOTYPE) {
        log.fd = connect_by(SOCK_STREAM);
        end = 1; /* a NUL ends a record in a stream */
    }
    if (log.fd < 0)
        return;
    make_record(level, line, record);
    patience_ms = poll(&log, 1, patience_ms) == 1 ? PATIENCE_MS : 0;
    (void)send(log.fd, record, strlen(record) + end, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)close(log.fd);
}
